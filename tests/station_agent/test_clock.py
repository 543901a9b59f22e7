"""Steady time: what it is anchored to, how it is steered, and what is known of the server's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_station.clock import ANSWERS_KEPT, STEERING_RATE, ServerTime, SteadyClock, anchor, correction

from tests.station_agent.store.making import START, Pc


def steady(pc: Pc) -> SteadyClock:
    return SteadyClock(pc, anchor(pc, same_boot=None, newest=None))


@given(st.lists(st.tuples(st.floats(0.001, 3600), st.floats(-1e9, 1e9), st.floats(-1e4, 1e4)), max_size=20))
def test_no_clock_setting_and_no_steering_turns_time_back(happenings: list[tuple[float, float, float]]) -> None:
    pc = Pc()
    clock = steady(pc)
    stamps = [clock.now()]
    for passed, set_by, steered in happenings:
        pc.pass_seconds(passed)
        pc.set_clock(set_by)
        clock.steer(steered)
        stamps.append(clock.now())
    for (before, after), (passed, _, _) in zip(pairwise(stamps), happenings, strict=True):
        assert (after - before).total_seconds() == pytest.approx(passed, abs=passed * STEERING_RATE + 1e-5)
        assert after >= before


def test_small_adjustments_of_the_wall_clock_are_no_steps() -> None:
    pc = Pc()
    clock = steady(pc)
    for _ in range(10):
        pc.pass_seconds(60)
        pc.set_clock(0.5)
        assert clock.step() is None


def test_a_leap_is_told_once_beside_a_jump_of_the_wall_clock() -> None:
    pc = Pc()
    clock = steady(pc)
    before = clock.now()
    clock.leap(3600.0)
    clock.leap(-3600.0)
    pc.set_clock(60.0)
    assert [clock.step() for _ in range(3)] == [3600.0, pytest.approx(60.0), None]
    assert clock.now() - before == timedelta(hours=1)
    again = SteadyClock(pc, anchor(pc, same_boot=clock.line, newest=None))
    assert again.now() == clock.now()


def test_a_line_goes_on_from_where_steering_left_it() -> None:
    pc = Pc()
    clock = steady(pc)
    pc.pass_seconds(1000)
    clock.steer(0.3)
    again = SteadyClock(pc, anchor(pc, same_boot=clock.line, newest=None))
    assert again.now() == clock.now() == START + timedelta(seconds=1000.3)


@given(st.lists(st.floats(0.001, 5.0), min_size=1, max_size=30))
def test_the_fastest_of_the_last_answers_tells_the_servers_time(round_trips: list[float]) -> None:
    """The server stamps as it receives: the error of an answer is half its round trip."""
    server = ServerTime()
    assert server.ahead is None
    now = 1000.0
    for round_trip in round_trips:
        server.observe(now, now + round_trip, datetime.fromtimestamp(now + 5_000_000, UTC))
        now += 10
    assert server.ahead == pytest.approx(5_000_000 - min(round_trips[-ANSWERS_KEPT:]) / 2, abs=1e-3)


@pytest.mark.parametrize(("off", "settled"), [(0.0, 0.0), (1.9, 0.0), (-1.9, 0.0), (2.5, 2.5), (-3600.0, -3600.0)])
def test_a_correction_is_made_only_beyond_two_seconds(off: float, settled: float) -> None:
    line = anchor(Pc(), same_boot=None, newest=None)
    assert correction(line, line.utc - line.monotonic + off) == pytest.approx(settled, abs=1e-3)
