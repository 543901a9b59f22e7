"""Refused values in a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from unison_domain.stations.refused_values import RefusedValueAnswer

from unison_desktop.kernel.moments import page_text
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.visible_text import visible
from unison_desktop.stations.peripherals.words import KINDS
from unison_desktop.tables.columns import Align, Column


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A refused value by the clock of its plant, on a page that has one; None is this PC's."""

    value: RefusedValueAnswer
    zone: tzinfo | None
    clock: tzinfo | None

    def moment(self, at: datetime) -> datetime:
        """A moment by the clock of its plant."""
        return at.astimezone(self.zone)

    def moment_text(self, at: datetime) -> str:
        """The same in words, with the UTC offset where the page has another clock."""
        return page_text(self.moment(at), self.clock)

    @property
    def raw(self) -> str:
        """What came, control characters as their pictures."""
        return visible(self.value.raw)

    @property
    def reason(self) -> str:
        """Why it is refused, in the person's language where that is known."""
        words = worded(self.value.reason, self.zone)
        return _("Various, the last: {words}").format(words=words) if self.value.others else words

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return worded(self.value.remedy or "", self.zone)


def refused_columns() -> tuple[Column[RefusedRow], ...]:
    """The table of them."""
    return (
        Column(
            "at",
            _("When"),
            lambda row: row.moment(row.value.first_at),
            text=lambda row: row.moment_text(row.value.first_at),
            width=18,
            always_visible=True,
        ),
        Column(
            "last",
            _("Last"),
            lambda row: row.moment(row.value.last_at),
            text=lambda row: row.moment_text(row.value.last_at),
            width=18,
            visible=False,
        ),
        Column("times", _("How often"), lambda row: row.value.times, align=Align.RIGHT, width=8),
        Column("station", _("Station"), lambda row: row.value.station_name, width=11),
        Column("device", _("Device"), lambda row: row.value.peripheral_name, width=12),
        Column("kind", _("Kind"), lambda row: KINDS[row.value.kind] if row.value.kind else "", width=12, visible=False),
        Column("raw", _("What came"), lambda row: row.raw, width=18, always_visible=True),
        Column("reason", _("Why it is refused"), lambda row: row.reason, width=26, stretch=True, least=24),
        Column("remedy", _("What to do"), lambda row: row.remedy, width=26),
    )
