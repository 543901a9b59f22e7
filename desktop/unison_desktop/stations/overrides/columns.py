"""Overrides in a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from unison_domain.stations.override_contracts import OverrideAnswer

from unison_desktop.kernel.moments import page_text
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.overrides import words
from unison_desktop.tables.columns import Column


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """An override by the clock of its plant, on a page that has one; None is this PC's."""

    value: OverrideAnswer
    zone: tzinfo | None
    clock: tzinfo | None

    def moment(self, at: datetime | None) -> datetime | None:
        """A moment by the clock of its plant."""
        return at and at.astimezone(self.zone)

    def moment_text(self, at: datetime | None) -> str:
        """The same in words, with the UTC offset where the page has another clock."""
        return page_text(at.astimezone(self.zone), self.clock) if at else ""

    @property
    def remark(self) -> str:
        """Why it was set aside or discarded, in the person's language where that is known."""
        return worded(self.value.remark or "", self.zone)


def override_columns() -> tuple[Column[OverrideRow], ...]:
    """The table of them."""
    return (
        Column(
            "at",
            _("When"),
            lambda row: row.moment(row.value.at),
            text=lambda row: row.moment_text(row.value.at),
            width=18,
            always_visible=True,
        ),
        Column(
            "done_at",
            _("Done at"),
            lambda row: row.moment(row.value.done_at),
            text=lambda row: row.moment_text(row.value.done_at),
            width=18,
            visible=False,
        ),
        Column("kind", _("What"), lambda row: words.kind(row.value), width=29, always_visible=True),
        Column("station", _("Station"), lambda row: row.value.station_name or "", width=11),
        Column("subject", _("To what"), lambda row: words.subject(row.value), width=16, stretch=True, least=14),
        Column("result", _("Result"), lambda row: words.result(row.value), width=14),
        Column("done_by", _("Done by"), lambda row: row.value.done_by or "", width=12),
        Column("confirmed_by", _("Confirmed by"), lambda row: row.value.confirmed_by or "", width=12),
        Column("outcome", _("What came of it"), lambda row: words.outcome(row.value), width=20),
        Column("remark", _("Remark"), lambda row: row.remark, width=26, visible=False),
    )
