"""Requests about scans."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from PySide6.QtCore import QObject
from unison_domain.codes.contracts import ScanAnswer, ScanLookup, ScanUndo

from unison_desktop.kernel.client import ApiClient, Call, ListCall, Query

NEWEST = 500
"""So many scans are read at once: who looks for older ones says when, or what stands in them."""


def history(client: ApiClient, query: Query, *, owner: QObject) -> ListCall:
    """Scans, newest first; `done` brings a list of `ScanAnswer`."""
    return client.get_all("/qr-scans/history", item=ScanAnswer, query=query, owner=owner, most=NEWEST)


def look_up(client: ApiClient, code: str, *, owner: QObject) -> Call:
    """What a code is; `done` brings a `ScanLookup`. Where it names nothing, the problem has the parameter `reading`."""
    return client.get(f"/qr-scans/lookup/{quote(code, safe='')}", read=ScanLookup, owner=owner)


def undo(client: ApiClient, scan_id: UUID, reason: str, *, owner: QObject) -> Call:
    """Say that a scan does not count, and why; `done` brings the `ScanAnswer`."""
    return client.post(f"/qr-scans/{scan_id}/undo", ScanUndo(reason=reason), read=ScanAnswer, owner=owner)
