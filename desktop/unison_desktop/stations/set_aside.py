"""Events of a PC the server could not use: kept with their reason, so that somebody can look."""

from __future__ import annotations

from unison_domain.stations.contracts import QuarantinedAnswer

from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Align, Column


def set_aside_columns() -> tuple[Column[QuarantinedAnswer], ...]:
    """The table of such events."""
    return (
        Column("received", _("Received"), lambda one: one.received_at.astimezone(), width=20, always_visible=True),
        Column("kind", _("Kind"), lambda one: one.kind, width=14),
        Column("message", _("Why"), lambda one: one.message, width=44),
        Column(
            "rejected",
            _("At the PC"),
            lambda one: _("kept too") if one.rejected else _("taken as sent"),
            width=12,
            explain=_("Whether the PC keeps it among its dead letters: unison-station dead list"),
        ),
        Column("code", _("Code"), lambda one: one.code, width=16),
        Column("seq", _("Number"), lambda one: one.seq, align=Align.RIGHT, width=10),
        Column("raw", _("As it came"), lambda one: one.raw, width=40, visible=False),
    )
