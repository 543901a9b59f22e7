"""Putting right what a counter counted under a wrong scale: what would change is seen before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from functools import partial

from PySide6.QtWidgets import QWidget
from unison_domain.kernel.contracts import Page
from unison_domain.machines.count_corrections import (
    CountCorrect,
    CountCorrection,
    CountCorrectionRun,
    CountPreview,
    CountSpan,
)
from unison_domain.machines.counter import scale_of
from unison_domain.machines.tag_runs import RunState, TagRun
from unison_domain.stations.contracts import TagAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.editors import ChoiceEditor, MomentEditor, NumberEditor, TextEditor
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.followed_run import RunKind
from unison_desktop.stations.configuration.live_preview import LivePreview
from unison_desktop.stations.configuration.run_dialog import RunDialog
from unison_desktop.tables.columns import quantity_text, value_text

_USUAL = timedelta(days=1)
_SHOWN = 3
_SCALE, _BOOKED, _ON, _UNTIL = "scale", "booked", "on", "until"


class CountCorrectionDialog(RunDialog):
    """Asks for the right scale, since when, and why. What was booked stays; the correction stands beside it."""

    def __init__(self, desk: Desk, tag: TagAnswer, parent: QWidget, zone: tzinfo | None = None) -> None:
        """`zone`: by whose clocks moments are typed and told; None: this PC's."""
        self._zone = zone
        now = desk.session.clock.now()
        super().__init__(
            desk,
            _kind(),
            tag,
            _fields(zone),
            CountCorrect,
            title=_("Correct the counts of {name}").format(name=tag.name),
            values={
                "by": _SCALE,
                "scale": str(scale_of(tag.scale)),
                "from": (now - _USUAL).isoformat(),
                "ends": _ON,
                "to": now.isoformat(),
                "reason": None,
            },
            intro=_(
                "Of each count in this time, parts are made again of what the register moved by. What was booked stays "
                "as it was written; the correction stands beside it, with your name and the reason."
            ),
            save_text=_("Correct the counts"),
            parent=parent,
        )
        self.resize(860, 540)
        made = calls.count_corrections(desk.session.client, tag.id, owner=self)
        made.done.connect(self._show_before)

    def preview(self) -> LivePreview:
        return LivePreview(
            self.desk.theme,
            CountSpan,
            partial(calls.preview_counts, self.desk.session.client, self.tag.id),
            _would_change,
            self,
            hint=_("What would change is shown here, with the parts before and after."),
        )

    def show_under_way(self, run: TagRun) -> None:
        assert isinstance(run, CountCorrectionRun)  # noqa: S101 - what its way answers with
        if run.from_ is not None:
            self.form.open(_typed(run, run.from_))

    def show_last(self, runs: Sequence[TagRun]) -> None:
        """One that failed is proposed once more."""
        if runs and runs[0].state is RunState.FAILED and not self.form.is_dirty:
            self.show_under_way(runs[0])

    def asked(self) -> dict[str, object]:
        return {name: value for name, value in self.typed().items() if name != "reason"}

    def typed(self) -> dict[str, object]:
        held = self.form.values()
        return {
            "from": held["from"],
            "to": held["to"] if held["ends"] == _UNTIL else None,
            "scale": held["scale"] if held["by"] == _SCALE else None,
            "reason": held["reason"],
        }

    def _show_before(self, page: Page[CountCorrection]) -> None:
        lines = [_correction_words(one, self._zone) for one in page.items[:_SHOWN]]
        rest = len(page.items) - len(lines)
        lines += [_("… and {n} more").format(n=rest)] if rest else []
        self.before.setText("\n".join([_("Corrected before, the newest first; it holds where several do:"), *lines]))
        self.before.setVisible(bool(page.items))


def _kind() -> RunKind:
    return RunKind(calls.COUNT_RUNS, _all_of, _progress, _outcome, _("Nothing of it takes effect then"))


def _all_of(run: TagRun) -> int:
    assert isinstance(run, CountCorrectionRun)  # noqa: S101 - what its way answers with
    return run.counts


