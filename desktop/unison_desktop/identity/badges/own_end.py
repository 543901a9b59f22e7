"""The form by which a badge of one's own names nobody any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.identity.badge_contracts import BadgeAnswer, BadgeState
from unison_domain.kernel.contracts import FieldError

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.identity import calls
from unison_desktop.identity.own_password_field import own_password
from unison_desktop.identity.sent import OwnBadgeEnd
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _


class OwnBadgeEndDialog(FormDialog):
    """Says that a badge of one's own is lost, or revokes it; `saved` brings the `BadgeAnswer`."""

    about: ClassVar[Mapping[str, str]] = {"password_wrong": "own_password"}

    def __init__(self, desk: Desk, badge: BadgeAnswer, state: BadgeState, parent: QWidget, *, asks: str) -> None:
        super().__init__(
            desk,
            (own_password(desk, "own_password"),),
            OwnBadgeEnd,
            title=asks,
            values={},
            intro=_("It is your own: it ends with your password."),
            save_text=_("It is lost") if state is BadgeState.LOST else _("Revoke"),
            parent=parent,
        )
        self.resize(self.minimumSize())
        self._badge, self._state = badge, state

    def show_errors(self, errors: Sequence[FieldError]) -> None:
        super().show_errors([one.model_copy(update={"field": self.about.get(one.code, one.field)}) for one in errors])

    def send(self, body: BaseModel) -> Call:
        end = calls.lose_badge if self._state is BadgeState.LOST else calls.revoke_badge
        return end(self.desk.session.client, self._badge.id, body, owner=self)
