"""A call's life: forward only, whoever says it and however late."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.calls import CallLife, CallState

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
RANK = {CallState.CALLED: 0, CallState.WITHDRAWN: 1, CallState.ARRIVED: 1, CallState.DONE: 2}

steps = st.tuples(st.sampled_from(list(RANK)), st.integers(-60, 600).map(lambda s: START + timedelta(seconds=s)))


def moved(life: CallLife, state: CallState, at: datetime) -> CallLife:
    try:
        return life.moved(state, at)
    except ValueError:
        return life


def test_called_answered_arrived_done() -> None:
    life = CallLife(START)
    assert life.state is CallState.CALLED
    life = life.answered(START + timedelta(seconds=5))
    life = life.moved(CallState.ARRIVED, START + timedelta(seconds=60))
    assert (life.state, life.is_open) == (CallState.ARRIVED, True)
    life = life.moved(CallState.DONE, START + timedelta(seconds=90))
    assert (life.state, life.is_open) == (CallState.DONE, False)
    with pytest.raises(ValueError, match="nobody needs to come"):
        life.answered(START)


def test_it_is_withdrawn_only_before_anybody_arrived() -> None:
    withdrawn = CallLife(START).moved(CallState.WITHDRAWN, START)
    with pytest.raises(ValueError, match="make a new one"):
        withdrawn.moved(CallState.ARRIVED, START)
    arrived = CallLife(START).moved(CallState.ARRIVED, START)
    with pytest.raises(ValueError, match="no more be withdrawn"):
        arrived.moved(CallState.WITHDRAWN, START)


def test_an_arrival_that_comes_late_is_filled_in_before_the_end() -> None:
    life = CallLife(START).moved(CallState.DONE, START + timedelta(seconds=30))
    life = life.moved(CallState.ARRIVED, START + timedelta(seconds=50))
    assert (life.state, life.arrived_at) == (CallState.DONE, START + timedelta(seconds=30))


def test_a_step_taken_back() -> None:
    done = CallLife(START).moved(CallState.ARRIVED, START).moved(CallState.DONE, START)
    assert done.taken_back(CallState.ARRIVED) == CallLife(START, arrived_at=START)
    assert done.taken_back(CallState.CALLED) == CallLife(START)
    for life, state in ((CallLife(START), CallState.ARRIVED), (done, CallState.DONE)):
        with pytest.raises(ValueError, match="again"):
            life.taken_back(state)


@given(st.lists(steps))
def test_no_step_leads_back_none_counts_twice_and_moments_are_in_order(said: list[tuple[CallState, datetime]]) -> None:
    life = CallLife(START)
    for state, at in said:
        after = moved(life, state, at)
        assert RANK[after.state] >= RANK[life.state]
        assert moved(after, state, at + timedelta(hours=1)) == after
        life = after
        moments = [m for m in (life.called_at, life.arrived_at, life.done_at) if m is not None]
        assert moments == sorted(moments)
        assert not (life.withdrawn_at and (life.arrived_at or life.done_at))
