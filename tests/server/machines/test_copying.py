"""A machine like another one."""

from __future__ import annotations

from typing import Any

import pytest
from unison_domain.identity.contracts import RoleCode

from tests.server.factories import Made
from tests.server.machines.test_downtime import reasons
from tests.server.machines.test_reason_rights import patch
from tests.server.serving import sign_in
from tests.server.stations.floor import Floor

__all__ = ["reasons"]


def copy(floor: Floor, **more: Any) -> Any:
    return floor.admin.post(f"/machines/{floor.machines[0]}/copy", {"machine_code": "M9", "name": "Mill 9", **more})


def tags_of(floor: Floor, machine: str) -> list[tuple[str, int, str]]:
    rows = floor.admin.get("/tags", params={"machine_id": machine}).json()["items"]
    return [(row["name"], row["address"], row["device_id"]) for row in rows]


def test_its_tags_are_copied_into_a_device_with_another_address(floor: Floor) -> None:
    place = {"device_id": str(floor.device_id), "copy_as": {"name": "PLC 9", "host": "10.0.0.9"}}
    made = copy(floor, devices=[place])
    assert made.status_code == 201, made.text
    copied = made.json()
    device = copied["device_ids"][0]
    assert tags_of(floor, copied["machine_id"]) == [("good 0", 0, device), ("heat 0", 10, device)]
    assert floor.admin.get(f"/devices/{device}").json()["host"] == "10.0.0.9"
    machine = floor.admin.get(f"/machines/{copied['machine_id']}").json()
    assert (machine["machine_code"], machine["plant_id"]) == ("M9", str(floor.plant_id))


def test_it_goes_to_another_station_with_devices_of_its_own(floor: Floor) -> None:
    south = floor.made.add_plant("P9")
    body = {"plant_id": str(south), "code": "S9", "name": "South"}
    station = floor.admin.post("/stations", body).json()["id"]
    place = {"device_id": str(floor.device_id), "copy_as": {"name": "PLC 9", "host": "10.0.0.9"}}
    made = copy(floor, station_id=station, devices=[place])
    assert made.status_code == 201, made.text
    machine = floor.admin.get(f"/machines/{made.json()['machine_id']}").json()
    assert (machine["station_id"], machine["plant_id"], machine["work_center_id"]) == (station, str(south), None)
    assert floor.admin.get(f"/devices/{made.json()['device_ids'][0]}").json()["station_id"] == station
    assert len(tags_of(floor, machine["id"])) == 2


def test_within_a_device_they_are_read_from_shifted_addresses(floor: Floor) -> None:
    made = copy(floor, devices=[{"device_id": str(floor.device_id), "address_shift": 100}])
    tags = tags_of(floor, made.json()["machine_id"])
    assert tags == [("good 0 M9", 100, str(floor.device_id)), ("heat 0 M9", 110, str(floor.device_id))]


@pytest.mark.parametrize(
    ("shift", "code"), [(0, "copy_reads_the_same"), (65_530, "copy_address"), (-1, "copy_address")]
)
def test_a_copy_that_can_not_be_read_is_refused_as_a_whole(floor: Floor, shift: int, code: str) -> None:
    refused = copy(floor, devices=[{"device_id": str(floor.device_id), "address_shift": shift}])
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert len(floor.admin.get("/machines").json()["items"]) == 2


def test_a_device_of_its_own_at_the_same_place_is_refused(floor: Floor) -> None:
    device = floor.admin.get(f"/devices/{floor.device_id}").json()
    same = {"name": "PLC 9", "host": device["host"], "port": device["port"], "unit_id": device["unit_id"]}
    place = {"device_id": str(floor.device_id), "copy_as": same}
    refused = copy(floor, devices=[place])
    assert (refused.status_code, refused.json()["code"]) == (422, "copy_reads_the_same")
    assert "PLC 9" in refused.json()["detail"]
    assert len(floor.admin.get("/machines").json()["items"]) == 2
    for otherwise in ({"unit_id": 7}, {"port": 1502}, {"host": "10.0.0.77"}):
        code = f"M{next(iter(otherwise))}"
        made = copy(floor, machine_code=code, devices=[{**place, "copy_as": {**same, "name": code, **otherwise}}])
        assert made.status_code == 201, made.text
    assert copy(floor, devices=[{**place, "address_shift": 100}]).status_code == 201


