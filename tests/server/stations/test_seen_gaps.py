"""A count over a gap that another PC saw is booked without a person, in whatever order both tell; else one is asked.

The law of `test_what_is_booked_without_a_person` is that of `machines.gaps`: of a stretch that nobody saw and that is
longer than a minute a person says whether its parts count.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unison_domain.machines.gaps import COVERED_BY_ITSELF

from tests.server.stations.floor import Floor, Sender
from tests.server.stations.test_counted_anew import WAIT_BEGAN
from tests.server.stations.test_late_states import now
from tests.server.stations.test_leases import counter, give, parts, second_agent, told
from tests.server.stations.test_next_holder import HOUR, decided, moved, of
from tests.server.stations.test_undone_holds import Undo, lease_at, undo

__all__ = ["undo"]
MINUTE = COVERED_BY_ITSELF.total_seconds()
SEEN = "The PC that had the counter meanwhile saw it"


class HandedOver:
    """Counted up to 100 at second 10; the first PC went on counting for an hour, the second has the counter now."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.first, self.second = floor, floor.sender, second_agent(floor)
        self.first.send([moved(floor, self.first, 0, 0, 10, (0, 100))])
        self.late = [self.told(10, 20, (100, 110)), self.told(HOUR - 9, HOUR - 2, (110, 138))]
        give(floor, self.second.agent_id)
        self.lease = counter(floor, self.second).lease

    def told(self, begun: float, ended: float, raw: tuple[int, int], **fields: Any) -> dict[str, Any]:
        """By the first PC."""
        return moved(self.floor, self.first, fields.pop("lease", 0), begun, ended, raw, **fields)

    def gap(self, **fields: Any) -> dict[str, Any]:
        """By the second."""
        said = {"across_gap": True, "gap_run": "stood_after"} | fields
        return moved(self.floor, self.second, self.lease, 10, HOUR, (100, 140), **said)

    def decisions(self, who: Sender) -> list[tuple[str | None, str | None]]:
        return [(one["decision"], one["decided_by"]) for one in of(self.floor, who)]


@pytest.fixture
def handed(floor: Floor) -> HandedOver:
    return HandedOver(floor)


@pytest.mark.parametrize("is_seen_first", [True, False])
def test_what_the_former_holder_saw_is_booked_once_in_any_order(handed: HandedOver, is_seen_first: bool) -> None:
    tellers = [(handed.first, handed.late), (handed.second, [handed.gap()])]
    for who, events in tellers if is_seen_first else tellers[::-1]:
        batch = who.batch(events)
        who.send(events)
        assert who.post(batch).status_code == 200, "sent again"
    assert parts(handed.floor) == 140
    assert handed.decisions(handed.first) == [("discarded", None)] * 2
    assert handed.decisions(handed.second) == [("accepted", None)]
    assert of(handed.floor, handed.second)[0]["reason"].startswith(SEEN)
    handed.second.send([moved(handed.floor, handed.second, handed.lease, HOUR, HOUR + 5, (140, 143))])
    assert parts(handed.floor) == 143


def test_nobody_is_called_about_a_gap_that_was_seen_already(handed: HandedOver) -> None:
    handed.first.send(handed.late)
    called = handed.floor.topics().count(WAIT_BEGAN)
    handed.second.send([handed.gap()])
    assert handed.floor.topics().count(WAIT_BEGAN) == called
    assert "stations.agent.quarantine_decided" in handed.floor.topics()


