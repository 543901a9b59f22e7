"""Agents are told why the office says the machines of their stops stood, by the rule of the office's queue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from unison_domain.machines.stop_causes import AskedStop
from unison_server.kernel.keys import new_id

from tests.server.machines.test_downtime import Json, act, done, listed, reasons, stand
from tests.server.stations.floor import START, Floor, at, stamp
from tests.server.stations.test_leases import second_agent

__all__ = ["reasons"]


def heard(floor: Floor, *stops: AskedStop) -> list[Json]:
    answer = floor.sender.call("GET", "/stop-causes", params={"stops": [stop.text() for stop in stops]})
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


def stop(floor: Floor, start: float, end: float | None, machine: int = 0) -> AskedStop:
    return AskedStop(floor.machines[machine], at(start), None if end is None else at(end))


def test_a_reason_given_in_the_office_is_heard_at_the_station(floor: Floor, reasons: dict[int, str]) -> None:
    of_another = "/settings/identity.countersign_stop_reason"  # is demanded else; `stations/test_overrides.py`
    assert floor.admin.send("PUT", of_another, json={"value": False}, headers={"If-Match": '"0"'}).status_code == 200
    stand(floor, (0, "running"), (100, "stopped"), (400, "fault"), (900, "running"), (1000, "stopped"))
    first, second = stop(floor, 100.5, 900.5), stop(floor, 1000, None)
    assert [(one["asks"], one["reason_id"]) for one in heard(floor, first, second)] == [(True, None)] * 2
    done(act(floor, listed(floor)[-1], "assign", downtime_reason_id=reasons[310]))
    said, silent = heard(floor, first, second)
    assert (said["asks"], said["reason_id"], silent["reason_id"]) == (False, reasons[310], None)
    assert (said["machine_id"], said["started_at"]) == (str(first.machine_id), "2026-03-02T06:01:40.500000Z")
    assert said["person"]
    word = {"machine_id": str(floor.machines[0]), "started_at": at(100).isoformat(), "ended_at": at(900).isoformat()}
    told: dict[str, Any] = {"id": str(new_id()), "reason_id": reasons[510], "seen_reason_id": reasons[310]}
    after = (datetime.now(UTC) - START).total_seconds()
    floor.sender.send([floor.sender.event("stop_reasoned", after, **word, **told, person="Otto")])
    (now,) = heard(floor, first)
    assert (now["reason_id"], now["person"]) == (reasons[510], "Otto"), "whoever saw it may say otherwise"


def test_an_alarm_that_is_mapped_asks_nobody(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "fault"), (900, "running"), reason="door open", alarms=["door open"])
    asked = stop(floor, 0, 900)
    assert [one["asks"] for one in heard(floor, asked)] == [True]
    rule = {"alarm": "door open", "downtime_reason_id": reasons[110]}
    assert floor.admin.post("/alarm-reasons", rule).status_code == 201
    assert [(one["asks"], one["reason_id"]) for one in heard(floor, asked)] == [(False, None)]


def test_only_known_stops_of_the_agents_own_machines_are_answered(floor: Floor) -> None:
    stand(floor, (0, "stopped"), (900, "running"))
    other = second_agent(floor)
    mine = stop(floor, 0, 900)
    unknown = [stop(floor, 500, 900), stop(floor, 5000, None), AskedStop(UUID(int=5), at(0))]
    assert [one["started_at"] for one in heard(floor, mine, *unknown)] == ["2026-03-02T06:00:00Z"]
    answer = other.call("GET", "/stop-causes", params={"stops": [mine.text()]})
    assert answer.json()["items"] == []
    assert floor.sender.call("GET", "/stop-causes", params={"stops": ["x"]}).status_code == 422
    assert floor.sender.call("GET", "/stop-causes").status_code == 422


def test_a_later_part_that_tells_the_cause_leaves_nobody_asked(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "running"), (100, "stopped"), (700, "setup"), (1500, "fault"), (3000, "running"))
    assert [one["states"] for one in listed(floor, "/unassigned", **{"from": stamp(0)})] == [["fault"]]
    parts = [stop(floor, 100, 700), stop(floor, 700, 1500), stop(floor, 1500.5, 3000.5)]
    assert [one["asks"] for one in heard(floor, *parts)] == [False, False, True]
    fault, setup = listed(floor)
    done(act(floor, fault, "assign", downtime_reason_id=reasons[110]))
    done(act(floor, setup, "split", at=stamp(900), later_reason_id=reasons[210]))
    told = [(one["asks"], one["reason_id"]) for one in heard(floor, *parts)]
    assert told == [(False, None), (False, reasons[210]), (False, reasons[110])], "of a part what was said of it alone"
