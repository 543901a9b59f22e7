"""Alarms a rule can be about: those that tags name, and those of the newest stops."""

from __future__ import annotations

from typing import Any

import pytest
from unison_domain.identity.contracts import RoleCode
from unison_server.machines.downtime import known_alarms

from tests.server.factories import Made
from tests.server.machines.test_downtime import Json, stand
from tests.server.serving import sign_in
from tests.server.stations.floor import Floor, stamp


def known(floor: Floor, **asked: Any) -> list[Json]:
    answer = floor.admin.get("/alarm-reasons/known", params=asked)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


def add_tag(floor: Floor, name: str, machine: int = 0, **settings: Any) -> Json:
    place = {"table": "holding_register", "address": 50 + len(name), "type": "uint16"}
    own = {"device_id": str(floor.device_id), "machine_id": str(floor.machines[machine]), "role": "alarm"}
    answer = floor.admin.post("/tags", {"name": name, **own, **place, **settings})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def test_what_tags_name_and_what_came_is_offered(floor: Floor) -> None:
    add_tag(floor, "Alarms", alarms={"0": "Door open", "3": "Oil low"})
    add_tag(floor, "Code", alarm_bits=False, alarms={"0": "no alarm", "7": "Drive hot"})
    add_tag(floor, "E-stop line", table="coil", type="bool")
    stand(floor, (0, "running"), (10, "fault"), (70, "running"), reason="Oil low", alarms=["Oil low", "Heat"])
    stand(floor, (80, "fault"), (90, "running"), reason="Oil low", alarms=["Oil low"])
    found = known(floor)
    assert [one["alarm"] for one in found] == ["Door open", "Drive hot", "E-stop line", "Heat", "Oil low"]
    oil, heat = found[-1], found[-2]
    assert (oil["is_configured"], oil["stops"], oil["last_at"]) == (True, 2, stamp(80))
    assert (heat["is_configured"], heat["stops"], heat["last_at"]) == (False, 0, stamp(10)), "it never came first"


def test_it_is_of_the_machines_that_are_meant(floor: Floor) -> None:
    add_tag(floor, "One", alarms={"0": "Door open"})
    add_tag(floor, "Other", machine=1, alarms={"0": "Guard open"})
    for machine, type_ in zip(floor.machines, ("Press", "Saw"), strict=True):
        row = floor.admin.get(f"/machines/{machine}").json()
        headers = {"If-Match": f'"{row["version"]}"'}
        assert floor.admin.send(
            "PATCH", f"/machines/{machine}", headers=headers, json={"machine_type": type_}
        ).is_success
    assert [one["alarm"] for one in known(floor, machine_id=floor.machines[0])] == ["Door open"]
    assert [one["alarm"] for one in known(floor, machine_type="saw")] == ["Guard open"]
    assert known(floor, machine_type="mill") == []


def test_it_comes_in_pages_and_looks_at_the_newest_stops_alone(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    add_tag(floor, "Alarms", alarms={str(n): f"Alarm {n}" for n in range(5)})
    first = floor.admin.get("/alarm-reasons/known", params={"limit": 2}).json()
    assert [one["alarm"] for one in first["items"]] == ["Alarm 0", "Alarm 1"]
    rest = floor.admin.get("/alarm-reasons/known", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert ([one["alarm"] for one in rest["items"]], rest["next_cursor"]) == (["Alarm 2", "Alarm 3", "Alarm 4"], None)
    monkeypatch.setattr(known_alarms, "STOPS_LOOKED_AT", 1)
    stand(floor, (0, "fault"), (10, "running"), reason="Old", alarms=["Old"])
    stand(floor, (20, "fault"), (30, "running"), reason="New", alarms=["New"])
    assert {one["alarm"] for one in known(floor)} - {f"Alarm {n}" for n in range(5)} == {"New"}


def test_nobody_hears_of_machines_they_may_not_see(floor: Floor, made: Made) -> None:
    add_tag(floor, "Alarms", alarms={"0": "Door open"})
    stand(floor, (0, "fault"), (10, "running"), reason="Heat", alarms=["Heat"])
    plant = made.add_plant("P2")
    made.add_user("bob", roles=[RoleCode.PLANT_MANAGER], reads=[plant], writes=[plant])
    bob = sign_in(floor.admin.client, made, "bob")
    assert bob.get("/alarm-reasons/known").json()["items"] == []
    assert bob.get("/alarm-reasons/known", params={"machine_id": str(floor.machines[0])}).status_code == 404
