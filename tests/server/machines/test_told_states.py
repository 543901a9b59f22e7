"""Agents are told which state each of their machines is in, who says so, and whether that was in the office."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.server.stations.floor import START, Floor, Sender, stamp
from tests.server.stations.test_leases import give, second_agent


def heard(sender: Sender) -> list[dict[str, Any]]:
    answer = sender.call("GET", "/set-states")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def set_by_hand(floor: Floor, seconds: float, state: str, machine: int = 0) -> dict[str, Any]:
    own = {"id": str(uuid4()), "machine_id": str(floor.machines[machine]), "started_at": stamp(seconds)}
    return floor.sender.event("state_set", seconds, **own, state=state, person="Anna")


def test_a_state_set_at_the_station_and_one_set_in_the_office_are_told(floor: Floor, people_copied: None) -> None:
    floor.sender.send([set_by_hand(floor, 5, "setup"), floor.changed(5, "running", machine=1), floor.fresh(1)])
    said = {"machine_id": str(floor.machines[0]), "state": "setup", "source": "person", "started_at": stamp(5)}
    by_signals = {"machine_id": str(floor.machines[1]), "state": "running", "source": "signal", "started_at": stamp(5)}
    by_nobody = {"is_of_office": False, "person": None, "by_signals": "running"}
    of_anna = {"is_of_office": False, "person": "Anna", "by_signals": None}
    assert heard(floor.sender) == [{**said, **of_anna}, {**by_signals, **by_nobody}]
    answer = floor.admin.send("PUT", f"/machines/{floor.machines[0]}/status", json={"state": "maintenance"})
    assert answer.status_code == 200, answer.text
    now = heard(floor.sender)[0]
    assert (now["state"], now["is_of_office"], bool(now["person"])) == ("maintenance", True, True)
    soon = (datetime.now(UTC) - START).total_seconds() + 1
    floor.sender.send([floor.changed(soon, "running")])
    again = {**by_signals, "machine_id": str(floor.machines[0]), "started_at": stamp(soon)}
    assert heard(floor.sender)[0] == {**again, **by_nobody}, "signals tell the state again"


def test_they_are_told_to_the_pc_that_stands_there_now(floor: Floor) -> None:
    floor.sender.send([set_by_hand(floor, 5, "setup")])
    other = second_agent(floor)
    assert heard(other) == []
    give(floor, other.agent_id)
    assert [(one["state"], one["source"]) for one in heard(other)] == [("setup", "person"), ("unknown", None)]
    assert heard(floor.sender) == []
    assert floor.admin.get("/stations/me/set-states").status_code == 403


def test_what_signals_told_is_told_beside_a_word_as_long_as_there_are_any(floor: Floor) -> None:
    floor.sender.send([floor.changed(5, "running"), set_by_hand(floor, 10, "running")])
    answer = floor.admin.send("PUT", f"/machines/{floor.machines[0]}/status", json={"state": "setup"})
    assert answer.status_code == 200, answer.text
    told = heard(floor.sender)[0]
    assert (told["state"], told["source"], told["by_signals"]) == ("setup", "person", "running")
    path = f"/tags/{floor.counters[0]}"
    version = floor.admin.get(path).headers["etag"]
    assert floor.admin.send("DELETE", path, headers={"If-Match": version}).status_code == 200
    assert [one["by_signals"] for one in heard(floor.sender) if one["machine_id"] == told["machine_id"]] == [None]


def test_what_signals_told_that_fell_silent_is_told_as_unknown(floor: Floor) -> None:
    floor.sender.send([floor.changed(5, "running"), floor.sample(600), set_by_hand(floor, 5, "setup", machine=1)])
    silent, said = heard(floor.sender)
    assert (silent["state"], silent["source"], silent["started_at"]) == ("unknown", "signal", stamp(5))
    assert (said["state"], said["source"]) == ("setup", "person"), "a word holds without signals"
    floor.sender.send([floor.fresh()])
    assert heard(floor.sender)[0]["state"] == "running"
