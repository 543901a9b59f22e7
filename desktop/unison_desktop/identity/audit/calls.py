"""Requests about the audit log."""

from __future__ import annotations

from PySide6.QtCore import QObject
from unison_domain.identity.audit_contracts import AuditEntry
from unison_domain.kernel.contracts import Page

from unison_desktop.kernel.client import ApiClient, Call, Query

AT_ONCE = 100
"""Entries of a page: more than any screen shows."""
FILE = "/audit-log/export"


def entries(client: ApiClient, query: Query, cursor: str | None, *, owner: QObject) -> Call:
    """A page of entries, newest first; `done` brings a `Page` of `AuditEntry`."""
    asked = {**query, "limit": AT_ONCE, "cursor": cursor}
    return client.get("/audit-log", query=asked, read=Page[AuditEntry], owner=owner)
