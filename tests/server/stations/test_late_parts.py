"""Parts a former holder tells after the count that holds them was booked: settled where the ledger proves it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.stations.floor import Floor, Sender, stamp
from tests.server.stations.test_counted_anew import WAIT_BEGAN
from tests.server.stations.test_leases import counter, give, parts, second_agent
from tests.server.stations.test_next_holder import moved, of


def handed_over(floor: Floor) -> tuple[Sender, dict[str, Any], Sender, int]:
    """Counted up to 100; then the first agent's late count of 10, and the second with its lease."""
    first, second = floor.sender, second_agent(floor)
    first.send([moved(floor, first, 0, 0, 10, (0, 100))])
    late = moved(floor, first, 0, 10, 20, (100, 110), steps=10)
    give(floor, second.agent_id)
    return first, late, second, counter(floor, second).lease


def test_what_comes_after_the_count_that_holds_it_waits_for_nobody(floor: Floor) -> None:
    first, late, second, lease = handed_over(floor)
    second.send([moved(floor, second, lease, 10, 50, (100, 140), across_gap=True, steps=40)])
    first.send([late])
    (settled,) = of(floor, first)
    assert (settled["code"], settled["decision"], settled["decided_by"]) == ("lease_lost", "discarded", None)
    assert "part of the 40 parts of the register's steps from 100 to 140" in settled["reason"]
    assert WAIT_BEGAN not in floor.topics(), "nobody is called"
    assert parts(floor) == 140


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        ((100, 140), {"steps": None}),
        ((100, 140), {"steps": 41}),
        ((100, 140), {"steps": 40, "across_gap": False}),
        ((100, 140), {"steps": 40, "rolled_over": True}),
        ((0, 140), {"steps": 140}),
        ((100, 109), {"steps": 9}),
        ((101, 140), {"steps": 39}),
    ],
)
def test_what_the_ledger_does_not_prove_waits(floor: Floor, raw: tuple[int, int], fields: dict[str, Any]) -> None:
    first, late, second, lease = handed_over(floor)
    second.send([moved(floor, second, lease, 10, 50, raw, **{"across_gap": True, **fields})])
    first.send([late])
    (waiting,) = of(floor, first)
    assert waiting["decision"] is None
    assert floor.topics().count(WAIT_BEGAN) == 1


@pytest.mark.parametrize("span", [(10, 19), (11, 50)])
def test_what_was_made_at_another_time_waits(floor: Floor, span: tuple[float, float]) -> None:
    first, late, second, lease = handed_over(floor)
    second.send([moved(floor, second, lease, *span, (100, 140), across_gap=True, steps=40)])
    first.send([late])
    assert [one["decision"] for one in of(floor, first)] == [None]


def test_of_an_agent_that_had_the_counter_before_too_nothing_is_proven(floor: Floor) -> None:
    first, second = floor.sender, second_agent(floor)
    first.send([moved(floor, first, 0, 0, 10, (0, 100))])
    give(floor, second.agent_id)
    lease = counter(floor, second).lease
    give(floor, first.agent_id)
    again = counter(floor, first).lease
    first.send([moved(floor, first, again, 10, 50, (100, 140), across_gap=True, steps=40)])
    second.send([moved(floor, second, lease, 10, 20, (100, 110), steps=10)])
    assert [one["decision"] for one in of(floor, second)] == [None]
    assert parts(floor) == 140


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_in_whatever_order_they_arrive_each_part_counts_once_without_a_person(
    floor: Floor, data: st.DataObject
) -> None:
    """The counter goes on to one PC after the other; each leaves parts it tells late, between those of the next."""
    first, begun = floor.sender, parts(floor)
    lease = counter(floor, first).lease
    first.send([moved(floor, first, lease, begun, begun + 1, (begun, begun + 9), across_gap=begun > 0, steps=9)])
    raw = begun + 9
    late, made = [], data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    second = second_agent(floor)
    reached = raw
    for step in made:
        late.append(moved(floor, first, lease, reached - 8, reached - 8 + step, (reached, reached + step), steps=step))
        reached += step
    give(floor, second.agent_id)
    own = counter(floor, second).lease
    gap = reached + data.draw(st.integers(0, 9))
    next_ones = [
        moved(floor, second, own, raw - 8, gap - 8, (raw, gap), across_gap=True, steps=gap - raw),
        moved(floor, second, own, gap - 8, gap - 7, (gap, gap + 3), steps=3),
    ]
    order = data.draw(st.permutations([first] * len(late) + [second] * len(next_ones)))
    queues = {id(first): late, id(second): next_ones}
    for who in order:
        who.send([queues[id(who)].pop(0)])
    assert parts(floor) == gap + 3
    assert [one["decision"] for one in of(floor, first)] == ["discarded"] * len(made)
    assert of(floor, second) == []
    floor.sender = second


