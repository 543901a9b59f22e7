"""What agents report beside the sequence of events, and what the board makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode

from tests.server.listening import listening
from tests.server.serving import sign_in
from tests.server.stations.floor import Floor, stamp

SIGNALLED = "select plant_id, entity from {} where topic = 'machines.machine.signalled'"


def beat(floor: Floor, *reports: dict[str, Any], **fields: Any) -> httpx.Response:
    body = {"at": stamp(0), "agent_version": "1", "configuration": 1, "queue_depth": 0, "machines": list(reports)}
    return floor.sender.call("POST", "/heartbeat", json={**body, **fields})


def report(floor: Floor, since: str, signal: str | None, state: str = "running", machine: int = 0) -> dict[str, Any]:
    return {"machine_id": str(floor.machines[machine]), "state": state, "since": since, "last_signal_at": signal}


def live(floor: Floor) -> dict[str, Any]:
    shown: dict[str, Any] = floor.admin.get("/machines/live", params={"ids": str(floor.machines[0])}).json()["items"][0]
    return shown


def signalled(floor: Floor) -> list[Any]:
    tables = " union all ".join(SIGNALLED.format(table) for table in ("outbox", "events"))
    return [tuple(row) for row in floor.rows(tables)]


def test_newer_signals_are_told_once_per_plant_and_heartbeat(floor: Floor) -> None:
    both = [report(floor, stamp(0), stamp(5), machine=n) for n in (0, 1)]
    assert beat(floor, *both).status_code == 200
    assert signalled(floor) == [(floor.plant_id, None)]
    beat(floor, *both)
    beat(floor, report(floor, stamp(0), stamp(4)))
    beat(floor, report(floor, stamp(0), None))
    assert len(signalled(floor)) == 1, "nothing moved"
    beat(floor, report(floor, stamp(0), stamp(9)))
    assert len(signalled(floor)) == 2


def test_a_clock_ahead_is_taken_to_be_now(floor: Floor) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    assert beat(floor, report(floor, ahead, ahead)).status_code == 200
    shown = live(floor)
    assert shown["state"] == "running"
    for moment in (shown["since"], shown["last_signal_at"]):
        assert datetime.fromisoformat(moment) <= datetime.now(UTC)


def test_a_persons_word_stands_over_reports(floor: Floor) -> None:
    said = floor.admin.send("PUT", f"/machines/{floor.machines[0]}/status", json={"state": "maintenance"})
    assert said.status_code == 200
    ahead = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    beat(floor, report(floor, ahead, ahead))
    assert (live(floor)["state"], live(floor)["source"]) == ("maintenance", "person")


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59-12:00"},
        {"agent_version": "x" * 201},
        {"queue_depth": -1},
        {"dead_letters": 2**63},
        {"configuration": -1},
    ],
)
def test_a_heartbeat_nobody_means_is_refused(floor: Floor, wrong: dict[str, Any]) -> None:
    refused = beat(floor, **wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "heartbeat_invalid")


def test_long_words_stop_no_heartbeat(floor: Floor) -> None:
    assert beat(floor, refusal="no space " * 100_000, dead_letters=3).status_code == 200
    agent = floor.admin.get(f"/agents/{floor.agent_id}").json()
    assert (len(agent["refusal"]), agent["dead_letters"]) == (2000, 3)


@pytest.mark.parametrize(
    ("path", "span"),
    [
        ("utilization", {"to": "9999-12-31T23:59:59Z"}),
        ("counts", {"to": "9999-12-31T23:59:59Z"}),
        ("history", {"from": "0001-01-01T00:00:00+14:00"}),
        ("samples", {"to": "9999-12-31T23:59:59-12:00"}),
        ("counter-incidents", {"from": "1969-12-31T23:59:59Z"}),
    ],
)
def test_times_out_of_reach_are_refused_in_words(floor: Floor, path: str, span: dict[str, str]) -> None:
    params = {**span, **({"tag_id": str(floor.gauges[0])} if path == "samples" else {})}
    refused = floor.admin.get(f"/machines/{floor.machines[0]}/{path}", params=params)
    assert refused.status_code == 422
    assert "must be a time from 1970 to 2199" in refused.text


def test_strayed_counters_and_agents_events_are_listed(floor: Floor) -> None:
    own = {"machine_id": str(floor.machines[0]), "tag_id": str(floor.counters[0]), "raw_from": 2**63, "raw_to": 3}
    sender = floor.sender
    sender.send(
        [
            sender.event("counter_reset", 1, **own, added=3),
            sender.event("counter_jumped", 2, **own),
            sender.event("clock_stepped", 3, delta_seconds=5.0),
            sender.event("gap", 4, reason="buffer_corrupt", lost={"sample": 7}),
        ]
    )
    path = f"/machines/{floor.machines[0]}/counter-incidents"
    first = floor.admin.get(path, params={"limit": 1}).json()
    assert [(one["kind"], one["raw_from"], one["added"]) for one in first["items"]] == [("counter_jumped", 2**63, None)]
    rest = floor.admin.get(path, params={"cursor": first["next_cursor"]}).json()["items"]
    assert [(one["kind"], one["added"]) for one in rest] == [("counter_reset", 3)]
    tag = floor.admin.get(f"/tags/{floor.counters[0]}").json()
    named = {"tag_name": tag["name"], "device_id": str(floor.device_id), "device_name": "PLC"}
    assert first["items"][0] | named == first["items"][0]
    assert floor.admin.get(path, params={"to": stamp(2)}).json()["items"] == rest
    told = floor.admin.get(f"/agents/{floor.agent_id}/events").json()["items"]
    assert [(one["kind"], one["seq"]) for one in told] == [("gap", 4), ("clock_stepped", 3)]
    assert told[0]["body"]["lost"] == {"sample": 7}


def test_everybody_who_sees_machines_hears_of_their_signals(floor: Floor, client: httpx.Client) -> None:
    elsewhere = floor.made.add_plant("Q")
    floor.made.add_user("olga", roles=[RoleCode.OPERATOR], reads=[floor.plant_id])
    floor.made.add_user("paul", roles=[RoleCode.OPERATOR], reads=[elsewhere])
    olga, paul = sign_in(client, floor.made, "olga"), sign_in(client, floor.made, "paul")
    assert olga.get("/agents").status_code == 403
    with listening(olga) as hers, listening(paul) as his:
        for stream in (hers, his):
            assert getattr(stream.next(), "name", None) == "ready"
        beat(floor, report(floor, stamp(0), stamp(5)))
        assert hers.until("machines.machine.signalled")["plant_id"] == str(floor.plant_id)
        floor.admin.post("/work-centers", {"plant_id": str(elsewhere), "code": "L1", "name": "Line"})
        assert his.happening("machines")["topic"] == "machines.work_center.created", "nothing of the other plant before"
