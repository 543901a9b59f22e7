"""Agents, devices and tags belong to the plants of their stations: two people, each of one plant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import Database
from unison_server.kernel.scope import ActorKind, Reach, Scope

from tests.server.listening import listening
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import Floor, stamp


@dataclass
class Plants:
    """The floor's plant is of `north`, another of `south`; both maintain agents, stations, devices and tags."""

    floor: Floor
    north: SignedIn
    south: SignedIn
    south_id: UUID
    south_user: UUID
    south_station: dict[str, Any]

    @property
    def agent(self) -> str:
        return f"/agents/{self.floor.agent_id}"

    def share(self) -> None:
        """The administrator lets the agent serve both plants."""
        put = self.floor.admin.send(
            "PATCH",
            f"/stations/{self.south_station['id']}",
            json={"agent_id": str(self.floor.agent_id)},
            headers=seen(self.south_station),
        )
        assert put.status_code == 200, put.text


def seen(row: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{row["version"]}"'}


@pytest.fixture
def plants(floor: Floor, client: httpx.Client) -> Plants:
    made = floor.made
    south = made.add_plant("SOUTH")
    made.add_user("nora", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[floor.plant_id])
    south_user = made.add_user("sven", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[south])
    nora, sven = sign_in(client, made, "nora"), sign_in(client, made, "sven")
    station = sven.post("/stations", {"plant_id": str(south), "code": "S9", "name": "South"})
    assert station.status_code == 201, station.text
    return Plants(floor, nora, sven, south, south_user, station.json())


def test_each_sees_what_is_of_their_plant(plants: Plants) -> None:
    for path, count in (("/agents", 1), ("/devices", 1), ("/tags", 4), ("/stations", 1)):
        assert len(plants.north.get(path).json()["items"]) == count
    for path in ("/agents", "/devices", "/tags"):
        assert plants.south.get(path).json()["items"] == []
        assert len(plants.south.get(f"{path}/export").text.splitlines()) == 1
    floor = plants.floor
    singles = [f"/devices/{floor.device_id}", f"/tags/{floor.gauges[0]}", f"/stations/{floor.station_id}"]
    for path in [plants.agent, *singles, *(f"{plants.agent}/{of}" for of in ("devices", "quarantine", "events"))]:
        assert plants.north.get(path).status_code == 200
        assert plants.south.get(path).status_code == 404
    params = {"tag_id": str(floor.gauges[0])}
    assert plants.south.get(f"/machines/{floor.machines[0]}/samples", params=params).status_code == 404


def test_nobody_of_another_plant_takes_over_the_pc(plants: Plants) -> None:
    agent = plants.floor.admin.get(plants.agent).json()
    assert plants.south.post(f"{plants.agent}/code").status_code == 404
    assert plants.south.post(f"{plants.agent}/revoke", headers=seen(agent)).status_code == 404
    moved = plants.south.send(
        "PATCH",
        f"/stations/{plants.south_station['id']}",
        json={"agent_id": str(plants.floor.agent_id)},
        headers=seen(plants.south_station),
    )
    assert moved.status_code == 404
    machine = {"plant_id": str(plants.south_id), "machine_code": "X", "name": "X"}
    planned = {**machine, "station_id": str(plants.floor.station_id)}
    refused = plants.floor.admin.post("/machines", planned)
    assert (refused.status_code, refused.json()["code"]) == (422, "other_plant")
    assert plants.north.post(f"{plants.agent}/code").status_code == 201
    assert plants.north.post(f"{plants.agent}/revoke", headers=seen(agent)).status_code == 200


def test_who_shares_an_agent_changes_nothing_alone(plants: Plants) -> None:
    plants.share()
    agent = plants.south.get(plants.agent).json()
    code = plants.south.post(f"{plants.agent}/code")
    assert (code.status_code, code.json()["code"]) == (403, "agent_of_other_plant")
    assert code.json()["parameters"]["plant"] == "P1"
    revoked = plants.south.post(f"{plants.agent}/revoke", headers=seen(agent))
    assert revoked.status_code == 403
    more = {"plant_id": str(plants.south_id), "code": "S10", "name": "more", "agent_id": agent["id"]}
    assert plants.south.post("/stations", more).status_code == 403
    for path in ("quarantine", "events"):
        assert plants.south.get(f"{plants.agent}/{path}").status_code == 403
    renamed = plants.south.send(
        "PATCH",
        f"/stations/{plants.south_station['id']}",
        json={"name": "still mine"},
        headers={"If-Match": f'"{plants.south_station["version"] + 1}"'},
    )
    assert renamed.status_code == 200, renamed.text


def test_device_reports_are_those_of_devices_in_sight(plants: Plants) -> None:
    plants.share()
    beat = {"at": "2026-03-02T06:00:00Z", "agent_version": "1", "configuration": 1, "queue_depth": 0}
    devices = [{"device_id": str(plants.floor.device_id), "state": "online"}]
    assert plants.floor.sender.call("POST", "/heartbeat", json={**beat, "devices": devices}).status_code == 200
    assert len(plants.north.get(f"{plants.agent}/devices").json()["items"]) == 1
    assert plants.south.get(f"{plants.agent}/devices").json()["items"] == []


def test_what_a_person_takes_away_the_agent_hears_although_they_see_it_no_more(plants: Plants) -> None:
    plants.share()
    before = plants.floor.admin.get(plants.agent).json()["configuration_version"]
    taken = plants.south.send(
        "PATCH",
        f"/stations/{plants.south_station['id']}",
        json={"agent_id": None},
        headers={"If-Match": f'"{plants.south_station["version"] + 1}"'},
    )
    assert taken.status_code == 200, taken.text
    assert plants.south.get(plants.agent).status_code == 404
    assert plants.floor.admin.get(plants.agent).json()["configuration_version"] > before


def test_an_agent_without_stations_is_its_makers(plants: Plants) -> None:
    own = plants.south.post("/agents", {"name": "Hall 9"}).json()["agent_id"]
    assert plants.south.get(f"/agents/{own}").status_code == 200
    assert plants.north.get(f"/agents/{own}").status_code == 404
    assert plants.floor.admin.get(f"/agents/{own}").status_code == 200
    assert plants.south.post(f"/agents/{own}/code").status_code == 201
    put = plants.south.send(
        "PATCH",
        f"/stations/{plants.south_station['id']}",
        json={"agent_id": own},
        headers=seen(plants.south_station),
    )
    assert put.status_code == 200, put.text


def test_devices_and_tags_are_changed_where_their_station_is(plants: Plants) -> None:
    floor = plants.floor
    device = {"station_id": str(floor.station_id), "name": "PLC 2", "host": "127.0.0.1"}
    tag = {"device_id": str(floor.device_id), "name": "t", "table": "coil", "address": 1, "type": "bool"}
    assert plants.south.post("/devices", device).status_code == 404
    assert plants.south.post("/tags", tag).status_code == 404
    assert plants.north.post("/devices", device).status_code == 201
    assert plants.north.post("/tags", tag).status_code == 201
    floor.made.add_user("rita", roles=[RoleCode.MAINTENANCE_TECHNICIAN], reads=[floor.plant_id])
    rita = sign_in(plants.north.client, floor.made, "rita")
    for path, row in (("/devices", device), ("/tags", tag)):
        assert rita.post(path, row).status_code == 403
        shown = rita.get(path).json()["items"][0]
        gone = rita.send("DELETE", f"{path}/{shown['id']}", headers=seen(shown))
        assert (gone.status_code, gone.json()["code"]) == (403, "place_keeps")


@pytest.mark.parametrize("table", ["devices", "tags"])
def test_the_database_holds_them_even_where_a_query_forgets(plants: Plants, table: str) -> None:
    reads, writes = frozenset({plants.floor.plant_id}), frozenset({plants.south_id})
    scope = Scope(plants.floor.made.id, ActorKind.USER, plants.south_user, plants=Reach(reads, writes))
    with plants.floor.made.databases.session(Database.OPERATIONS, scope) as session:
        assert session.execute(text(f"select count(*) from {table}")).scalar_one() > 0
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.execute(text(f"update {table} set name = 'taken'"))
        session.rollback()


def happen(plants: Plants) -> None:
    """Everything that is told of agents, devices and tags."""
    floor, north = plants.floor, plants.north
    for path in (f"/devices/{floor.device_id}", f"/tags/{floor.gauges[0]}"):
        shown = north.get(path).json()
        assert north.send("DELETE", path, headers=seen(shown)).status_code == 200
    sender = floor.sender
    sender.send(
        [
            sender.event("device_changed", 1, device_id=str(floor.device_id), state="online"),
            sender.event("clock_stepped", 2, delta_seconds=5.0),
            sender.event("telepathy", 3),
        ]
    )
    beat = {"at": stamp(4), "agent_version": "1", "configuration": 1, "queue_depth": 0}
    assert sender.call("POST", "/heartbeat", json=beat).status_code == 200
    assert floor.admin.post(f"{plants.agent}/code").status_code == 201
    shown = floor.admin.get(plants.agent)
    assert floor.admin.post(f"{plants.agent}/revoke", headers={"If-Match": shown.headers["etag"]}).status_code == 200


OF_AGENTS = {f"stations.agent.{word}" for word in ("incident_told", "quarantined", "reported", "revoked")}
OF_FLEET = OF_AGENTS | {f"stations.{word}" for word in ("device.changed", "device.deactivated", "tag.deactivated")}


def told_in(plants: Plants, plant_id: UUID) -> set[str]:
    rows = plants.floor.rows(
        "select topic from (select topic, plant_id from outbox union all select topic, plant_id from events) as told"
        " where plant_id = :plant",
        plant=plant_id,
    )
    return {row.topic for row in rows}


def make_line(plants: Plants, code: str) -> None:
    """Something that happens in the southern plant."""
    line = {"plant_id": str(plants.south_id), "code": code, "name": "Line"}
    assert plants.floor.admin.post("/work-centers", line).status_code == 201


def test_what_happens_to_an_agent_and_its_devices_is_told_in_its_plant_alone(plants: Plants) -> None:
    with listening(plants.south) as told:
        told.next()
        make_line(plants, "L1")
        told.event("machines")  # what the stream owed of the time before is over
        happen(plants)
        make_line(plants, "L2")
        while (heard := told.next()) is not None and not heard.data["topic"].startswith("machines."):
            assert not heard.data["topic"].startswith("stations."), heard
    assert told_in(plants, plants.floor.plant_id) >= OF_FLEET
    assert not told_in(plants, plants.south_id) & OF_FLEET


def test_an_agent_of_two_plants_is_told_of_in_both(plants: Plants) -> None:
    plants.share()
    happen(plants)
    assert told_in(plants, plants.floor.plant_id) >= OF_FLEET
    assert told_in(plants, plants.south_id) & OF_FLEET == OF_AGENTS


def test_a_machine_is_put_only_at_stations_in_reach(plants: Plants) -> None:
    plants.floor.made.add_user("mia", roles=[RoleCode.PLANT_MANAGER], writes=[plants.south_id])
    mia = sign_in(plants.north.client, plants.floor.made, "mia")
    machine = {"plant_id": str(plants.south_id), "machine_code": "X", "name": "X"}
    assert mia.post("/machines", {**machine, "station_id": str(plants.floor.station_id)}).status_code == 404
    assert mia.post("/machines", {**machine, "station_id": plants.south_station["id"]}).status_code == 201


def test_a_state_of_a_plant_one_may_only_read_is_not_accepted(plants: Plants) -> None:
    floor = plants.floor
    machine = floor.admin.post(
        "/machines", {"plant_id": str(plants.south_id), "machine_code": "SX", "name": "S"}
    ).json()
    floor.sender.send([floor.changed(7, "running") | {"machine_id": machine["id"]}])
    floor.made.add_user(
        "rolf", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[floor.plant_id], reads=[plants.south_id]
    )
    rolf = sign_in(plants.north.client, floor.made, "rolf")
    (kept,) = rolf.get(f"{plants.agent}/quarantine").json()["items"]
    refused = rolf.post(f"{plants.agent}/quarantine/{kept['id']}/accept", {"reason": "no right"})
    assert (refused.status_code, refused.json()["code"]) == (403, "place_read_only")


def test_a_decision_about_a_set_aside_event_is_heard_in_its_plant(plants: Plants) -> None:
    floor = plants.floor
    floor.sender.send([floor.sender.event("telepathy", 1)])
    (kept,) = plants.north.get(f"{plants.agent}/quarantine").json()["items"]
    answer = plants.north.post(f"{plants.agent}/quarantine/{kept['id']}/discard", {"reason": "seen at the machine"})
    assert answer.status_code == 200, answer.text
    told = "select plant_id from outbox where topic = 'stations.agent.quarantine_decided'"
    both = f"{told} union {told.replace('outbox', 'events')}"
    assert floor.rows(both) == [(floor.plant_id,)]
