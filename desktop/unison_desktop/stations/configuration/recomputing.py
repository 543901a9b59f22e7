"""Computing what was recorded of a tag anew, after its scale was put right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from functools import partial

from PySide6.QtWidgets import QWidget
from unison_domain.machines.recomputing import Recompute, Recomputed, RecomputeRun
from unison_domain.machines.tag_runs import RunState, TagRun
from unison_domain.stations.contracts import AgentAnswer, TagAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.editors import MomentEditor, SwitchEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.followed_run import RunKind, is_cut_off
from unison_desktop.stations.configuration.holding import drift_words
from unison_desktop.stations.configuration.live_preview import LivePreview
from unison_desktop.stations.configuration.run_dialog import RunDialog
from unison_desktop.tables.columns import value_text

_USUAL = timedelta(days=1)


class RecomputeDialog(RunDialog):
    """Asks from when to when; the registers as they were read were kept, so values can be made of them again."""

    def __init__(
        self, desk: Desk, tag: TagAnswer, parent: QWidget, agent: AgentAnswer | None = None, zone: tzinfo | None = None
    ) -> None:
        """`agent`: whose PC reads the tag. `zone`: by whose clocks moments are typed and told; None: this PC's."""
        self._zone = zone
        moment = partial(MomentEditor, zone=zone)
        now = desk.session.clock.now()
        super().__init__(
            desk,
            _kind(zone),
            tag,
            (
                Field("from", _("From"), moment, _("When the tag began to be read wrongly.")),
                Field("to", _("To"), moment, _("When it was put right, or now.")),
                Field(
                    "unsure",
                    _("Of unknown source too"),
                    SwitchEditor,
                    _(
                        "Values that do not say what they were read from, as those of older agents. Only if the PC was "
                        "connected when the tag or its device was changed last: else they may be of another register."
                    ),
                ),
            ),
            Recompute,
            title=_("Compute {name} anew").format(name=tag.name),
            values={"from": (now - _USUAL).isoformat(), "to": now.isoformat(), "unsure": False},
            intro=_late_words(agent)
            + _(
                "What was recorded in this time is made again of the registers as they were read, by the scale, "
                "offset, limits and greatest rate the tag has now. Values that were read from another device or "
                "address, or as another type or byte order, than the tag has now stay as they are."
            ),
            save_text=_("Compute anew"),
            parent=parent,
        )
        self.resize(720, 500)

    def preview(self) -> LivePreview:
        return LivePreview(
            self.desk.theme,
            Recompute,
            partial(calls.preview_recompute, self.desk.session.client, self.tag.id),
            _would_change,
            self,
            hint=_("What would change is shown here."),
        )

    def show_under_way(self, run: TagRun) -> None:
        assert isinstance(run, RecomputeRun)  # noqa: S101 - what its way answers with
        self.form.open({"from": run.from_.isoformat(), "to": run.to.isoformat(), "unsure": run.unsure})

    def show_last(self, runs: Sequence[TagRun]) -> None:
        """One that was cut off is asked for again alike, so that it goes on from where it was."""
        made = [run for run in runs if isinstance(run, RecomputeRun)]
        self.before.setText(
            "\n".join([_("Computed anew before, the newest first:"), *(_run_words(run, self._zone) for run in made)])
        )
        self.before.setVisible(bool(made))
        if made and is_cut_off(made[0]) and not self.form.is_dirty:
            self.show_under_way(made[0])


def _late_words(agent: AgentAnswer | None) -> str:
    if agent is None or agent.configuration_running == agent.configuration_version:
        return ""
    text = _(
        "{pc} {drift}: what it records until it runs that is still of the scale before. Wait for it, or ask again."
    )
    return text.format(pc=agent.name, drift=drift_words(agent)) + "\n"


def _kind(zone: tzinfo | None) -> RunKind:
    cancels = _("What is computed anew so far stays; asked for again, it goes on from there")
    return RunKind(calls.RECOMPUTE_RUNS, _all_of, _progress, partial(_outcome, zone), cancels)


def _all_of(run: TagRun) -> int:
    assert isinstance(run, RecomputeRun)  # noqa: S101 - what its way answers with
    return run.samples


def _progress(run: TagRun) -> str:
    assert isinstance(run, RecomputeRun)  # noqa: S101 - what its way answers with
    words = _("{done} of {all} values")
    if run.late:
        words = _("Values came meanwhile, so once more: {done} of {all}")
    return words.format(done=value_text(run.done), all=value_text(run.samples))


def _outcome(zone: tzinfo | None, run: TagRun) -> tuple[str, Tone]:
    assert isinstance(run, RecomputeRun)  # noqa: S101 - what its way answers with
    done = run.outcome
    if run.state is RunState.DONE:
        words = [_("{samples} values looked at, {changed} of them are others now.").format(**done.model_dump())]
        return " ".join([*words, *_left(done)]), Tone.WARNING if done.others or done.unsure else Tone.GOOD
    words = [worded(run.problem)] if run.problem else [_("Cancelled.")]
    words.append(_("Nothing was changed.") if run.reached is None else _up_to(run, run.reached, zone))
    words += [_("Asked for again, it goes on from there.")] if run.reached and not run.problem else []
    return ("\n" if run.problem else " ").join(words), Tone.BAD if run.problem else Tone.WARNING


def _up_to(run: RecomputeRun, reached: datetime, zone: tzinfo | None) -> str:
    """How far one was that was cut off."""
    text = _(
        "{done} of {all} values are looked at, up to {moment}, {changed} of them are others now; the rest is as it was."
    )
    return text.format(
        done=value_text(run.done),
        all=value_text(run.samples),
        moment=_moment(reached, zone),
        changed=value_text(run.outcome.changed),
    )


def _run_words(run: RecomputeRun, zone: tzinfo | None) -> str:
    name = run.created_by_name or _("somebody")
    text = _("from {start} to {end}, {name}: {changed} of {all} values are others")
    if is_cut_off(run):
        text = _("from {start} to {end}, {name}: cut off after {done} of {all} values; compute anew goes on from there")
    return text.format(
        start=_moment(run.from_, zone),
        end=_moment(run.to, zone),
        name=name,
        changed=value_text(run.outcome.changed),
        done=value_text(run.done),
        all=value_text(run.samples),
    )


def _moment(moment: datetime, zone: tzinfo | None) -> str:
    return zoned_text(moment.astimezone(zone), "%Y-%m-%d %H:%M")


def _would_change(found: Recomputed) -> tuple[str, Tone]:
    """What a preview says."""
    text = _("{changed} of {samples} values change.")
    if found.looked_at < found.samples:
        text = _("{changed} of the first {looked_at} values change; there are {samples}.")
    words = [text.format(**found.model_dump())]
    if found.implausible:
        one, several = _("1 becomes implausible."), _("{n} become implausible.")
        words.append(counted(found.implausible, one, several))
    if found.plausible:
        words.append(counted(found.plausible, _("1 becomes plausible."), _("{n} become plausible.")))
    is_doubtful = found.implausible or found.others or found.unsure
    return " ".join([*words, *_left(found)]), Tone.WARNING if is_doubtful else Tone.INFO


def _left(done: Recomputed) -> list[str]:
    """What stays as it is, and why."""
    words = [_("{others} stay: the tag read something else then.")] if done.others else []
    words += [_("{unsure} stay: they do not say what they were read from.")] if done.unsure else []
    return [text.format(**done.model_dump()) for text in words]
