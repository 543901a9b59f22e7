"""Codes that people type in the desktop."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.server.codes.scanning import GS1, allow_person_figures, history
from tests.server.stations.floor import Floor


@pytest.mark.usefixtures("people_copied")
def test_a_person_types_a_code(floor: Floor) -> None:
    body = {"qr_code_data": f"]C1{GS1}", "station_id": str(floor.station_id), "notes": "label torn"}
    keyed = {"Idempotency-Key": "scan-0001"}
    answers = [floor.admin.post("/qr-scans", body, headers=keyed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    (scan,) = history(floor)
    assert answers[0].json() == answers[1].json() == scan
    assert (scan["reading"]["symbology"], scan["qr_code_data"], scan["source"]) == ("C1", GS1, "typed")
    assert (scan["scanned_by_name"], scan["notes"], scan["plant_id"]) == ("Anna", "label torn", str(floor.plant_id))
    allow_person_figures(floor.admin)
    assert [one["id"] for one in history(floor, person="ann")] == [scan["id"]]


def test_a_client_of_before_calls_it_text(floor: Floor) -> None:
    made = floor.admin.post("/qr-scans", {"text": "hello", "plant_id": str(floor.plant_id)}).json()
    assert (made["qr_code_data"], made["reading"]["text"]) == ("hello", "hello")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"qr_code_data": "x"}, 422, "place_missing"),
        ({"qr_code_data": "x", "plant_id": str(uuid4())}, 404, "not_found"),
        ({"qr_code_data": "x", "station_id": str(uuid4())}, 404, "not_found"),
        ({"qr_code_data": ""}, 422, "invalid"),
        ({"qr_code_data": "x" * 4097}, 422, "invalid"),
        ({"qr_code_data": "a\x00b"}, 422, "invalid"),
        ({"qr_code_data": "]C1"}, 422, "empty_code"),
        ({"qr_code_data": "x", "scanned_at": "2150-01-01T00:00:00Z"}, 422, "ahead_of_time"),
        ({"qr_code_data": "x", "symbology": "]C1"}, 422, "invalid"),
    ],
)
def test_what_can_not_be_a_scan_is_refused(floor: Floor, body: dict[str, Any], status: int, code: str) -> None:
    place = {} if code in ("place_missing", "not_found") else {"plant_id": str(floor.plant_id)}
    answer = floor.admin.post("/qr-scans", {**place, **body})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert history(floor) == []


def test_a_station_is_of_its_own_plant(floor: Floor) -> None:
    body = {"qr_code_data": "x", "station_id": str(floor.station_id), "plant_id": str(floor.made.add_plant("P9"))}
    assert floor.admin.post("/qr-scans", body).json()["code"] == "other_plant"
