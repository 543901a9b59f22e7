"""Who may change what all plants share, and what becomes of a rule whose reason goes."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.exc import IntegrityError
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.problems import refusal_of

from tests.server.factories import Made
from tests.server.machines.test_downtime import act, listed, reasons, stand
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import Floor, stamp

__all__ = ["reasons"]


@pytest.fixture
def bob(floor: Floor, made: Made) -> SignedIn:
    """Manager of another plant alone."""
    plant = made.add_plant("P2")
    made.add_user("bob", roles=[RoleCode.PLANT_MANAGER, RoleCode.MAINTENANCE_TECHNICIAN], reads=[plant], writes=[plant])
    return sign_in(floor.admin.client, made, "bob")


def patch(floor: Floor, path: str, **body: Any) -> httpx.Response:
    row = floor.admin.get(path).json()
    return floor.admin.send("PATCH", path, headers={"If-Match": f'"{row["version"]}"'}, json=body)


def test_rules_of_machines_that_are_not_seen_are_not_there(
    floor: Floor, reasons: dict[int, str], bob: SignedIn
) -> None:
    said = {"alarm": "oil", "downtime_reason_id": reasons[110]}
    rule = floor.admin.post("/alarm-reasons", {**said, "machine_id": str(floor.machines[0])}).json()
    assert bob.get("/alarm-reasons").json()["items"] == []
    assert bob.get(f"/alarm-reasons/{rule['id']}").status_code == 404
    assert bob.post("/alarm-reasons", {**said, "machine_id": str(floor.machines[0])}).status_code == 404
    everywhere = floor.admin.post("/alarm-reasons", said).json()
    assert [one["id"] for one in bob.get("/alarm-reasons").json()["items"]] == [everywhere["id"]]


def test_what_all_plants_share_is_changed_by_who_may_write_in_all(
    floor: Floor, reasons: dict[int, str], bob: SignedIn
) -> None:
    for path, body in (
        ("/alarm-reasons", {"alarm": "fire", "downtime_reason_id": reasons[110]}),
        ("/downtime-reasons", {"number": 199, "name": "Own"}),
    ):
        refused = bob.post(path, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "organization_wide")
        assert "write access to all plants" in refused.json()["detail"]


def test_a_reason_goes_after_the_rules_that_give_it(floor: Floor, reasons: dict[int, str]) -> None:
    rule = floor.admin.post("/alarm-reasons", {"alarm": "oil", "downtime_reason_id": reasons[110]}).json()
    refused = patch(floor, f"/downtime-reasons/{reasons[110]}", is_active=False)
    assert (refused.status_code, refused.json()["code"]) == (422, "in_use")
    assert "oil" in refused.json()["detail"]
    assert patch(floor, f"/alarm-reasons/{rule['id']}", is_active=False).status_code == 200
    assert patch(floor, f"/downtime-reasons/{reasons[110]}", is_active=False).status_code == 200
    assert patch(floor, f"/alarm-reasons/{rule['id']}", is_active=False).status_code == 200
    assert patch(floor, f"/alarm-reasons/{rule['id']}", is_active=True).json()["code"] == "inactive"


def test_the_database_itself_keeps_the_reason_of_a_rule_in_use(floor: Floor, reasons: dict[int, str]) -> None:
    """As when one person puts the reason away while another writes the rule."""
    said = {"alarm": "oil", "downtime_reason_id": reasons[110]}
    rule = floor.admin.post("/alarm-reasons", said).json()
    put_away = "update downtime_reasons set is_active = false where id = :id returning id"
    with pytest.raises(IntegrityError, match="fk_alarm_reasons_active_reason") as refused:
        floor.rows(put_away, id=reasons[110])
    told = refusal_of(refused.value)
    assert told is not None
    assert told.problem_code == "in_use"
    assert patch(floor, f"/alarm-reasons/{rule['id']}", is_active=False).status_code == 200
    assert floor.rows(put_away, id=reasons[110])
    with pytest.raises(IntegrityError, match="fk_alarm_reasons_active_reason"):
        floor.rows("update alarm_reasons set is_active = true returning id")


def test_the_database_itself_keeps_names_apart(floor: Floor, reasons: dict[int, str]) -> None:
    rename = "update downtime_reasons set name = 'Mechanical' where number = :number returning id"
    with pytest.raises(IntegrityError, match="uq_downtime_reasons_name") as refused:
        floor.rows(rename, number=120)
    told = refusal_of(refused.value)
    assert told is not None
    assert (told.problem_code, [error.field for error in told.errors]) == ("taken", ["parent_id", "name"])
    assert floor.rows(rename, number=210), "it is beside none that is called so"
    assert patch(floor, f"/downtime-reasons/{reasons[110]}", is_active=False).status_code == 200
    assert floor.rows(rename, number=120), "one that was put away leaves its name"


def test_a_reason_has_a_name_of_its_own(floor: Floor, reasons: dict[int, str]) -> None:
    assert floor.admin.post("/downtime-reasons", {"number": 197, "name": "   "}).status_code == 422
    twice = {"number": 196, "name": "Mechanical", "parent_id": reasons[100]}
    assert floor.admin.post("/downtime-reasons", twice).status_code == 409


def test_a_reason_is_given_to_machines_of_its_types(floor: Floor, reasons: dict[int, str]) -> None:
    said = {"number": 195, "name": "Glue", "parent_id": reasons[100], "machine_types": ["bench"]}
    glue = floor.admin.post("/downtime-reasons", said).json()["id"]
    stand(floor, (0, "stopped"), (500, "running"))
    event = listed(floor)[0]
    for refused in (
        act(floor, event, "assign", downtime_reason_id=glue),
        act(floor, event, "split", at=stamp(100), later_reason_id=glue),
    ):
        assert (refused.status_code, refused.json()["code"]) == (422, "other_machine_type")


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59.999999+00:00", "0001-01-01T00:00:00+23:59"])
def test_a_moment_beyond_reckoning_is_refused(floor: Floor, moment: str) -> None:
    machine = floor.machines[0]
    plain = json.dumps([moment, str(uuid4())]).encode()
    cursor = base64.urlsafe_b64encode(plain).decode()
    assert floor.admin.get("/downtime-events", params={"cursor": cursor}).status_code == 422
    plain = json.dumps(["-started_at", moment, str(uuid4())]).encode()
    cursor = base64.urlsafe_b64encode(plain).decode()
    assert floor.admin.get(f"/machines/{machine}/history", params={"cursor": cursor}).status_code == 422
    early = {"to": "1970-01-01T00:00:00Z"}
    for path in ("/downtime-events/summary", f"/machines/{machine}/utilization", f"/machines/{machine}/counts"):
        assert floor.admin.get(path, params=early).status_code == 422


def test_a_machine_stands_at_a_station_of_its_plant(floor: Floor, made: Made) -> None:
    other = made.add_plant("P2")
    said = {"plant_id": str(other), "machine_code": "K1", "name": "Mill", "station_id": str(floor.station_id)}
    refused = floor.admin.post("/machines", said)
    assert (refused.status_code, refused.json()["code"]) == (422, "other_plant")
    line = floor.admin.post("/work-centers", {"plant_id": str(other), "code": "L1", "name": "Line"}).json()["id"]
    move = "update machines set {column} = :id where machine_code = 'M1' returning id"
    there = floor.admin.post("/stations", {"plant_id": str(other), "code": "S9", "name": "South"}).json()["id"]
    for column, place in (("station_id", there), ("work_center_id", line)):
        with pytest.raises(IntegrityError, match=f"fk_machines_{column}_of_plant"):
            floor.rows(move.format(column=column), id=place)
