"""Columns of what PCs know of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from PySide6.QtGui import QIcon
from unison_domain.stations.contracts import AgentAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.texts import _
from unison_desktop.stations.health import span
from unison_desktop.tables.columns import Align, Column

FRESH = timedelta(minutes=2)
"""A PC that reaches the server asks every half minute; one that missed a few times may be away."""


class Knowing(IntEnum):
    """What a PC knows of people, worst last."""

    FRESH = 0
    BEHIND = 1
    """What was lost or revoked since still works there."""
    TOO_OLD = 2
    """It names nobody before it reached the server."""
    NOTHING = 3


_WORDS = {
    Knowing.FRESH: _("Knows which badges are lost or revoked"),
    Knowing.BEHIND: _("Still names people by badges lost or revoked since"),
    Knowing.TOO_OLD: _("Too old by the rule: names nobody until it reaches the server"),
    Knowing.NOTHING: _("Has no list: names nobody while the server is away"),
}
_RULE_IT_HEARD = _(
    "A PC that is away follows the rule it heard with its list: one that was changed since is not known there."
)
_MARKS = {
    Knowing.FRESH: ("good", Tone.GOOD),
    Knowing.BEHIND: ("warning", Tone.WARNING),
    Knowing.TOO_OLD: ("close", Tone.IDLE),
    Knowing.NOTHING: ("close", Tone.IDLE),
}


@dataclass(frozen=True, slots=True)
class ListRow:
    """A PC's list of people as it is at one moment; `believed` is how long it counts without the server."""

    agent: AgentAnswer
    believed: timedelta
    now: datetime

    @property
    def age(self) -> timedelta | None:
        """How old the list is; None where there is none."""
        heard = self.agent.roster_at
        return None if heard is None else max(self.now - heard, timedelta())

    @property
    def knowing(self) -> Knowing:
        """What the PC knows."""
        age = self.age
        if age is None:
            return Knowing.NOTHING
        if age <= FRESH:
            return Knowing.FRESH
        return Knowing.BEHIND if age < self.believed else Knowing.TOO_OLD


def list_columns(theme: Theme) -> tuple[Column[ListRow], ...]:
    """The table of PCs and their lists."""
    return (
        Column("name", _("PC"), lambda row: row.agent.name, width=18, always_visible=True),
        Column(
            "heard",
            _("List heard"),
            lambda row: row.agent.roster_at and row.agent.roster_at.astimezone(),
            text=_age,
            align=Align.RIGHT,
            width=14,
            explain=_("When the server last told it which badges name whom"),
        ),
        Column(
            "knows",
            _("What it knows"),
            _words,
            sort_key=_rank,
            icon=_Mark(theme).icon,
            hint=_hint,
            width=46,
        ),
        Column(
            "until",
            _("Names people until"),
            _until,
            hint=_until_hint,
            width=18,
            explain=_("If it is away from the server, by the rule of now"),
        ),
        Column(
            "seen",
            _("Last seen"),
            lambda row: row.agent.last_seen_at and row.agent.last_seen_at.astimezone(),
            width=18,
            stretch=True,
        ),
    )


def list_id(row: ListRow) -> UUID:
    """What a PC is known by."""
    return row.agent.id


class _Mark:
    """Marks what a PC knows."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, row: ListRow) -> QIcon:
        icon, tone = _MARKS[row.knowing]
        return self._theme.icon(icon, self._theme.tone(tone).fill)


def _age(row: ListRow) -> str:
    return _("never") if row.age is None else _("{time} ago").format(time=span(row.age))


def _words(row: ListRow) -> str:
    return _WORDS[row.knowing]


def _hint(row: ListRow) -> str:
    return f"{_words(row)}\n{_RULE_IT_HEARD}" if row.knowing in (Knowing.BEHIND, Knowing.TOO_OLD) else _words(row)


def _until_hint(_row: ListRow) -> str:
    return _RULE_IT_HEARD


def _rank(row: ListRow) -> int:
    return row.knowing


def _until(row: ListRow) -> datetime | None:
    heard = row.agent.roster_at
    return None if heard is None else (heard + row.believed).astimezone()
