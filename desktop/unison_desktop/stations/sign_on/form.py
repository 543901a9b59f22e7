"""The form of the rules by which people sign on."""

from __future__ import annotations

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.identity.badge_contracts import SignOnRules, SignOnRulesAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import NumberEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.identity import calls
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _


class RulesDialog(FormDialog):
    """Changes the rules; `saved` brings the `SignOnRulesAnswer`."""

    def __init__(self, desk: Desk, rules: SignOnRulesAnswer, parent: QWidget) -> None:
        super().__init__(
            desk,
            (
                Field(
                    "roster_hours",
                    _("List believed (h)"),
                    NumberEditor,
                    _(
                        "1 to 720. So long a station away from the server names people by the list it fetched last; "
                        "badges that are lost meanwhile still name theirs."
                    ),
                ),
                Field(
                    "idle_minutes",
                    _("Idle end (min)"),
                    NumberEditor,
                    _("1 to 1440. After so long without input nobody is signed on at a station any more."),
                ),
            ),
            SignOnRules,
            title=_("Signing on at stations"),
            values=rules.model_dump(exclude={"version"}),
            version=rules.version,
            intro=_(
                "Stations follow these rules with the next list they fetch; one that is away keeps those it knows."
            ),
            parent=parent,
        )
        self.resize(self.minimumSize())

    def send(self, body: BaseModel) -> Call:
        return calls.set_sign_on_rules(self.desk.session.client, body, version=self.version or 0, owner=self)
