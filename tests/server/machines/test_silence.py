"""A machine whose PC was switched off is in no known state, whatever it said last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.server.machines.test_station_words import state_set
from tests.server.stations.floor import START, Floor


def ago(**span: float) -> float:
    """A moment that long ago, in seconds after `START`, as the floor's events take it."""
    return (datetime.now(UTC) - timedelta(**span) - START).total_seconds()


def machine(floor: Floor, tail: str = "", **params: Any) -> Any:
    answer = floor.admin.get(f"/machines/{floor.machines[0]}{tail}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def beat(floor: Floor, state: str, since: datetime, signal: datetime) -> None:
    report = {"state": state, "since": since.isoformat(), "last_signal_at": signal.isoformat()}
    said = {"machine_id": str(floor.machines[0]), **report}
    body = {"at": signal.isoformat(), "agent_version": "1", "configuration": 1, "queue_depth": 0, "machines": [said]}
    assert floor.sender.call("POST", "/heartbeat", json=body).status_code == 200


def states(floor: Floor, **params: Any) -> list[tuple[str, bool]]:
    """State and whether it goes on, in the order they are answered."""
    return [(one["state"], one["ended_at"] is None) for one in machine(floor, "/history", **params)["items"]]


def test_a_machine_that_fell_silent_is_unknown_since_its_last_signal(floor: Floor) -> None:
    floor.sender.send([floor.changed(ago(hours=8), "running", alarms=["A1"])])
    heard = datetime.now(UTC) - timedelta(hours=6)
    beat(floor, "running", heard - timedelta(hours=2), heard)
    shown = machine(floor)
    assert (shown["live"]["state"], shown["status"]) == ("unknown", "unknown")
    assert (shown["live"]["alarms"], shown["live"]["believed_until"]) == ([], None)
    assert datetime.fromisoformat(shown["live"]["since"]) == heard
    assert states(floor) == [("unknown", True), ("running", False)]
    assert states(floor, sort="started_at") == [("running", False), ("unknown", True)]
    assert states(floor, **{"from": (heard + timedelta(hours=1)).isoformat()}) == [("unknown", True)]
    assert states(floor, to=(heard - timedelta(hours=1)).isoformat()) == [("running", False)]
    said = machine(floor, "/utilization")
    spent = {one["state"]: one["seconds"] for one in said["by_state"]}
    assert spent["running"] == pytest.approx(2 * 3600, abs=5)
    assert said["known_seconds"] == pytest.approx(2 * 3600, abs=5)
    assert said["utilization"] == pytest.approx(2 * 3600 / said["period_seconds"], abs=0.001)


def test_a_later_signal_fills_in_what_was_unknown(floor: Floor) -> None:
    floor.sender.send([floor.changed(ago(hours=8), "running")])
    floor.sender.send([floor.sample(ago(seconds=2))])
    assert machine(floor)["live"]["state"] == "running"
    assert datetime.fromisoformat(machine(floor)["live"]["believed_until"]) > datetime.now(UTC)
    assert states(floor) == [("running", True)]
    assert machine(floor, "/utilization")["known_seconds"] == pytest.approx(8 * 3600, abs=5)


def test_what_a_person_said_needs_no_signal(floor: Floor) -> None:
    floor.sender.send([floor.changed(ago(hours=8), "running")])
    said = {"state": "maintenance"}
    assert floor.admin.send("PUT", f"/machines/{floor.machines[0]}/status", json=said).status_code == 200
    assert machine(floor)["live"]["state"] == "maintenance"
    assert states(floor) == [("maintenance", True), ("running", False)]


def heard_ago(floor: Floor, seconds: float) -> datetime:
    """The station's PC was heard last so long ago; when that was."""
    moved = "update agent_reports set last_seen_at = now() - make_interval(secs => :seconds) returning last_seen_at"
    heard: datetime = floor.rows(moved, seconds=seconds)[0].last_seen_at
    return heard


@pytest.mark.parametrize("stands", [True, False], ids=["at the station", "read there"])
def test_a_persons_word_stands_and_says_since_when_its_station_is_silent(floor: Floor, stands: bool) -> None:
    id_ = floor.machines[0]
    if stands:
        change = {"station_id": str(floor.station_id)}
        assert (
            floor.admin.send("PATCH", f"/machines/{id_}", json=change, headers={"If-Match": '"1"'}).status_code == 200
        )
    floor.sender.send([state_set(floor, ago(hours=8), "running", person="Ben")])
    beat(floor, "unknown", datetime.now(UTC), datetime.now(UTC))
    assert machine(floor)["live"]["station_silent_since"] is None
    heard_ago(floor, 50)
    assert machine(floor)["live"]["station_silent_since"] is None
    heard = heard_ago(floor, 3600)
    shown = machine(floor)["live"]
    assert (shown["state"], shown["source"]) == ("running", "person")
    assert datetime.fromisoformat(shown["station_silent_since"]) == heard
    floor.sender.send([floor.changed(ago(hours=1), "running", machine=1)])
    heard_ago(floor, 3600)
    signals = floor.admin.get(f"/machines/{floor.machines[1]}").json()["live"]
    assert signals["station_silent_since"] is None, "signals tell by themselves how old they are"


def test_a_machine_that_is_read_seldom_is_not_silent_between(floor: Floor) -> None:
    slow = {"device_id": str(floor.device_id), "table": "coil", "type": "bool", "name": "run", "address": 9}
    slow |= {"machine_id": str(floor.machines[0]), "role": "run", "poll_seconds": 300}
    assert floor.admin.post("/tags", slow).status_code == 201
    floor.sender.send([floor.changed(ago(minutes=14), "running")])
    assert machine(floor)["live"]["state"] == "running"
    floor.sender.send([floor.changed(ago(minutes=17), "running", machine=1)])
    path = f"/machines/{floor.machines[1]}"
    assert floor.admin.get(path).json()["live"]["state"] == "unknown"


def test_a_stop_ends_for_reports_where_the_machine_fell_silent(floor: Floor) -> None:
    floor.sender.send([floor.changed(ago(hours=8), "stopped")])
    heard = datetime.now(UTC) - timedelta(hours=6)
    beat(floor, "stopped", heard - timedelta(hours=2), heard)
    (event,) = floor.admin.get("/downtime-events").json()["items"]
    assert datetime.fromisoformat(event["ended_at"]) == heard
    assert event["duration_seconds"] == pytest.approx(2 * 3600, abs=5)
    span = {"from": (heard - timedelta(days=1)).isoformat(), "to": datetime.now(UTC).isoformat()}
    total = floor.admin.get("/downtime-events/summary", params=span).json()
    assert total["seconds"] == pytest.approx(2 * 3600, abs=5)
    floor.sender.send([floor.sample(ago(seconds=2))])
    (again,) = floor.admin.get("/downtime-events").json()["items"]
    assert (again["id"], again["ended_at"]) == (event["id"], None), "a signal tells that it stood all the time"
