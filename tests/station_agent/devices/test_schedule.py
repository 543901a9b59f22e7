"""The beats a rate group is read at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_station.devices.schedule import Schedule


def test_beats_do_not_drift_with_the_time_a_reading_takes() -> None:
    schedule = Schedule(1.0, start=100.0)
    for beat in range(1000):
        assert schedule.due == pytest.approx(100.0 + beat)
        schedule.advance(schedule.due + 0.4)
    assert schedule.overruns == 0


def test_an_overrun_skips_and_does_not_burst() -> None:
    schedule = Schedule(1.0, start=0.0)
    assert schedule.advance(3.5) == 3
    assert schedule.due == 4.0
    assert schedule.advance(4.0) == 0
    assert schedule.due == 5.0


def test_hurrying_keeps_the_beats() -> None:
    schedule = Schedule(10.0, start=0.0)
    schedule.advance(0.1)
    schedule.hurry(13.0)
    assert schedule.due == 13.0
    schedule.advance(13.0)
    assert schedule.due == 20.0
    schedule.hurry(22.0)
    schedule.advance(22.1)
    assert schedule.due == 30.0
    assert schedule.overruns == 0


@given(
    st.floats(0.05, 3600), st.lists(st.floats(0, 10_000), min_size=1, max_size=30).map(sorted), st.floats(0, 1_000_000)
)
def test_the_next_beat_is_always_ahead_and_on_the_grid(period: float, times: list[float], start: float) -> None:
    schedule = Schedule(period, start)
    for time in times:
        before = schedule.due
        schedule.advance(start + time)
        assert schedule.due > before
        assert schedule.due > start + time - 1e-6
        beats = (schedule.due - start) / period
        assert beats == pytest.approx(round(beats), abs=1e-6)
