"""What an agent is told to do, and when it is told anew."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from unison_domain.stations.configuration import AgentConfiguration
from unison_server.kernel.database import Database

from tests.server.serving import SignedIn
from tests.server.stations.floor import Floor


def fetch(floor: Floor, etag: str = "") -> Any:
    return floor.sender.call("GET", "/configuration", headers={"If-None-Match": etag} if etag else {})


def test_it_holds_all_that_belongs_to_the_agent(floor: Floor) -> None:
    answer = fetch(floor)
    told = AgentConfiguration.model_validate_json(answer.content)
    assert answer.headers["etag"] == f'"{told.version}"'
    assert [station.code for station in told.stations] == ["S1"]
    assert [len(device.tags) for device in told.devices] == [4]
    assert sorted(machine.code for machine in told.machines) == ["M1", "M2"]


def test_it_is_sent_only_when_it_changed(floor: Floor) -> None:
    etag = fetch(floor).headers["etag"]
    assert fetch(floor, etag).status_code == 304
    assert fetch(floor, '"0"').status_code == 200


@pytest.mark.parametrize("thing", ["stations", "devices", "tags", "machines"])
def test_every_change_raises_its_version(floor: Floor, thing: str) -> None:
    before = int(fetch(floor).headers["etag"].strip('"'))
    row = floor.admin.get(f"/{thing}").json()["items"][0]
    gone = floor.admin.send("DELETE", f"/{thing}/{row['id']}", headers={"If-Match": f'"{row["version"]}"'})
    assert gone.status_code == 200, gone.text
    answer = fetch(floor, f'"{before}"')
    assert answer.status_code == 200
    assert answer.json()["version"] > before
    assert floor.sender.send([])["configuration"] == answer.json()["version"]


def test_no_version_comes_again_after_a_restore(floor: Floor) -> None:
    def change() -> int:
        tag = {"name": "more", "table": "coil", "address": 0, "type": "bool", "device_id": str(floor.device_id)}
        assert floor.admin.post("/tags", tag).status_code == 201
        version: int = fetch(floor).json()["version"]
        return version

    backed_up = change()
    etag = f'"{change()}"'
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.execute(text("update agents set configuration_version = :version"), {"version": backed_up})
    assert fetch(floor, etag).status_code == 200, "what was restored is fetched"
    assert f'"{change()}"' > etag, "and what is made then is no number the agent has seen"


def test_tags_of_a_machine_that_was_put_away_are_not_read(floor: Floor) -> None:
    gone = floor.admin.send("DELETE", f"/machines/{floor.machines[0]}", headers={"If-Match": '"1"'})
    assert gone.status_code == 200, gone.text
    told = AgentConfiguration.model_validate_json(fetch(floor).content)
    assert [machine.code for machine in told.machines] == ["M2"]
    assert {tag.machine_id for device in told.devices for tag in device.tags} == {floor.machines[1]}


def test_tags_say_that_they_rest_with_a_machine_that_was_put_away(floor: Floor) -> None:
    def agent() -> Any:
        return floor.admin.get(f"/agents/{floor.agent_id}").json()

    def rests_with(path: str, machine: int) -> set[str | None]:
        items = floor.admin.get(path).json()["items"]
        return {one["rests_with"] for one in items if one["machine_id"] == str(floor.machines[machine])}

    before = agent()["tags"]
    tags = [one for one in floor.admin.get("/tags").json()["items"] if one["machine_id"] == str(floor.machines[0])]
    floor.admin.send("DELETE", f"/machines/{floor.machines[0]}", headers={"If-Match": '"1"'})
    for path in ("/tags", f"/agents/{floor.agent_id}/signals"):
        assert (rests_with(path, 0), rests_with(path, 1)) == ({"M1"}, {None})
    assert agent()["tags"] == before - len(tags)
    asked = {"kind": "test_read", "parameters": {"tag_id": tags[0]["id"]}}
    refused = floor.admin.post(f"/agents/{floor.agent_id}/commands", asked)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_configured"), refused.text
    assert "for its machine M1 is out of use" in refused.json()["detail"]
    back = {"If-Match": floor.admin.get(f"/machines/{floor.machines[0]}").headers["etag"]}
    floor.admin.send("POST", f"/machines/{floor.machines[0]}/reactivate", headers=back)
    assert rests_with("/tags", 0) == {None}
    assert agent()["tags"] == before


def test_other_agents_are_left_alone(floor: Floor) -> None:
    other = floor.admin.post("/agents", {"name": "Hall 2"}).json()["agent_id"]
    floor.admin.post("/tags", {**TAG, "device_id": str(floor.device_id), "name": "more"})
    assert floor.admin.get(f"/agents/{other}").json()["configuration_version"] == 0


TAG = {"name": "odd", "table": "coil", "address": 0, "type": "uint16"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "a coil holds one bit"),
        ({"table": "holding_register", "type": "string"}, "needs its length"),
        ({"table": "holding_register", "address": 65_535, "type": "int32"}, "ends past 65535"),
        ({"table": "holding_register", "scale": 0}, "scale 0"),
        ({"table": "holding_register", "nonsense": 1}, "Extra inputs"),
        ({"table": "holding_register", "name": "a\x00b"}, "NUL"),
    ],
)
def test_a_tag_that_can_not_be_read_is_refused_with_its_reason(floor: Floor, wrong: dict[str, Any], words: str) -> None:
    refused = floor.admin.post("/tags", {**TAG, "device_id": str(floor.device_id), **wrong})
    assert refused.status_code == 422
    assert words in refused.text


def test_a_tag_wider_than_its_device_reads_is_refused(floor: Floor) -> None:
    device = floor.admin.post(
        "/devices", {"station_id": str(floor.station_id), "name": "small", "host": "h", "max_registers": 2}
    ).json()
    tag = {"device_id": device["id"], "name": "wide", "table": "input_register", "address": 0, "type": "float64"}
    refused = floor.admin.post("/tags", tag)
    assert (refused.status_code, refused.json()["code"]) == (422, "tag_unreadable")


def test_a_tag_of_a_machine_nobody_has_is_refused(floor: Floor) -> None:
    tag = {**TAG, "device_id": str(floor.device_id), "type": "bool", "machine_id": str(floor.plant_id)}
    assert floor.admin.post("/tags", tag).status_code == 404


def test_a_heartbeat_shows_how_agent_and_devices_are(floor: Floor, admin: SignedIn) -> None:
    problem = {"tag_id": str(floor.gauges[0]), "name": "heat 1", "message": "no such address", "exception": 2}
    beat = {
        "at": "2026-03-02T06:00:00Z",
        "agent_version": "1.1",
        "configuration": 1,
        "queue_depth": 7,
        "clock_offset_seconds": -0.5,
        "devices": [{"device_id": str(floor.device_id), "state": "degraded", "tags": [problem]}],
        "later": "unknown fields are passed over",
    }
    answer = floor.sender.call("POST", "/heartbeat", json=beat)
    assert answer.status_code == 200, answer.text
    assert answer.json()["configuration"] > 1
    agent = admin.get(f"/agents/{floor.agent_id}").json()
    assert (agent["queue_depth"], agent["agent_version"], agent["configuration_running"]) == (7, "1.1", 1)
    assert (agent["bad_tags"], agent["silent_devices"]) == (1, 0)
    assert agent["tags"] == len(admin.get(f"/tags?device_id={floor.device_id}").json()["items"])
    assert admin.get(f"/devices/{floor.device_id}").json()["tag_count"] == agent["tags"]
    reports = admin.get(f"/agents/{floor.agent_id}/devices").json()["items"]
    assert reports[0]["tags"] == [problem]
    assert "stations.agent.reported" in floor.topics()
    said = {**beat, "devices": [{"device_id": str(floor.device_id), "state": "online", "message": "a\x00b"}]}
    assert floor.sender.call("POST", "/heartbeat", json=said).status_code == 422


def test_an_agent_that_collects_nothing_says_why(floor: Floor, admin: SignedIn) -> None:
    beat = {"at": "2026-03-02T06:00:00Z", "agent_version": "1.1", "configuration": 1, "queue_depth": 7}
    for refusal in ("the disk is full", None):
        assert floor.sender.call("POST", "/heartbeat", json={**beat, "refusal": refusal}).status_code == 200
        assert admin.get(f"/agents/{floor.agent_id}").json()["refusal"] == refusal
    for problem in ("1 picture is larger than the server takes", None):
        assert floor.sender.call("POST", "/heartbeat", json={**beat, "picture_problem": problem}).status_code == 200
        assert admin.get(f"/agents/{floor.agent_id}").json()["picture_problem"] == problem
    for problem in ("Port 8470 is taken by another program", None):
        assert floor.sender.call("POST", "/heartbeat", json={**beat, "page_problem": problem}).status_code == 200
        assert admin.get(f"/agents/{floor.agent_id}").json()["page_problem"] == problem
    for problem in ("No space left on device", None):
        said = {**beat, "configuration_problem": problem}
        assert floor.sender.call("POST", "/heartbeat", json=said).status_code == 200
        assert admin.get(f"/agents/{floor.agent_id}").json()["configuration_problem"] == problem