def _progress(run: TagRun) -> str:
    return _("{done} of {all} counts").format(done=value_text(run.done), all=value_text(_all_of(run)))


def _outcome(run: TagRun) -> tuple[str, Tone]:
    assert isinstance(run, CountCorrectionRun)  # noqa: S101 - what its way answers with
    if run.correction is not None:
        return _preview_words(run.correction), Tone.GOOD
    if run.problem:
        return worded(run.problem), Tone.BAD
    return _("The correction was cancelled: nothing of it took effect."), Tone.WARNING


def _typed(run: CountCorrectionRun, start: datetime) -> Values:
    """What was asked for, as the form has it."""
    held: dict[str, object] = {"from": start.isoformat(), "reason": run.reason}
    held |= {"by": _BOOKED} if run.scale is None else {"by": _SCALE, "scale": str(run.scale)}
    return held | ({"ends": _ON} if run.to is None else {"ends": _UNTIL, "to": run.to.isoformat()})


def _fields(zone: tzinfo | None) -> tuple[Field, ...]:
    moment = partial(MomentEditor, zone=zone)
    by = {_SCALE: _("by the right scale"), _BOOKED: _("as they were booked")}
    ends = {_ON: _("also what is counted from now on"), _UNTIL: _("only until a moment")}
    return (
        Field("by", _("Count"), partial(ChoiceEditor, choices=by), _("As booked takes back what was corrected.")),
        Field(
            "scale",
            _("Right scale"),
            partial(NumberEditor, as_text=True),
            _("Parts that one step of the register stands for; 0.5 where one part gives two pulses."),
            fits=lambda held: held["by"] == _SCALE,
        ),
        Field("from", _("From"), moment, _("When it began to be counted wrongly.")),
        Field(
            "ends",
            _("How long"),
            partial(ChoiceEditor, choices=ends),
            _("From now on too: until the tag is scaled otherwise, also for counts a PC still makes by the old scale."),
        ),
        Field(
            "to",
            _("To"),
            moment,
            _("What is counted from then on stays."),
            fits=lambda held: held["ends"] == _UNTIL,
        ),
        Field("reason", _("Reason"), partial(TextEditor, longest=2000), _("Why; it stays with the correction.")),
    )


def _would_change(found: CountPreview) -> tuple[str, Tone]:
    return _preview_words(found), Tone.WARNING if found.unread else Tone.INFO


def _preview_words(found: CountPreview) -> str:
    text = _("{before} parts become {after}: {changed} of {counts} counts change.")
    if found.is_estimate:
        text = _("About {before} parts become about {after}: about {changed} of {counts} counts change.")
    words = text.format(
        before=quantity_text(found.parts_before),
        after=quantity_text(found.parts_after),
        changed=found.changed,
        counts=found.counts,
    )
    if not found.unread:
        return words
    unread = counted(
        found.unread,
        _("1 count does not tell what its register moved by and stays as it was booked."),
        _("{n} counts do not tell what their register moved by and stay as they were booked."),
    )
    return f"{words} {unread}"


def _correction_words(made: CountCorrection, zone: tzinfo | None) -> str:
    start = zoned_text(made.from_.astimezone(zone), "%Y-%m-%d %H:%M")
    end = _("on") if made.to is None else zoned_text(made.to.astimezone(zone), "%Y-%m-%d %H:%M")
    if made.reason is None:
        return _("from {start} {end}: as booked, for the tag was changed").format(start=start, end=end)
    return _("from {start} {end}: {former} → {scale}, {before} → {after} parts, {name}: {reason}").format(
        start=start,
        end=end if made.to is None else _("to {end}").format(end=end),
        former=quantity_text(made.former_scale),
        scale=_("as booked") if made.scale is None else quantity_text(made.scale),
        before=quantity_text(made.parts_before),
        after=quantity_text(made.parts_after),
        name=made.created_by_name or _("somebody"),
        reason=made.reason,
    )
