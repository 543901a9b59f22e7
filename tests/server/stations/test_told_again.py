"""Where a counter went back is told late: what was counted before that is no part of what was counted after it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.server.stations.floor import Floor
from tests.server.stations.test_counted_anew import WAIT_BEGAN, taken_over_anew
from tests.server.stations.test_late_counts import another_buffer, gone_astray, renewed
from tests.server.stations.test_leases import parts
from tests.server.stations.test_next_holder import HOUR, decided, moved, of


def by_raw(floor: Floor) -> dict[tuple[str, int | None], dict[str, Any]]:
    """What was set aside, by kind and parts."""
    return {(one["kind"], one["parts"]): one for one in of(floor, floor.sender) if one["code"] == "counted_anew"}


def passed_twice(floor: Floor) -> list[dict[str, Any]]:
    """The late events of a counter that passed the same values again after somebody set it back."""
    return [
        moved(floor, floor.sender, 0, 10, 20, (0, 20)),
        gone_astray(floor, "counter_reset", 0, 30, (20, 0), added=0),
        moved(floor, floor.sender, 0, 30, 40, (0, 12)),
    ]


def begun_at_0(floor: Floor) -> int:
    """Counted up to 0, as one that was just set back; the lease under which it is counted anew."""
    floor.sender.send([moved(floor, floor.sender, 0, 10, 10, (0, 0))])
    return renewed(floor)


@pytest.mark.parametrize("waits", [False, True])
def test_a_reset_of_another_time_is_not_the_one_that_is_told_late(floor: Floor, waits: bool) -> None:
    sender, lease = floor.sender, begun_at_0(floor)
    looked = HOUR if waits else 50.0
    sender.send([moved(floor, sender, lease, 10, looked, (0, 30), across_gap=True, steps=30)])
    sender.send([gone_astray(floor, "counter_reset", lease, 2 * HOUR, (30, 0), added=0)])
    sender.send([gone_astray(floor, "counter_reset", lease, 3 * HOUR, (18, 0), added=0)])
    if waits:
        assert decided(floor, sender, of(floor, sender)[0], "accept") == 200
    floor.sender = another_buffer(sender)
    floor.sender.send(passed_twice(floor))
    found = by_raw(floor)
    assert found["counted", 20]["decision"] is None
    assert found["counted", 12]["decision"] == "discarded"
    assert "part of the 30 parts" in found["counter_reset", None]["reason"]
    assert WAIT_BEGAN in floor.topics()
    assert parts(floor) == 30


def test_a_count_over_a_gap_between_two_resets_may_still_wait(floor: Floor) -> None:
    sender, lease = floor.sender, begun_at_0(floor)
    sender.send([moved(floor, sender, lease, 10, HOUR, (0, 18), across_gap=True, steps=18)])
    sender.send([gone_astray(floor, "counter_reset", lease, 2 * HOUR, (18, 0), added=0)])
    floor.sender = another_buffer(sender)
    floor.sender.send(passed_twice(floor))
    assert by_raw(floor)["counter_reset", None]["decision"] is None


def test_a_reset_that_comes_after_what_it_takes_out_of_a_count_calls_a_person(floor: Floor) -> None:
    sender, lease = floor.sender, begun_at_0(floor)
    sender.send([moved(floor, sender, lease, 10, 50, (0, 30), across_gap=True, steps=30)])
    floor.sender = another_buffer(sender)
    before, *after = passed_twice(floor)
    floor.sender.send([before])
    assert WAIT_BEGAN not in floor.topics()
    floor.sender.send(after)
    assert by_raw(floor)["counter_reset", None]["decision"] is None
    assert WAIT_BEGAN in floor.topics()


def test_what_was_made_before_a_reset_is_not_in_a_count_that_saw_none(floor: Floor) -> None:
    late, lease = taken_over_anew(floor)
    sender = floor.sender
    back = gone_astray(floor, "counter_reset", 0, 30, (110, 0), added=0)
    sender.send([late, back, moved(floor, sender, lease, 10, 50, (100, 140), across_gap=True)])
    assert [one["decision"] for one in of(floor, sender)] == [None, None]


@pytest.mark.parametrize("back_to", [0, 3])
@pytest.mark.parametrize("is_late_last", [True, False])
def test_parts_since_a_reset_are_in_the_count_that_tells_of_it_too(
    floor: Floor, back_to: int, is_late_last: bool
) -> None:
    """What was made before it is in no count: a person can have it."""
    _, lease = taken_over_anew(floor)
    sender = replace(floor.sender, next_seq=floor.sender.taken.sequence + 1)
    buffer = another_buffer(sender)
    late = [
        moved(floor, buffer, 0, 10, 20, (100, 110)),
        gone_astray(floor, "counter_reset", 0, 30, (110, back_to), added=back_to),
        moved(floor, buffer, 0, *((20, 30) if back_to else (30, 40)), (0, 3), after_reset=back_to > 0),
    ]
    floor.sender = sender
    anew = [
        gone_astray(floor, "counter_reset", lease, 50, (100, 3), added=3),
        moved(floor, sender, lease, 10, 50, (0, 3), across_gap=True, after_reset=True, steps=3),
    ]
    for who, events in [(sender, anew), (buffer, late)][:: 1 if is_late_last else -1]:
        who.send(events)
    (gap,) = [one for one in of(floor, sender) if one["code"] == "count_across_gap"]
    assert decided(floor, sender, gap, "accept") == 200
    found = by_raw(floor)
    assert (found["counted", 3]["decision"], found["counted", 10]["decision"]) == ("discarded", None)
    assert found["counter_reset", None]["decision"] == "discarded"
    assert decided(floor, sender, found["counted", 10], "accept") == 200
    assert parts(floor) == 113
