"""Computing what was recorded of a tag anew, after its scale was put right."""

from __future__ import annotations

from datetime import timedelta

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
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls

_USUAL = timedelta(days=1)


class RecomputeDialog(FormDialog):
    """Asks from when to when; the registers as they were read were kept, so values can be made of them again."""

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
                "What was recorded in this time is made again of the registers as they were read, by the scale, offset "
                "and limits the tag has now. Values that were read from another device or address, or as another type "
                "or byte order, than the tag has now stay as they are."
            ),
            save_text=_("Compute anew"),
            parent=parent,
        )
        self.resize(720, 420)
        self._tag = tag
        self.saved.connect(self._say)

    def send(self, body: BaseModel) -> Call:
        assert isinstance(body, Recompute)  # noqa: S101 - the form's contract
        return calls.recompute(self.desk.session.client, self._tag.id, body, key=self.key, owner=self)

    def _say(self, done: Recomputed) -> None:
        words = [_("{samples} values looked at, {changed} of them are others now.")]
        if done.others:
            words.append(_("{others} stay: the tag read something else then."))
        if done.unsure:
            words.append(_("{unsure} stay: they do not say what they were read from."))
        tone = Tone.WARNING if done.others or done.unsure else Tone.GOOD
        self.desk.messages.say(" ".join(words).format(**done.model_dump()), tone)
