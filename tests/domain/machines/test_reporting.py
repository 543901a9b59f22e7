"""What reports read out of intervals: classes of stops, the status word, utilization."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.contracts import DerivedStatus, LifeCycle, MachineState, StateSource, StopClass
from unison_domain.machines.status import derived_status
from unison_domain.machines.stops import is_long
from unison_domain.machines.stretch_reading import told_alone
from unison_domain.machines.utilization import Stretch, utilization

from tests.domain.shop import MACHINE, START

S = MachineState
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("state", "duration", "alarm", "is_said", "expected"),
    [
        (S.STOPPED, 120.0, None, False, StopClass.MICRO_STOP),
        (S.STOPPED, 120.1, None, False, StopClass.UNSPECIFIED),
        (S.STOPPED, 120.1, "Guard open", False, StopClass.UNSPECIFIED),
        (S.STOPPED, 5.0, "Guard open", True, StopClass.SPECIFIED),
        (S.FAULT, 10_800.0, "Drive 17", False, StopClass.UNSPECIFIED),
        (S.FAULT, 10_800.0, "Drive 17", True, StopClass.SPECIFIED),
        (S.FAULT, 5.0, None, False, StopClass.SPECIFIED),
        (S.EMERGENCY_STOP, 10_800.0, None, False, StopClass.UNSPECIFIED),
        (S.STARVED, 10_800.0, None, False, StopClass.SPECIFIED),
        (S.BLOCKED, 10_800.0, "Drive 17", False, StopClass.UNSPECIFIED),
        (S.SETUP, 10_800.0, "Guard open", False, StopClass.SPECIFIED),
        (S.RUNNING, 5.0, None, False, None),
        (S.NO_OUTPUT, 5.0, None, False, None),
        (S.UNKNOWN, 500.0, "no reply", False, None),
    ],
)
def test_a_stop_is_specified_by_a_reason_or_by_a_state_that_is_one(
    state: MachineState, duration: float, alarm: str | None, is_said: bool, expected: StopClass | None
) -> None:
    signal = StateSource.SIGNAL
    told = told_alone(state, signal, alarm, is_mapped=is_said, is_long=is_long(duration, 120.0))
    assert told.stop_class is expected


@pytest.mark.parametrize("state", MachineState)
def test_every_state_has_a_status_and_life_comes_first(state: MachineState) -> None:
    assert isinstance(derived_status(LifeCycle.IN_SERVICE, state), DerivedStatus)
    assert derived_status(LifeCycle.OUT_OF_SERVICE, state) is DerivedStatus.OUT_OF_SERVICE


def test_unknown_is_a_status_of_its_own() -> None:
    assert derived_status(LifeCycle.IN_SERVICE, S.UNKNOWN) is DerivedStatus.UNKNOWN
    assert derived_status(LifeCycle.IN_SERVICE, S.FAULT) is DerivedStatus.DOWN


def test_utilization_is_production_over_clock_time() -> None:
    stretches = [
        Stretch(S.RUNNING, START - HOUR, START + HOUR),
        Stretch(S.STOPPED, START + HOUR, START + 2 * HOUR),
        Stretch(S.UNKNOWN, START + 2 * HOUR, START + 3 * HOUR),
        Stretch(S.RUNNING, START + 3 * HOUR, None),
    ]
    made = utilization(MACHINE, stretches, START, START + 24 * HOUR, now=START + 5 * HOUR)
    assert (made.from_, made.to) == (START, START + 5 * HOUR)
    assert (made.period_seconds, made.known_seconds, made.producing_seconds) == (18_000, 14_400, 10_800)
    assert made.utilization == 0.6
    assert made.basis == "clock_time"
    assert {total.state: total.seconds for total in made.by_state} == {
        S.RUNNING: 10_800,
        S.STOPPED: 3_600,
        S.UNKNOWN: 3_600,
    }


def test_nothing_known_is_no_utilization_not_zero() -> None:
    made = utilization(MACHINE, [Stretch(S.UNKNOWN, START, None)], START, START + HOUR, now=START + HOUR)
    assert (made.utilization, made.known_seconds) == (None, 0)
    future = utilization(MACHINE, [], START + HOUR, START + 2 * HOUR, now=START)
    assert (future.utilization, future.period_seconds, future.by_state) == (None, 0, [])


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before its start"):
        utilization(MACHINE, [], START, START - HOUR, now=START)


@given(st.lists(st.tuples(st.sampled_from(MachineState), st.floats(0.1, 7200)), max_size=20), st.floats(0, 36_000))
def test_the_states_of_a_period_add_up_to_it(spans: list[tuple[MachineState, float]], length: float) -> None:
    stretches, at = [], START - HOUR
    for state, seconds in spans:
        stretches.append(Stretch(state, at, at + timedelta(seconds=seconds)))
        at = stretches[-1].ended_at or at
    made = utilization(MACHINE, stretches, START, START + timedelta(seconds=length), now=START + 24 * HOUR)
    assert sum(total.seconds for total in made.by_state) == pytest.approx(made.period_seconds, abs=1e-3)
    assert made.producing_seconds <= made.known_seconds <= made.period_seconds + 1e-3
