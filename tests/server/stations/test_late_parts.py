"""Parts a former holder tells after the count that holds them was booked: settled where the ledger proves it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.stations.floor import Floor, Sender
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
