"""Requests about scans and item patterns."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject
from unison_domain.codes.contracts import ItemPatternAnswer, ScanAnswer, ScanCreate, ScanLookup, ScanLookupAsk, ScanUndo
from unison_domain.kernel.contracts import Page

from unison_desktop.kernel.client import ApiClient, Call, ListCall, Query

NEWEST = 500
"""So many scans are read at once: who looks for older ones says when, or what stands in them."""

_MOST_OF_SET = 100

FILE = "/qr-scans/export"
"""All of them that match, as a CSV file."""


def history(client: ApiClient, query: Query, *, owner: QObject) -> ListCall:
    """Scans, newest first; `done` brings a list of `ScanAnswer`."""
    return client.get_all("/qr-scans/history", item=ScanAnswer, query=query, owner=owner, most=NEWEST)


def last_of(client: ApiClient, code: str, most: int, *, owner: QObject) -> Call:
    """The newest scans of one code; `done` brings a `Page` of `ScanAnswer`."""
    return client.get("/qr-scans/history", read=Page[ScanAnswer], query={"code": code, "limit": most}, owner=owner)


def set_of(client: ApiClient, scan: ScanAnswer, *, owner: QObject) -> Call:
    """The scans that count together with one, newest first; `done` brings a `Page` of `ScanAnswer`."""
    query = {"group_id": scan.group_id, "station_id": scan.station_id, "limit": _MOST_OF_SET}
    return client.get("/qr-scans/history", read=Page[ScanAnswer], query=query, owner=owner)


def look_up(client: ApiClient, code: str, *, owner: QObject) -> Call:
    """What a code is; `done` brings a `ScanLookup`. Where it names nothing, the problem has the parameter `reading`."""
    return client.post("/qr-scans/lookup", ScanLookupAsk(code=code), read=ScanLookup, owner=owner)


def keep(client: ApiClient, body: ScanCreate, *, key: UUID, owner: QObject) -> Call:
    """Record a scan; `done` brings the `ScanAnswer`."""
    return client.post("/qr-scans", body, read=ScanAnswer, key=key, owner=owner)


def undo(client: ApiClient, scan_id: UUID, reason: str, *, owner: QObject) -> Call:
    """Say that a scan does not count, nor the others of its set, and why; `done` brings the `ScanAnswer`."""
    return client.post(f"/qr-scans/{scan_id}/undo", ScanUndo(reason=reason), read=ScanAnswer, owner=owner)


def patterns(client: ApiClient, *, owner: QObject) -> ListCall:
    """All of them, also those no longer in use; `done` brings a list of `ItemPatternAnswer`."""
    return client.get_all("/item-code-patterns", item=ItemPatternAnswer, owner=owner)


def make_pattern(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """A new one; `done` brings the `ItemPatternAnswer`."""
    return client.post("/item-code-patterns", body, read=ItemPatternAnswer, key=key, owner=owner)


def change_pattern(client: ApiClient, id_: UUID, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Set all of one; `done` brings the `ItemPatternAnswer`."""
    return client.put(f"/item-code-patterns/{id_}", body, version=version, read=ItemPatternAnswer, owner=owner)
