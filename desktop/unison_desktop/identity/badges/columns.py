"""Columns of badges, and how a badge stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from PySide6.QtGui import QIcon
from unison_domain.identity.badge_contracts import BadgeAnswer, BadgeKind, BadgeState

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.people.ends import end_hint, end_text
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column

KINDS: Mapping[BadgeKind, str] = {BadgeKind.BARCODE: _("Barcode"), BadgeKind.RFID: _("RFID")}
STATES: Mapping[BadgeState, str] = {
    BadgeState.ACTIVE: _("in use"),
    BadgeState.LOST: _("lost"),
    BadgeState.REVOKED: _("revoked"),
    BadgeState.UNKNOWN: _("of a later version"),
}


@dataclass(frozen=True, slots=True)
class BadgeRow:
    """A badge as it was at one moment, and by whose clocks its days are over."""

    badge: BadgeAnswer
    now: datetime
    zone: ZoneInfo

    @property
    def has_expired(self) -> bool:
        """Whether its day is over; that may have come since it was read."""
        one = self.badge
        return one.has_expired or (one.expires_at is not None and one.expires_at <= self.now)

    @property
    def names_somebody(self) -> bool:
        """Whether it is good for anything."""
        return self.badge.state is BadgeState.ACTIVE and not self.has_expired

    @property
    def state(self) -> str:
        """How it stands."""
        is_over = self.badge.state is BadgeState.ACTIVE and self.has_expired
        return _("expired") if is_over else STATES[self.badge.state]


def badge_columns(theme: Theme) -> tuple[Column[BadgeRow], ...]:
    """The table of badges."""
    return (
        Column("person", _("Person"), lambda row: row.badge.user_name, width=22, always_visible=True, stretch=True),
        Column("label", _("Label"), lambda row: row.badge.label, width=16, explain=_("What is printed on it")),
        Column("kind", _("Read by"), lambda row: KINDS[row.badge.kind], width=10),
        Column("state", _("State"), lambda row: row.state, icon=_Mark(theme).icon, width=14),
        Column("expires", _("Good until"), _expires, text=_expires_text, hint=_expires_hint, width=18),
        Column("given", _("Given"), lambda row: own_time(row.badge.created_at), width=18),
        Column("changed", _("Ended"), _ended, width=18, explain=_("When it was lost or revoked")),
    )


def badge_id(row: BadgeRow) -> UUID:
    """What a badge is known by."""
    return row.badge.id


def called(one: BadgeAnswer) -> str:
    """A badge in words: its label, else how it is read."""
    return one.label or KINDS[one.kind]


class _Mark:
    """Marks whether it names somebody."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, row: BadgeRow) -> QIcon:
        icon, tone = ("good", Tone.GOOD) if row.names_somebody else ("close", Tone.IDLE)
        if row.badge.state is BadgeState.LOST:
            icon, tone = "warning", Tone.WARNING
        return self._theme.icon(icon, self._theme.tone(tone).fill)


def _expires(row: BadgeRow) -> datetime | None:
    return row.badge.expires_at and row.badge.expires_at.astimezone(row.zone)


def _expires_text(row: BadgeRow) -> str:
    return end_text(row.badge.expires_at, row.zone) if row.badge.expires_at else _("no end")


def _expires_hint(row: BadgeRow) -> str:
    return end_hint(row.badge.expires_at, row.zone) if row.badge.expires_at else _("no end")


def _ended(row: BadgeRow) -> datetime | None:
    return row.badge.state_changed_at and own_time(row.badge.state_changed_at)
