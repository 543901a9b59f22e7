"""Columns of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from PySide6.QtGui import QIcon
from unison_domain.identity.audit_contracts import AuditEntry

from unison_desktop.frame.theme import Theme
from unison_desktop.identity.audit.words import ACTIONS, MARKS, changed, what, which, who
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry by the clock of the page; None is this PC's."""

    entry: AuditEntry
    zone: tzinfo | None

    @property
    def at(self) -> datetime:
        """When it was, by that clock."""
        return self.entry.at.astimezone(self.zone)


def audit_columns(theme: Theme) -> tuple[Column[AuditRow], ...]:
    """The list; icons follow the theme."""
    return (
        Column("at", _("When"), lambda row: row.at, width=18, always_visible=True),
        Column("who", _("Who"), lambda row: who(row.entry), width=18),
        Column(
            "action",
            _("Did"),
            lambda row: ACTIONS.get(row.entry.action, row.entry.action),
            icon=_Marks(theme).icon,
            width=8,
        ),
        Column("what", _("What"), lambda row: what(row.entry), width=16),
        Column("which", _("Which"), lambda row: which(row.entry), width=16, stretch=True),
        Column(
            "fields",
            _("Fields"),
            lambda row: changed(row.entry),
            width=16,
            stretch=True,
            explain=_("Those that changed; of what was refused, why"),
        ),
        Column("address", _("From"), lambda row: row.entry.address, width=13),
    )


class _Marks:
    """What was done, at a glance."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, row: AuditRow) -> QIcon:
        mark = MARKS.get(row.entry.action)
        return self._theme.icon(mark[0], self._theme.tone(mark[1]).fill) if mark else QIcon()
