"""Scans a server may tell of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from unison_domain.codes.contracts import ItemPatternAnswer, ScanAnswer
from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.codes.reading import reading_of
from unison_domain.codes.scanned_text import read_scan
from unison_domain.kernel.contracts import Page

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer

PLANT = UUID(int=900)
GS1 = "]C10109506000134352310300012510ABC123\x1d17251231"
LOST = "]C1010950600013435210ABC17251231"
PATTERNS = (
    ItemPattern(name="Bolts", pattern=r"(?P<part>\d{4})-(?P<lot>\d+)"),
    ItemPattern(name="Nuts", pattern=r"(?P<part>.{4})-.*"),
)
"""Two that fit the same texts."""


def scan(number: int, raw: str = GS1, **changes: Any) -> ScanAnswer:
    """The scan that was taken so many minutes ago."""
    at = samples.NOW - timedelta(minutes=number)
    known: dict[str, Any] = {
        "id": UUID(int=1000 + number),
        "plant_id": PLANT,
        "station_id": UUID(int=300),
        "station_code": "L1",
        "station_name": "Line 1 left",
        "source": "scanner",
        "reading": reading_of(read_scan(raw, PATTERNS), at.date()),
        "scanned_at": at,
        "received_at": at,
        "person": "Anna",
    }
    return ScanAnswer(**{**known, **changes})


def undone(number: int, **changes: Any) -> ScanAnswer:
    """One that does not count."""
    return scan(number, undone_at=samples.NOW, undone_by_name="Paula Planner", undo_reason="scanned twice", **changes)


def serve_scans(server: FakeServer, scans: Sequence[ScanAnswer]) -> None:
    """Answer the history with these."""
    server.answer("GET /qr-scans/history", Page[ScanAnswer](items=list(scans)))


_MADE = {"created_at": samples.NOW, "updated_at": samples.NOW, "version": 1}
BOLTS = ItemPatternAnswer(
    id=UUID(int=1), name="Bolts", pattern=r"B-(?P<part>\d{4})", symbologies=["A"], is_active=True, **_MADE
)
UNUSED = ItemPatternAnswer(
    id=UUID(int=2), name="Old", pattern="(?P<order>B.*)", symbologies=[], is_active=False, **_MADE
)


def serve_patterns(server: FakeServer, *others: ItemPatternAnswer) -> None:
    """Answer the item patterns with one in use, one that is not, and these."""
    server.answer("GET /item-code-patterns", [BOLTS, UNUSED, *others])
