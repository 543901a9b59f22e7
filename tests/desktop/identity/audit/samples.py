"""An audit log a server may tell of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from unison_domain.identity.audit_contracts import AuditEntry

from tests.desktop import samples
from tests.desktop.fake_server import Answer, Asked, FakeServer

PAULA, STATION, BERLIN = UUID(int=7), UUID(int=77), UUID(int=911)
FIRST = {"code": "BER", "name": "Berlin", "time_zone": "Europe/Berlin", "address": None, "is_active": True}


def entry(number: int, **changes: Any) -> AuditEntry:
    """A plant was renamed so many minutes ago."""
    known: dict[str, Any] = {
        "id": UUID(int=5000 + number),
        "at": samples.NOW - timedelta(minutes=number),
        "database": "operations",
        "table_name": "plants",
        "entity_id": BERLIN,
        "action": "update",
        "old_values": {**FIRST, "version": 1},
        "new_values": {**FIRST, "name": "Mitte", "version": 2},
        "changed_fields": ["name"],
        "actor_kind": "user",
        "actor_id": PAULA,
        "actor_name": "Paula Planner",
        "request_id": "7f3a91c0",
        "address": "10.0.0.17",
    }
    return AuditEntry(**{**known, **changes})


def some() -> list[AuditEntry]:
    """One of each action, and one whose secret changed."""
    tried = {"method": "PATCH", "path": "/api/v1/plants/9", "code": "place_read_only", "detail": "You may read it only"}
    agent = {"actor_kind": "agent", "actor_id": STATION, "actor_name": "PRESS-3"}
    nobody = {"entity_id": None, "table_name": "", "old_values": None, "changed_fields": None}
    user = {"full_name": "Ben Baker", "username": "ben"}
    made = {"action": "insert", "old_values": None, "changed_fields": None}
    return [
        entry(0),
        entry(1, action="refused", new_values=tried, **nobody),
        entry(2, new_values=FIRST, **made),
        entry(3, action="delete", table_name="tags", old_values={"name": "Good parts"}, new_values=None, **agent),
        entry(
            4,
            table_name="users",
            database="identity",
            entity_id=UUID(int=12),
            old_values=user,
            new_values=user,
            changed_fields=["password_hash"],
            actor_kind="system",
            actor_id=None,
            actor_name=None,
            address=None,
        ),
    ]


def serve_audit(server: FakeServer, entries: Sequence[AuditEntry], *, at_once: int = 100) -> None:
    """Answer the log page by page; a cursor is where the next one begins."""

    def page(asked: Asked) -> Answer:
        begin = int(asked.query.get("cursor", ["0"])[0])
        items = [one.model_dump(mode="json") for one in entries[begin : begin + at_once]]
        end = begin + at_once
        return Answer({"items": items, "next_cursor": str(end) if end < len(entries) else None})

    server.answer_with("GET /audit-log", page)
