"""What a server may have told somebody, and what they prefer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from unison_domain.identity.notification_contracts import NotificationAnswer, NotificationKind
from unison_domain.identity.notification_words import priority_of, words_of
from unison_domain.identity.preference_contracts import PreferencesAnswer

from tests.desktop import samples
from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.machines.samples import machine_id

CALL = {"machine": "PRESS-1", "name": "Press 1", "plant": "KIEL", "called": "maintenance", "person": "Otto"}


def notification(
    number: int, kind: NotificationKind = NotificationKind.AGENT_SILENT, *, minutes: int = 0, **changes: Any
) -> NotificationAnswer:
    """Something told so many minutes ago; by itself of a PC that is silent."""
    parameters = changes.pop("parameters", {"agent": f"PC Line {number}"})
    words = words_of(kind, parameters)
    at = samples.NOW - timedelta(minutes=minutes)
    known: dict[str, Any] = {
        "id": UUID(int=7000 + number),
        "kind": kind,
        "priority": priority_of(kind),
        "title": words.title,
        "message": words.message,
        "parameters": parameters,
        "reference_type": "agent",
        "reference_id": UUID(int=102),
        "occurred_at": at,
        "created_at": at,
        "is_read": changes.get("read_at") is not None,
    }
    return NotificationAnswer(**{**known, **changes})


def some() -> list[NotificationAnswer]:
    """A call, a silent PC, one that is heard again and was read, and the certificate of the server."""
    call = notification(
        1,
        NotificationKind.CALL_RAISED,
        parameters=CALL,
        reference_type="machine",
        reference_id=machine_id(0),
    )
    heard = notification(3, NotificationKind.AGENT_HEARD_AGAIN, minutes=50, read_at=samples.NOW)
    due = notification(
        4, NotificationKind.CERTIFICATE_DUE, minutes=300, parameters={}, reference_type=None, reference_id=None
    )
    return [call, notification(2, minutes=4), heard, due]


def serve_inbox(server: FakeServer, told: list[NotificationAnswer]) -> None:
    """A server that told these."""

    def answer(asked: Asked) -> Answer:
        new = [one for one in told if not one.is_read]
        shown = new if asked.query.get("is_read") == ["false"] else told
        shown = shown[: int(asked.query.get("limit", ["500"])[0])]
        items = [one.model_dump(mode="json") for one in shown]
        return Answer({"items": items, "next_cursor": None, "unread": len(new)})

    server.answer_with("GET /notifications", answer)
    for one in told:
        read = one.model_copy(update={"is_read": True, "read_at": samples.NOW})
        server.answer(f"PUT /notifications/{one.id}/read", read)
    server.answer("PUT /notifications/read-all", {"marked": sum(not one.is_read for one in told)})


def serve_preferences(server: FakeServer, **chosen: Any) -> None:
    """A server that knows what somebody chose; nothing without a version."""
    server.answer("GET /preferences", PreferencesAnswer(**{"version": 0, **chosen}))