def test_late_counts_are_kept_as_they_came(floor: Floor) -> None:
    first, late, second, lease = handed_over(floor)
    second.send([moved(floor, second, lease, 10, 50, (100, 140), across_gap=True, steps=40)])
    batch = first.batch([late])
    for _again in range(2):
        assert first.post(batch).status_code == 200
    (kept,) = of(floor, first)
    assert json.loads(kept["raw"])["raw_to"] == 110
    assert parts(floor) == 140


def undone(floor: Floor) -> tuple[Sender, Sender, int, int]:
    """A hand-over to the second agent that a restore undid: both count, and the first under a later lease again."""
    first, second = floor.sender, second_agent(floor)
    give(floor, second.agent_id)
    lost = counter(floor, second).lease
    give(floor, first.agent_id)
    return first, second, lost, counter(floor, first).lease


@pytest.mark.parametrize("is_told_first", [True, False])
def test_what_was_told_under_an_undone_lease_is_in_the_chain_of_the_booked(floor: Floor, is_told_first: bool) -> None:
    """The first agent's last counts of before were fenced off in the life that was undone: the second went back."""
    first, second, lost, lease = undone(floor)
    chain = [
        moved(floor, first, lease, 0, 14, (65_500, 65_516), steps=16),
        moved(floor, first, lease, 14.2, 14.7, (65_516, 65_518), steps=2),
        moved(floor, first, lease, 14.7, 15, (65_518, 65_519), steps=1),
        moved(floor, first, lease, 15, 27, (65_519, 4), rolled_over=True, steps=21, across_gap=True) | {"delta": 21},
    ]
    told = [
        moved(floor, second, lost, 14, 14.74, (65_516, 65_518), across_gap=True, steps=2),
        moved(floor, second, lost, 14.74, 15.24, (65_518, 65_520), steps=2),
    ]
    for agent, events in ((second, told), (first, chain)) if is_told_first else ((first, chain), (second, told)):
        for event in events:
            agent.send([event])
    settled = of(floor, second)
    assert [(one["decision"], one["decided_by"]) for one in settled] == [("discarded", None)] * 2
    words = "parts of the register's steps from 65500 to {}, which were booked from 2026-03-02 06:00:00 to"
    assert words.format(65_518 if is_told_first else 4) in settled[0]["reason"]
    assert parts(floor) == 40
    assert is_told_first or WAIT_BEGAN not in floor.topics(), "nobody is called"


def test_what_another_told_ahead_of_the_booked_is_settled_by_the_count_that_reaches_it(floor: Floor) -> None:
    first, second, lost, lease = undone(floor)
    first.send([moved(floor, first, lease, 0, 10, (100, 110), steps=10)])
    second.send([moved(floor, second, lost, 10, 11, (110, 111), across_gap=True, steps=1)])
    assert [one["decision"] for one in of(floor, second)] == [None]
    first.send([moved(floor, first, lease, 10, 11.5, (110, 111), steps=1)])
    assert [one["decision"] for one in of(floor, second)] == ["discarded"]


def test_a_reset_that_only_the_other_tells_of_breaks_the_chain(floor: Floor) -> None:
    first, second, lost, lease = undone(floor)
    first.send([moved(floor, first, lease, n * 10, n * 10 + 10, (n * 10, n * 10 + 10), steps=10) for n in range(3)])
    own = {"tag_id": str(floor.counters[0]), "machine_id": str(floor.machines[0]), "lease": lost}
    reset = second.event("counter_reset", 16, **own, raw_from=13, raw_to=0, added=0)
    second.send([reset, moved(floor, second, lost, 16, 17, (16, 17), across_gap=True, steps=1)])
    assert [one["decision"] for one in of(floor, second)] == [None, None]


def test_of_a_chain_that_was_put_right_nothing_is_proven(floor: Floor) -> None:
    first, second, lost, lease = undone(floor)
    first.send([moved(floor, first, lease, n * 10, n * 10 + 10, (n * 10, n * 10 + 10), steps=10) for n in range(3)])
    body = {"from": stamp(0), "to": stamp(3600), "scale": "2", "reason": "two at once"}
    answer = floor.admin.post(f"/tags/{floor.counters[0]}/count-corrections", body)
    assert answer.status_code == 201, answer.text
    second.send([moved(floor, second, lost, 14, 16, (14, 16), across_gap=True, steps=2)])
    assert [one["decision"] for one in of(floor, second)] == [None]
