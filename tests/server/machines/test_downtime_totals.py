"""Figures of adjacent periods add up: a stop is judged whole, and counted where it begins."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from tests.server.machines.test_downtime import Json, act, done, listed, reasons, stand
from tests.server.stations.floor import Floor, stamp

__all__ = ["reasons"]

COUNTS = ("events", "failures", "micro_stops")
STATES = ("running", "running", "stopped", "stopped", "fault", "setup", "no_output", "unknown")


def summary(floor: Floor, start: float, end: float, **limits: float) -> Json:
    span = {"from": stamp(start), "to": stamp(end), "machine_id": str(floor.machines[0])}
    answer = floor.admin.get("/downtime-events/summary", params={**span, **limits})
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def figures(told: Json) -> tuple[int, ...]:
    return tuple(told[name] for name in COUNTS)


def test_a_stop_over_borders_is_one_in_the_period_it_begins_in(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "running"), (3590, "stopped"), (3605, "fault"), (7300, "running"), reason="oil")
    (event,) = listed(floor)
    assert summary(floor, 0, 9000)["failures"] == 0, "a fault without a reason is none yet"
    done(act(floor, event, "assign", downtime_reason_id=reasons[110]))
    hours = [summary(floor, start, end) for start, end in ((0, 3600), (3600, 7200), (7200, 9000))]
    assert [(*figures(hour), hour["seconds"]) for hour in hours] == [(1, 1, 0, 10), (0, 0, 0, 3600), (0, 0, 0, 100)]
    assert [total["downtime_reason_code"] for hour in hours for total in hour["by_reason"]] == ["110"] * 3
    whole = summary(floor, 0, 9000)
    assert (*figures(whole), whole["seconds"]) == (1, 1, 0, 3710)


def test_a_long_stop_is_no_micro_stop_of_the_period_that_has_little_of_it(floor: Floor) -> None:
    stand(floor, (0, "running"), (3590, "stopped"), (7300, "running"))
    assert [summary(floor, *span)["micro_stops"] for span in ((0, 3600), (3600, 7200), (7200, 9000))] == [0, 0, 0]
    assert summary(floor, 0, 3600)["by_reason"][0]["stop_class"] == "unspecified"


def test_stops_joined_over_a_border_are_one(floor: Floor) -> None:
    stand(floor, (0, "running"), (3500, "stopped"), (3590, "running"), (3610, "stopped"), (3700, "running"))
    halves = [summary(floor, *span, minimum_run_seconds=30) for span in ((0, 3600), (3600, 9000))]
    assert [(half["events"], half["seconds"]) for half in halves] == [(1, 100), (0, 100)]
    short = [summary(floor, *span, ignore_under_seconds=95) for span in ((0, 3550), (3550, 3650), (3650, 9000))]
    assert [(part["events"], part["seconds"]) for part in short] == [(0, 0)] * 3


@pytest.mark.parametrize(
    "limits", [{}, {"minimum_run_seconds": 60}, {"minimum_run_seconds": 45, "ignore_under_seconds": 90}]
)
def test_adjacent_periods_add_up_to_the_whole(floor: Floor, reasons: dict[int, str], limits: dict[str, float]) -> None:
    chance = random.Random(7)
    moments = sorted(chance.sample(range(1, 10_000, 7), 120))
    stand(floor, (0, "running"), *((moment, chance.choice(STATES)) for moment in moments), (10_000, "running"))
    said = [reasons[110], reasons[310], reasons[210]]
    for event in chance.sample(listed(floor, limit=500), 12):
        current = next(one for one in listed(floor, limit=500) if one["started_at"] == event["started_at"])
        done(act(floor, current, "assign", downtime_reason_id=chance.choice(said)))
    whole = summary(floor, 0, 10_001, **limits)
    assert min(figures(whole)) > 0
    for _ in range(4):
        cuts = [0, *sorted(chance.sample([*range(1, 10_000), *moments], 7)), 10_001]
        parts = [summary(floor, start, end, **limits) for start, end in pairwise(cuts)]
        assert [sum(part[name] for part in parts) for name in COUNTS] == list(figures(whole)), cuts
        assert sum(part["seconds"] for part in parts) == pytest.approx(whole["seconds"])


def test_a_failure_lasts_until_the_machine_runs_though_its_alarm_was_reset(
    floor: Floor, reasons: dict[int, str]
) -> None:
    assert floor.admin.post("/alarm-reasons", {"alarm": "oil", "downtime_reason_id": reasons[110]}).status_code == 201
    stand(floor, (0, "running"), (100, "fault"), (130, "stopped"), (7330, "running"), reason="oil", alarms=["oil"])
    told = summary(floor, 0, 9000)
    assert (*figures(told), told["seconds"]) == (1, 1, 0, 7230)
    assert listed(floor, "/unassigned", **{"from": stamp(0)}) == []


def test_a_silence_within_a_failure_makes_no_second_one(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "running"), (100, "fault"), (3600, "unknown"), (3605, "fault"), (7200, "running"))
    for event in listed(floor):
        done(act(floor, event, "assign", downtime_reason_id=reasons[110]))
    whole = summary(floor, 0, 9000)
    assert (whole["events"], whole["failures"], whole["seconds"]) == (2, 1, 7095)
    for border in (50, 2000, 3600, 3603, 3605, 5000, 8000):
        halves = [summary(floor, 0, border)["failures"], summary(floor, border, 9000)["failures"]]
        assert halves == ([0, 1] if border < 100 else [1, 0]), border


def test_parts_made_in_a_silence_tell_of_a_second_failure(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "running"), (100, "fault"), (3600, "unknown"), (3900, "fault"), (7200, "running"))
    for event in listed(floor):
        done(act(floor, event, "assign", downtime_reason_id=reasons[110]))
    floor.sender.send([floor.counted(100, 3), floor.counted(7300, 3)])
    assert summary(floor, 0, 9000)["failures"] == 1
    floor.sender.send([floor.counted(3800, 3)])
    assert summary(floor, 0, 9000)["failures"] == 2


def test_failures_are_followed_over_the_silence_before_a_period_to_the_stop_before_it(
    floor: Floor, reasons: dict[int, str]
) -> None:
    moments = [(100 * place, state) for place, state in enumerate(["fault", "unknown", "stopped", "unknown"] * 6, 1)]
    stand(floor, (0, "running"), *moments, (2500, "running"))
    for event in listed(floor):
        done(act(floor, event, "assign", downtime_reason_id=reasons[110]))
    assert summary(floor, 0, 9000)["failures"] == 1
    assert sum(summary(floor, border, border + 70)["failures"] for border in range(0, 2800, 70)) == 1


def test_totals_are_of_the_period_alone(floor: Floor, reasons: dict[int, str]) -> None:
    stand(
        floor, (0, "fault"), (100, "running"), (200, "stopped"), (260, "running"), (300, "stopped"), (1300, "running")
    )
    done(act(floor, listed(floor)[0], "assign", downtime_reason_id=reasons[310]))
    floor.admin.post(
        "/downtime-events",
        {"machine_id": str(floor.machines[1]), "started_at": stamp(0), "ended_at": stamp(300), "notes": "?"},
    )

    def of_all(**given: Any) -> Json:
        answer = floor.admin.get("/downtime-events/summary", params={"from": stamp(50), "to": stamp(800), **given})
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    told = of_all()
    assert (told["events"], told["failures"], told["micro_stops"], told["seconds"]) == (2, 0, 1, 860)
    assert [(t["downtime_reason_code"], t["seconds"]) for t in told["by_reason"]] == [
        ("310", 500),
        (None, 250),
        (None, 60),
        (None, 50),
    ]
    assert told["by_reason"][-1]["cumulative_share"] == pytest.approx(1)
    assert [t["downtime_category"] for t in told["by_category"]] == ["material", None, None, "failure"]
    own = of_all(machine_id=str(floor.machines[0]), ignore_under_seconds=61)
    assert (own["events"], own["seconds"]) == (1, 550)
    joined = of_all(machine_id=str(floor.machines[0]), minimum_run_seconds=41)
    assert joined["seconds"] == 650
    strict = of_all(micro_stop_seconds=10)
    assert (strict["events"], strict["micro_stops"], strict["micro_stop_seconds"]) == (2, 0, 10)
    assert listed(floor, machine_id=str(floor.machines[0]), min_seconds=50)[0]["stop_class"] == "specified"
    assert of_all() == told, "nothing that is stored was changed"
    assert floor.admin.get("/downtime-events/summary", params={"from": "2020-01-01T00:00:00Z"}).status_code == 422
