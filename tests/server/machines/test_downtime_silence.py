"""Stops of a machine that fell silent: nobody knows how long they went on."""

from __future__ import annotations

import pytest

from tests.server.machines.test_downtime import Json, act, done, listed, reasons, stand
from tests.server.stations.floor import Floor, stamp

__all__ = ["reasons"]


def total(floor: Floor) -> float:
    span = {"from": stamp(0), "to": stamp(86400 * 20)}
    summary: Json = floor.admin.get("/downtime-events/summary", params=span).json()
    seconds: float = summary["seconds"]
    return seconds


@pytest.mark.parametrize("moment", [stamp(600), stamp(660), stamp(700), "2026-06-01T00:00:00Z"])
def test_a_silent_stop_is_split_only_in_the_time_that_is_known(floor: Floor, moment: str) -> None:
    stand(floor, (0, "running"), (600, "stopped"))
    floor.sender.send([floor.sample(660)])
    (event,) = listed(floor)
    assert (event["ended_at"], event["duration_seconds"], total(floor)) == (stamp(660), 60, 60)
    assert act(floor, event, "split", at=moment).json()["code"] == "outside"
    assert listed(floor) == [event]


def test_list_and_sum_agree_when_a_silent_stop_was_split(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "running"), (600, "stopped"))
    floor.sender.send([floor.sample(660)])
    done(act(floor, listed(floor)[0], "split", at=stamp(640), later_reason_id=reasons[310]))
    parts = [(one["started_at"], one["ended_at"]) for one in reversed(listed(floor))]
    assert parts == [(stamp(600), stamp(640)), (stamp(640), stamp(660))]
    assert total(floor) == 60


def test_what_a_person_says_of_silent_time_counts_and_nothing_around_it(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "running"), (600, "stopped"))
    floor.sender.send([floor.sample(660)])
    said = {"machine_id": str(floor.machines[0]), "started_at": stamp(1000), "ended_at": stamp(1600)}
    entered = done(floor.admin.post("/downtime-events", {**said, "downtime_reason_id": reasons[810]}))
    assert (entered["started_at"], entered["ended_at"]) == (stamp(1000), stamp(1600))
    assert sorted((one["started_at"], one["ended_at"]) for one in listed(floor)) == [
        (stamp(600), stamp(660)),
        (stamp(1000), stamp(1600)),
    ]
    assert total(floor) == 660
