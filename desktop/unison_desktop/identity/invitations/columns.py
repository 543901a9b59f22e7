"""Columns of invitations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from PySide6.QtGui import QIcon
from unison_domain.identity.invitation_contracts import InvitationAnswer, InvitationState

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.messages.words import STATES as MESSAGE_STATES
from unison_desktop.identity.messages.words import message_hint, message_icon
from unison_desktop.identity.people.held_roles import held_by, roles_text
from unison_desktop.identity.people.places import Places
from unison_desktop.identity.people.roles import RoleBook
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.tables.columns import Column

STATES: Mapping[InvitationState, str] = {
    InvitationState.PENDING: _("waits"),
    InvitationState.ACCEPTED: _("accepted"),
    InvitationState.EXPIRED: _("expired"),
    InvitationState.REVOKED: pgettext("invitation", "revoked"),
    InvitationState.UNKNOWN: _("of a later version"),
}
_MARKS: Mapping[InvitationState, tuple[str, Tone]] = {
    InvitationState.PENDING: ("clock", Tone.INFO),
    InvitationState.ACCEPTED: ("good", Tone.GOOD),
    InvitationState.EXPIRED: ("warning", Tone.WARNING),
    InvitationState.REVOKED: ("close", Tone.IDLE),
}


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation as it was at one moment, and what roles and places are called."""

    invitation: InvitationAnswer
    roles: RoleBook
    places: Places
    now: datetime

    @property
    def state(self) -> InvitationState:
        """How it stands; its end may have come since it was read."""
        one = self.invitation
        is_over = one.state is InvitationState.PENDING and one.expires_at <= self.now
        return InvitationState.EXPIRED if is_over else one.state


def invitation_columns(theme: Theme) -> tuple[Column[InvitationRow], ...]:
    """The table of invitations."""
    marks = _Marks(theme)
    return (
        Column("email", _("E-mail"), lambda row: row.invitation.email, width=24, always_visible=True),
        Column("state", _("State"), lambda row: STATES[row.state], icon=marks.state, width=12),
        Column("roles", _("Roles"), _roles, width=22),
        Column("plants", _("Plants"), lambda row: row.places.plants_text(row.invitation), width=16),
        Column(
            "warehouses",
            _("Warehouses"),
            lambda row: row.places.warehouses_text(row.invitation),
            width=16,
            visible=False,
        ),
        Column("mail", _("Mail"), _mail, icon=marks.mail, hint=_mail_hint, width=17),
        Column(
            "error",
            _("What the mail server said"),
            lambda row: row.invitation.message_error,
            width=24,
            stretch=True,
        ),
        Column("until", _("Good until"), lambda row: own_time(row.invitation.expires_at), width=18),
        Column("by", _("Invited by"), lambda row: row.invitation.invited_by_name, width=16, visible=False),
        Column("made", _("Invited"), lambda row: own_time(row.invitation.created_at), width=18, visible=False),
        Column("accepted", _("Accepted"), _accepted, width=18, visible=False),
        Column("revoked", pgettext("invitation", "Revoked"), _revoked, width=18, visible=False),
    )


def invitation_id(row: InvitationRow) -> UUID:
    """What an invitation is known by."""
    return row.invitation.id


class _Marks:
    """Draws states in their tones."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def state(self, row: InvitationRow) -> QIcon:
        if row.state not in _MARKS:
            return QIcon()
        icon, tone = _MARKS[row.state]
        return self._theme.icon(icon, self._theme.tone(tone).fill)

    def mail(self, row: InvitationRow) -> QIcon:
        one = row.invitation
        return QIcon() if one.message is None else message_icon(self._theme, one.message, one.message_error)


def _roles(row: InvitationRow) -> str:
    return roles_text(held_by(row.invitation), row.roles, row.places)


def _mail(row: InvitationRow) -> str:
    return "" if row.invitation.message is None else MESSAGE_STATES[row.invitation.message]


def _mail_hint(row: InvitationRow) -> str:
    one = row.invitation
    return "" if one.message is None else message_hint(one.message, one.message_error)


def _accepted(row: InvitationRow) -> datetime | None:
    return row.invitation.accepted_at and own_time(row.invitation.accepted_at)


def _revoked(row: InvitationRow) -> datetime | None:
    return row.invitation.revoked_at and own_time(row.invitation.revoked_at)
