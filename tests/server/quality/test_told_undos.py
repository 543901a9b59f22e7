"""Agents are told which of the scans and readings at their stations were taken back, wherever that was said."""

from __future__ import annotations

from uuid import uuid4

from unison_domain.stations.undone_takings import MOST_TAKINGS

from tests.server.codes.scanning import scanned
from tests.server.quality.gauging import characteristic, reading
from tests.server.stations.floor import Floor, Sender
from tests.server.stations.test_leases import second_agent


def heard(sender: Sender, *ids: str) -> set[str]:
    answer = sender.call("GET", "/undone-takings", params={"ids": ids})
    assert answer.status_code == 200, answer.text
    return set(answer.json()["ids"])


def test_what_the_office_took_back_is_told_to_the_agent_of_the_station_alone(floor: Floor) -> None:
    bore = characteristic(floor)
    events = [scanned(floor, 0), scanned(floor, 1, "X-1"), reading(floor, 2, bore, "1.0"), reading(floor, 3, bore, "2")]
    scan, other_scan, value, other_value = ids = [event["id"] for event in events]
    floor.sender.send(events)
    assert heard(floor.sender, *ids, str(uuid4())) == set()
    assert floor.admin.post(f"/qr-scans/{scan}/undo", {"reason": "wrong part"}).status_code == 200
    assert floor.admin.post(f"/inspection-measurements/{value}/undo").status_code == 200
    assert heard(floor.sender, *ids) == {scan, value}
    assert heard(floor.sender, other_scan, other_value) == set()
    assert heard(second_agent(floor), *ids) == set()


def test_what_is_no_question_is_refused(floor: Floor) -> None:
    for ids in ([], ["x"], [str(uuid4())] * (MOST_TAKINGS + 1)):
        assert floor.sender.call("GET", "/undone-takings", params={"ids": ids}).status_code == 422
    assert floor.admin.get("/stations/me/undone-takings", params={"ids": str(uuid4())}).status_code == 403
