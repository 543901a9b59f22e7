"""Parts made while nobody looked: booked where one run covers them as far as that can be known, else for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.counter import (
    GAP_BOOKED,
    CounterRule,
    Outcome,
    advance,
    handed_over,
    needs_review,
    resumed,
)
from unison_domain.stations.configuration import CounterBaseline
from unison_domain.stations.events import Counted, Quality

from tests.domain.shop import moment, read, tag

PARTS = tag("parts", role="count_good", max_rate=10.0)
RULE = CounterRule.of(PARTS)
BOOKED = GAP_BOOKED.total_seconds()


def counts(outcomes: tuple[Outcome, ...]) -> list[Counted]:
    return [outcome for outcome in outcomes if isinstance(outcome, Counted)]


def across(seconds: float, *values: int, restart: bool = True) -> list[Counted]:
    """Counts of a counter that stood at 1000 when it was read last, and shows these values from `seconds` later on."""
    state, _ = advance(None, read(PARTS, 1000, 0), RULE)
    assert state is not None
    if restart:
        state = resumed(state, moment(seconds))
    found: list[Counted] = []
    for index, value in enumerate(values):
        state, outcomes = advance(state, read(PARTS, value, seconds + index), RULE)
        found += counts(outcomes)
    return found


@pytest.mark.parametrize("restart", [True, False])
@pytest.mark.parametrize(("seconds", "reviewed"), [(60, False), (BOOKED, False), (BOOKED + 1, True), (60_000, True)])
def test_a_short_gap_is_booked_and_a_long_one_is_for_a_person(seconds: float, reviewed: bool, restart: bool) -> None:
    gap, after = across(seconds, 1040, 1041, restart=restart)
    assert (gap.delta, gap.across_gap, needs_review(gap)) == (40, True, reviewed)
    assert (after.delta, needs_review(after)) == (1, False)


def test_a_counter_that_stood_still_all_night_leaves_nothing_to_decide() -> None:
    (after,) = across(60_000, 1000, 1001)
    assert not needs_review(after)


def test_parts_since_a_reset_in_a_gap_are_for_a_person_however_short_it_was() -> None:
    since, after = across(20, 7, 9)
    assert (since.delta, since.raw_from, since.after_reset, needs_review(since)) == (7, 0, True, True)
    assert (after.delta, after.after_reset, needs_review(after)) == (2, False, False)


def test_a_reset_somebody_saw_is_booked() -> None:
    since, after = across(1, 7, 9, restart=False)
    assert [(one.delta, one.after_reset, needs_review(one)) for one in (since, after)] == [
        (7, True, False),
        (2, False, False),
    ]


def test_a_rollover_in_a_short_gap_is_no_reset() -> None:
    state, _ = advance(None, read(PARTS, 65_530, 0), RULE)
    assert state is not None
    _, (rolled,) = advance(resumed(state, moment(20)), read(PARTS, 4, 20), RULE)
    assert isinstance(rolled, Counted)
    assert (rolled.delta, rolled.rolled_over, needs_review(rolled)) == (10, True, False)


@pytest.mark.parametrize(("seconds", "reviewed"), [(300, False), (90_000, True)])
def test_a_replaced_pc_is_a_gap_like_any_other(seconds: float, reviewed: bool) -> None:
    baseline = CounterBaseline(raw=1000, at=moment(0).at)
    _, (counted,) = advance(handed_over(baseline, moment(seconds)), read(PARTS, 1040, seconds), RULE)
    assert isinstance(counted, Counted)
    assert (counted.delta, needs_review(counted)) == (40, reviewed)


@given(st.lists(st.tuples(st.floats(0.5, 5_000), st.integers(0, 200), st.booleans()), min_size=1, max_size=30))
def test_what_is_booked_and_what_is_proposed_is_all_that_was_made(steps: list[tuple[float, int, bool]]) -> None:
    """Nothing of a gap is lost or in both; and only gaps are proposed."""
    clock, register = 0.0, 0
    state, _ = advance(None, read(PARTS, 0, 0), RULE)
    found: list[Counted] = []
    for seconds, made, restart in steps:
        made = min(made, RULE.believable_steps(seconds))
        clock, register = clock + seconds, register + made
        assert state is not None
        state = resumed(state, moment(clock)) if restart else state
        state, outcomes = advance(state, read(PARTS, register, clock, Quality.GOOD), RULE)
        found += counts(outcomes)
    booked = [one for one in found if not needs_review(one)]
    proposed = [one for one in found if needs_review(one)]
    assert sum(one.delta for one in booked) + sum(one.delta for one in proposed) == register
    assert all(one.at - one.started_at <= GAP_BOOKED for one in booked)
    assert all(one.at - one.started_at > timedelta(minutes=15) for one in proposed)
