"""Putting right what a counter counted under a wrong scale: what would change is seen before it is done."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from pydantic import BaseModel
from PySide6.QtWidgets import QLabel, QWidget
from unison_domain.kernel.contracts import Page
from unison_domain.machines.count_corrections import (
    CountCorrect,
    CountCorrection,
    CountCorrectionRun,
    CountPreview,
    CountSpan,
    RunState,
)
from unison_domain.machines.counter import scale_of
from unison_domain.stations.contracts import TagAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, MomentEditor, NumberEditor, TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.correction_progress import CorrectionProgress
from unison_desktop.stations.configuration.live_preview import LivePreview
from unison_desktop.tables.columns import quantity_text

_USUAL = timedelta(days=1)
_SHOWN = 3
_SCALE, _BOOKED, _ON, _UNTIL = "scale", "booked", "on", "until"


class CountCorrectionDialog(FormDialog):
    """Asks for the right scale, since when, and why. What was booked stays; the correction stands beside it.

    Attributes:
        told: what it would change, as the server says. before: what was corrected before.
        progress: how far it is, where there are many counts; closed meanwhile, the server goes on with it.
    """

    def __init__(self, desk: Desk, tag: TagAnswer, parent: QWidget) -> None:
        now = desk.session.clock.now()
        super().__init__(
            desk,
            _fields(),
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
        self._tag = tag
        self.told = LivePreview(
            desk.theme,
            CountSpan,
            partial(calls.preview_counts, desk.session.client, tag.id),
            _would_change,
            self,
            hint=_("What would change is shown here, with the parts before and after."),
        )
        self.before = QLabel(self)
        self.before.setProperty("role", "muted")
        self.before.setWordWrap(True)
        self.before.hide()
        place = self.column.indexOf(self.form) + 1
        self.column.insertWidget(place, self.told)
        self.column.insertWidget(place + 1, self.before)
        self.progress = CorrectionProgress(desk, tag.id, self)
        self.progress.ended.connect(self._on_ended)
        self.column.insertWidget(place + 2, self.progress)
        self.form.changed.connect(self._look)
        self.saved.connect(self._say)
        made = calls.count_corrections(desk.session.client, tag.id, owner=self)
        made.done.connect(self._show_before)
        self.told.look(self._span(), at_once=True)

    def typed(self) -> dict[str, object]:
        held = self.form.values()
        return {
            "from": held["from"],
            "to": held["to"] if held["ends"] == _UNTIL else None,
            "scale": held["scale"] if held["by"] == _SCALE else None,
            "reason": held["reason"],
        }

    def send(self, body: BaseModel) -> Call:
        assert isinstance(body, CountCorrect)  # noqa: S101 - the form's contract
        return calls.correct_counts(self.desk.session.client, self._tag.id, body, key=self.key, owner=self)

    def _on_done(self, answer: object) -> None:
        assert isinstance(answer, CountCorrectionRun)  # noqa: S101 - what `send` reads
        if answer.state.is_over:
            self._on_ended(answer)
            return
        self.form.setEnabled(False)
        self.progress.follow(answer)

    def _on_ended(self, run: CountCorrectionRun) -> None:
        if run.state is RunState.DONE:
            super()._on_done(run.correction)
            return
        self.form.setEnabled(True)
        self.save_button.setEnabled(True)
        self.renew_key()
        self.tell(run.problem or _("The correction was cancelled: nothing of it took effect."))

    def _look(self) -> None:
        self.told.look(self._span())

    def _span(self) -> dict[str, object]:
        return {name: value for name, value in self.typed().items() if name != "reason"}

    def _show_before(self, page: Page[CountCorrection]) -> None:
        lines = [_correction_words(one) for one in page.items[:_SHOWN]]
        rest = len(page.items) - len(lines)
        lines += [_("… and {n} more").format(n=rest)] if rest else []
        self.before.setText("\n".join([_("Corrected before, the newest first; it holds where several do:"), *lines]))
        self.before.setVisible(bool(page.items))

    def _say(self, done: CountCorrection | None) -> None:
        if done is None:
            return
        self.desk.messages.say(_preview_words(done), Tone.GOOD)


def _fields() -> tuple[Field, ...]:
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
        Field("from", _("From"), MomentEditor, _("When it began to be counted wrongly.")),
        Field(
            "ends",
            _("How long"),
            partial(ChoiceEditor, choices=ends),
            _("From now on too: until the tag is scaled otherwise, also for counts a PC still makes by the old scale."),
        ),
        Field(
            "to",
            _("To"),
            MomentEditor,
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


def _correction_words(made: CountCorrection) -> str:
    start = moment_text(made.from_.astimezone(), "%Y-%m-%d %H:%M")
    end = _("on") if made.to is None else moment_text(made.to.astimezone(), "%Y-%m-%d %H:%M")
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
