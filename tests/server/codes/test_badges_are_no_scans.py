"""What is written on a badge is kept nowhere: it becomes no scan, whoever sends it."""

from __future__ import annotations

import pytest
from unison_domain.identity.contracts import RoleCode

from tests.server.codes.scanning import history, look_up, scanned, set_aside
from tests.server.stations.floor import Floor

TEXT = "BEN-BADGE-7Q"


@pytest.fixture(autouse=True)
def badge(floor: Floor) -> str:
    """Ben's, lost since: also then its text is nobody's to read."""
    ben = floor.made.add_user("ben", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])
    answer = floor.admin.post("/badges", {"user_id": str(ben), "kind": "barcode", "text": TEXT})
    assert answer.status_code == 201, answer.text
    id_: str = answer.json()["id"]
    return id_


@pytest.mark.parametrize("text", [TEXT, f"]C1{TEXT.lower()} "])
def test_a_person_can_neither_keep_nor_look_up_one(floor: Floor, text: str) -> None:
    place = {"station_id": str(floor.station_id)}
    answers = [
        floor.admin.post("/qr-scans", {"qr_code_data": text, **place}),
        floor.admin.post("/qr-scans/lookup", {"code": text}),
        look_up(floor, text),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "badge_text")] * 3
    assert not any(TEXT in answer.text.upper() for answer in answers)
    assert floor.admin.post("/qr-scans", {"qr_code_data": "PART-1", **place}).status_code == 201
    assert [one["qr_code_data"] for one in history(floor)] == ["PART-1"]


def test_a_lost_one_is_still_no_scan(floor: Floor, badge: str) -> None:
    assert floor.admin.post(f"/badges/{badge}/lost").status_code == 200
    assert floor.admin.post("/qr-scans/lookup", {"code": TEXT}).status_code == 422


def test_a_pc_without_a_list_tells_of_it_and_nothing_keeps_its_text(floor: Floor) -> None:
    floor.sender.send([scanned(floor, 0, TEXT), scanned(floor, 1, "PART-1")])
    assert (set_aside(floor), [one["qr_code_data"] for one in history(floor)]) == (["badge_text"], ["PART-1"])
    ((raw,),) = floor.rows("select raw::text from quarantine")
    assert TEXT not in raw
    path = f"/agents/{floor.agent_id}/quarantine"
    (event,) = floor.admin.get(path).json()["items"]
    assert (event["may_accept"], event["consequence"].partition(":")[0]) == (
        False,
        "It was a badge, whose text is kept nowhere, so there is nothing to take",
    )
    assert floor.admin.post(f"{path}/{event['id']}/accept", {"reason": "why not"}).status_code == 409
    assert floor.admin.post(f"{path}/{event['id']}/discard", {"reason": "a badge"}).status_code == 200


def test_what_was_scanned_before_it_became_a_badge_is_not_let_in_afterwards(floor: Floor) -> None:
    body = {"plant_id": str(floor.plant_id), "code": "S2", "name": "Line 2"}
    elsewhere = floor.admin.post("/stations", body).json()["id"]
    floor.sender.send([scanned(floor, 0, "LATER", station_id=elsewhere)])
    ben = floor.made.add_user("bo", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])
    assert floor.admin.post("/badges", {"user_id": str(ben), "kind": "barcode", "text": "LATER"}).status_code == 201
    path = f"/agents/{floor.agent_id}/quarantine"
    (event,) = floor.admin.get(path).json()["items"]
    refused = floor.admin.post(f"{path}/{event['id']}/accept", {"reason": "why not"})
    assert (refused.status_code, refused.json()["code"], history(floor)) == (409, "badge_text", [])
