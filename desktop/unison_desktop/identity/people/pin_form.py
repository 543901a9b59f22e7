"""The form of somebody's PIN for stations."""

from __future__ import annotations

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.identity.contracts import UserAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.fields import Field
from unison_desktop.identity import calls
from unison_desktop.identity.people.forms import PasswordEditor
from unison_desktop.identity.sent import PinGiven
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _

PIN = Field(
    "pin", _("PIN"), PasswordEditor, _("4 to 12 digits, not 1234 or 0000, typed at stations after choosing the name.")
)
_HOW = _("At stations {name} signs on by name and this PIN. Tell it in person; one of before is gone.")


class PinDialog(FormDialog):
    """Gives a person another PIN; `saved` brings None."""

    def __init__(self, desk: Desk, person: UserAnswer, parent: QWidget) -> None:
        super().__init__(
            desk,
            (PIN,),
            PinGiven,
            title=_("PIN for {name}").format(name=person.full_name),
            values={},
            intro=_HOW.format(name=person.full_name),
            save_text=_("Set the PIN"),
            parent=parent,
        )
        self.resize(self.minimumSize())
        self._person = person

    def send(self, body: BaseModel) -> Call:
        return calls.set_pin(self.desk.session.client, self._person.id, body, owner=self)
