"""Computing what was recorded of a tag anew, after its scale was put right."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.machines.recomputing import Recompute, Recomputed
from unison_domain.stations.contracts import TagAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import MomentEditor, SwitchEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.live_preview import LivePreview

_USUAL = timedelta(days=1)


class RecomputeDialog(FormDialog):
    """Asks from when to when; the registers as they were read were kept, so values can be made of them again.

    Attributes:
        told: what it would change, as the server says.
    """

    def __init__(self, desk: Desk, tag: TagAnswer, parent: QWidget) -> None:
        now = desk.session.clock.now()
        super().__init__(
            desk,
            (
                Field("from", _("From"), MomentEditor, _("When the tag began to be read wrongly.")),
                Field("to", _("To"), MomentEditor, _("When it was put right, or now.")),
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
            intro=_(
                "What was recorded in this time is made again of the registers as they were read, by the scale, "
                "offset, limits and greatest rate the tag has now. Values that were read from another device or "
                "address, or as another type or byte order, than the tag has now stay as they are."
            ),
            save_text=_("Compute anew"),
            parent=parent,
        )
        self.resize(720, 470)
        self._tag = tag
        self.told = LivePreview(
            desk.theme,
            Recompute,
            partial(calls.preview_recompute, desk.session.client, tag.id),
            _would_change,
            self,
            hint=_("What would change is shown here."),
        )
        self.column.insertWidget(self.column.indexOf(self.form) + 1, self.told)
        self.form.changed.connect(self._look)
        self.told.look(self.typed(), at_once=True)
        self.saved.connect(self._say)

    def send(self, body: BaseModel) -> Call:
        assert isinstance(body, Recompute)  # noqa: S101 - the form's contract
        return calls.recompute(self.desk.session.client, self._tag.id, body, key=self.key, owner=self)

    def _look(self) -> None:
        self.told.look(self.typed())

    def _say(self, done: Recomputed) -> None:
        words = [_("{samples} values looked at, {changed} of them are others now.").format(**done.model_dump())]
        tone = Tone.WARNING if done.others or done.unsure else Tone.GOOD
        self.desk.messages.say(" ".join([*words, *_left(done)]), tone)


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
