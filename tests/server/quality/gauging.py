"""Characteristics of a test's floor, and readings as its station sends them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from tests.server.stations.floor import Floor


def characteristic(floor: Floor, name: str = "Bore", **fields: Any) -> UUID:
    """A characteristic in millimetres of the floor's plant."""
    body = {"plant_id": str(floor.plant_id), "characteristic_name": name, "measurement_unit": "mm", **fields}
    answer = floor.admin.post("/inspection-characteristics", body)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


def gauge(floor: Floor, name: str = "Caliper 1") -> str:
    """A caliper at the floor's station."""
    settings_ = {"kind": "gauge", "name": name, "serial": {"port": f"/dev/serial/by-id/{name}"}, "format": "mitutoyo"}
    answer = floor.admin.post("/peripherals", {"station_id": str(floor.station_id), "settings": settings_})
    assert answer.status_code == 201, answer.text
    id_: str = answer.json()["id"]
    return id_


def reading(floor: Floor, seconds: float, of: UUID, value: str, **fields: Any) -> dict[str, Any]:
    """A value read at the station, by default typed there."""
    said = {
        "id": str(uuid4()),
        "station_id": str(floor.station_id),
        "characteristic_id": str(of),
        "source": "typed",
        "value": value,
        "unit": "mm",
    }
    return floor.sender.event("reading_taken", seconds, **{**said, **fields})


def undone(floor: Floor, seconds: float, reading_id: str, **fields: Any) -> dict[str, Any]:
    """A person at the station takes it back."""
    return floor.sender.event("reading_undone", seconds, reading_id=reading_id, **fields)


def measured(floor: Floor, **query: Any) -> list[dict[str, Any]]:
    """What the list answers, newest first."""
    answer = floor.admin.get("/inspection-measurements", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def set_aside(floor: Floor) -> list[tuple[str, str]]:
    """Codes and words of what was refused."""
    return [(row.code, row.message) for row in floor.rows("select code, message from quarantine order by seq")]


def told(floor: Floor) -> list[str]:
    """What happened to measurements."""
    return [topic for topic in floor.topics() if topic.startswith("quality.measurement.")]
