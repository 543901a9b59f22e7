"""Scans as stations tell them, and where they are found again."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from tests.server.serving import SignedIn, until_answered
from tests.server.stations.floor import Floor

GS1 = "0109506000134352310300012510ABC123\x1d17251231"


def scanned(floor: Floor, seconds: float, text: str = GS1, **more: Any) -> dict[str, Any]:
    own = {"id": str(uuid4()), "station_id": str(floor.station_id), "source": "scanner", "text": text}
    return floor.sender.event("scan_taken", seconds, **{**own, **more})


def undone(floor: Floor, seconds: float, scan_id: str, **more: Any) -> dict[str, Any]:
    return floor.sender.event("scan_undone", seconds, scan_id=scan_id, **more)


def history(floor: Floor, **query: Any) -> list[dict[str, Any]]:
    answer = floor.admin.get("/qr-scans/history", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def allow_person_figures(admin: SignedIn) -> None:
    """The organization has what single persons did asked for; it is known at once where it is asked."""
    path = "/settings/identity.person_figures"
    assert admin.send("PUT", path, json={"value": True}, headers={"If-Match": '"0"'}).status_code == 200
    until_answered(200, lambda: admin.get("/qr-scans/history", params={"person": "nobody"}))


def look_up(floor: Floor, code: str) -> httpx.Response:
    return floor.admin.get(f"/qr-scans/lookup/{quote(code, safe='')}")


def set_aside(floor: Floor) -> list[str]:
    return [row.code for row in floor.rows("select code from quarantine order by seq")]


def told(floor: Floor) -> list[str]:
    return sorted(topic for topic in floor.topics() if topic.startswith("codes."))
