"""Requests about the audit log."""

from __future__ import annotations

from PySide6.QtCore import QObject
from unison_domain.identity.audit_contracts import AuditEntry
from unison_domain.kernel.contracts import Page

from unison_desktop.kernel.client import ApiClient, Call, Query
from unison_desktop.kernel.own_csv import ask_for_csv

AT_ONCE = 100
"""Entries of a page: more than any screen shows."""
_WRITING_MS = 180_000
"""A file of a hundred thousand entries takes the server a while before its first byte."""


def entries(client: ApiClient, query: Query, cursor: str | None, *, owner: QObject) -> Call:
    """A page of entries, newest first; `done` brings a `Page` of `AuditEntry`."""
    asked = {**query, "limit": AT_ONCE, "cursor": cursor}
    return client.get("/audit-log", query=asked, read=Page[AuditEntry], owner=owner)


def exported(client: ApiClient, query: Query, *, owner: QObject) -> Call:
    """All entries that match as a CSV file; `done` brings its bytes."""
    request = client.request("/audit-log/export", query)
    request.setTransferTimeout(_WRITING_MS)
    ask_for_csv(request)
    return Call(client, "GET", request, None, bytes, owner)
