"""A small table for the tests: lots with a quantity and a moment."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from unison_desktop.tables.columns import Align, Column


@dataclass(frozen=True)
class Lot:
    code: str
    free: Decimal | None
    received_at: datetime
    note: str = ""


COLUMNS = (
    Column[Lot]("code", "Lot", lambda lot: lot.code, always_visible=True),
    Column[Lot]("free", "Free", lambda lot: lot.free, align=Align.RIGHT, explain="kg"),
    Column[Lot]("received", "Received", lambda lot: lot.received_at, width=20),
    Column[Lot]("note", "Note", lambda lot: lot.note, visible=False),
)


def lot(code: str, free: str | None = "1", hour: int = 8, note: str = "") -> Lot:
    return Lot(code, None if free is None else Decimal(free), datetime(2026, 11, 20, hour, tzinfo=UTC), note)


def id_of(row: Lot) -> str:
    return row.code