def test_a_restore_that_undid_the_hand_over_makes_nobody_decide(floor: Floor, undo: Undo) -> None:
    undo()
    first, second, begun = floor.sender, second_agent(floor), now() - 1800
    first.send([moved(floor, first, 0, begun - 10, begun, (0, 100))])
    told(first, running=told(first).version + 1_000)  # of a configuration that the restored server never made
    given_back, was_given = counter(floor, first).lease, lease_at(begun + 3)
    looks = [begun + 5 * n for n in range(31)]
    second.send([moved(floor, second, was_given, *pair, (100 + n, 101 + n)) for n, pair in enumerate(pairwise(looks))])
    gap = moved(floor, first, given_back, begun, looks[-1] + 40, (100, 132), across_gap=True, gap_run="stood_after")
    first.send([gap])
    assert parts(floor) == 132
    assert {one["decision"] for one in of(floor, second)} == {"discarded"}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"gap_run": "stood"}, "stood before the gap and after it"),
        ({"gap_run": "too_fast"}, "greatest rate"),
        ({"after_reset": True}, "was set back meanwhile"),
    ],
)
def test_what_another_pc_can_not_know_is_left_to_a_person(handed: HandedOver, said: dict[str, Any], why: str) -> None:
    handed.first.send(handed.late)
    handed.second.send([handed.gap(**said)])
    (waiting,) = of(handed.floor, handed.second)
    assert waiting["decision"] is None
    assert why in waiting["message"]
    assert parts(handed.floor) == 100


@pytest.mark.parametrize(
    "said",
    [{"clock_unsynced": True}, {"lease": 5}, {"after_reset": True, "raw_from": 0}, {"rolled_over": True}],
    ids=["by a clock that never heard the time", "under a lease nobody gave", "from 0 on", "round the register"],
)
def test_who_is_not_known_to_have_seen_it_proves_nothing(handed: HandedOver, said: dict[str, Any]) -> None:
    handed.second.send([handed.gap()])
    handed.first.send([handed.told(10, 20, (100, 110)), handed.told(HOUR - 9, HOUR - 2, (110, 138), **said)])
    assert handed.decisions(handed.second) == [(None, None)]


def test_where_a_person_decided_about_a_part_of_it_a_person_goes_on(handed: HandedOver) -> None:
    handed.first.send(handed.late[:1])
    (part,) = of(handed.floor, handed.first)
    assert decided(handed.floor, handed.first, part, "discard") == 200
    handed.first.send(handed.late[1:])
    handed.second.send([handed.gap()])
    assert handed.decisions(handed.second) == [(None, None)]


LENGTHS = st.sampled_from([5, 59, 61, 900])
Look = tuple[int, int, bool]
"""Seconds since the last count, parts, and whether the PC was away meanwhile."""


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    looks=st.lists(
        st.tuples(st.sampled_from([5, 59, 61, 900]), st.integers(1, 9), st.booleans()), min_size=1, max_size=4
    ),
    left=st.tuples(LENGTHS, st.integers(0, 9)),
    is_seen_first=st.booleans(),
)
def test_what_is_booked_without_a_person(
    floor: Floor, looks: list[Look], left: tuple[int, int], is_seen_first: bool
) -> None:
    """All of a gap or nothing, and nothing twice."""
    first, second, before = floor.sender, second_agent(floor), parts(floor)
    lease, at, raw = counter(floor, first).lease, before * 10.0, before
    first.send([moved(floor, first, lease, at, at + 1, (raw, raw + 9), across_gap=raw > 0, steps=9)])
    begun, counted = at + 1, raw + 9
    at, raw, late = begun, counted, []
    for seconds, made, is_away in looks:
        late.append(moved(floor, first, lease, at, at + seconds, (raw, raw + made), across_gap=is_away))
        at, raw = at + seconds, raw + made
    give(floor, second.agent_id)
    own, at, raw = counter(floor, second).lease, at + left[0], raw + left[1]
    gap = moved(floor, second, own, begun, at, (counted, raw), across_gap=True, gap_run="unknown")
    tellers = [(first, late), (second, [gap])]
    for who, events in tellers if is_seen_first else tellers[::-1]:
        who.send(events)
    unseen = [seconds for seconds, _, is_away in looks if is_away] + [left[0]] * (left[1] > 0)
    is_booked = at - begun <= MINUTE or max(unseen, default=0) <= MINUTE
    assert parts(floor) == (raw if is_booked else counted)
    if not is_booked:
        (waiting,) = [one for one in of(floor, second) if one["decision"] is None]
        assert decided(floor, second, waiting, "accept") == 200
        assert parts(floor) == raw
    floor.sender = second