def test_a_device_is_not_called_as_another_of_its_station(floor: Floor) -> None:
    device = floor.admin.get(f"/devices/{floor.device_id}").json()
    place = {"device_id": str(floor.device_id), "copy_as": {"name": device["name"], "host": "10.0.0.9"}}
    refused = copy(floor, devices=[place])
    assert (refused.status_code, refused.json()["code"]) == (422, "device_name_taken")
    (error,) = refused.json()["errors"]
    assert error["field"] == "devices.0.copy_as.name"
    assert f"is called {device['name']} already: give the copy's another name" in error["message"]
    assert len(floor.admin.get("/machines").json()["items"]) == 2
    south = floor.admin.post("/stations", {"plant_id": str(floor.plant_id), "code": "S9", "name": "South"}).json()
    assert copy(floor, station_id=south["id"], devices=[place]).status_code == 201


def test_a_shift_onto_another_counter_is_refused(floor: Floor) -> None:
    fields = {"device_id": str(floor.device_id), "machine_id": str(floor.machines[0]), "role": "count_scrap"}
    scrap = {**fields, "name": "scrap 0", "table": "holding_register", "address": 2, "type": "uint32"}
    assert floor.admin.post("/tags", scrap).status_code == 201
    for shift in (2, 3):  # the good parts would be read where the scrap is: its first or its second register
        refused = copy(floor, devices=[{"device_id": str(floor.device_id), "address_shift": shift}])
        assert (refused.status_code, refused.json()["code"]) == (422, "copy_reads_the_same"), refused.text
        assert "scrap 0" in refused.json()["detail"]
    assert copy(floor, devices=[{"device_id": str(floor.device_id), "address_shift": 4}]).status_code == 201


def test_a_code_that_is_taken_is_a_clash(floor: Floor) -> None:
    assert copy(floor, machine_code="M2").status_code == 409


def test_a_device_without_tags_of_the_machine_is_a_mistake(floor: Floor) -> None:
    device = floor.admin.post("/devices", {"station_id": str(floor.station_id), "name": "E", "host": "h"}).json()
    refused = copy(floor, devices=[{"device_id": device["id"], "address_shift": 1}])
    assert (refused.status_code, refused.json()["code"]) == (422, "nothing_to_copy")


def test_only_whole_words_of_its_tags_names_are_renamed(floor: Floor) -> None:
    for address, name in ((300, "M1 heat"), (310, "M10 heat"), (320, "PM1x")):
        tag = {"device_id": str(floor.device_id), "machine_id": str(floor.machines[0]), "name": name, "role": "sample"}
        made = floor.admin.post("/tags", {**tag, "table": "holding_register", "address": address, "type": "uint16"})
        assert made.status_code == 201, made.text
    place = {"device_id": str(floor.device_id), "copy_as": {"name": "PLC 9", "host": "10.0.0.9"}}
    copied = copy(floor, devices=[place]).json()
    names = {name for name, address, _ in tags_of(floor, copied["machine_id"]) if address >= 300}
    assert names == {"M9 heat", "M10 heat", "PM1x"}


def test_what_its_alarms_mean_is_copied_by_who_may_say_it(floor: Floor, made: Made, reasons: dict[int, str]) -> None:
    machine, other = (str(id_) for id_ in floor.machines[:2])
    for alarm, of in (("oil", machine), ("heat", machine), ("oil", other), ("belt", None)):
        rule = {"alarm": alarm, "downtime_reason_id": reasons[110], "machine_id": of}
        assert floor.admin.post("/alarm-reasons", rule).status_code == 201
    (heat,) = floor.admin.get("/alarm-reasons", params={"alarm": "heat"}).json()["items"]
    assert patch(floor, f"/alarm-reasons/{heat['id']}", is_active=False).status_code == 200
    copied = copy(floor).json()
    assert (copied["alarm_rules"], copied["alarm_rules_left"]) == (1, 0)
    (rule,) = floor.admin.get("/alarm-reasons", params={"machine_id": copied["machine_id"]}).json()["items"]
    assert (rule["alarm"], rule["downtime_reason_id"], rule["is_active"]) == ("oil", reasons[110], True)
    made.add_user("eve", roles=[RoleCode.AUTOMATION_ENGINEER], reads=[floor.plant_id], writes=[floor.plant_id])
    eve = sign_in(floor.admin.client, made, "eve")
    left = eve.post(f"/machines/{machine}/copy", {"machine_code": "M10", "name": "Mill 10"}).json()
    assert (left["alarm_rules"], left["alarm_rules_left"]) == (0, 1)
    assert floor.admin.get("/alarm-reasons", params={"machine_id": left["machine_id"]}).json()["items"] == []
