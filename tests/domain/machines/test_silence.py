"""An open state is believed as long as signals may be on their way, and not a moment longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.silence import SILENT_AFTER, Voice, station_silent_since

BEGUN = datetime(2026, 3, 2, 6, tzinfo=UTC)
RUNNING, SIGNAL = MachineState.RUNNING, StateSource.SIGNAL


@given(heard=st.none() | st.integers(-100, 1000), age=st.integers(0, 2000), poll=st.none() | st.integers(1, 400))
def test_a_state_is_unknown_from_its_last_signal_on_once_that_is_too_old(
    heard: int | None, age: int, poll: int | None
) -> None:
    voice = Voice(None if heard is None else BEGUN + timedelta(seconds=heard), poll_seconds=poll)
    last = BEGUN + timedelta(seconds=max(0, heard or 0))
    since = voice.silent_since(RUNNING, SIGNAL, BEGUN, last + timedelta(seconds=age))
    assert since == (last if age > SILENT_AFTER.total_seconds() + 3 * (poll or 0) else None)


@pytest.mark.parametrize(
    ("state", "source"),
    [(MachineState.UNKNOWN, SIGNAL), (RUNNING, StateSource.PERSON), (MachineState.UNKNOWN, StateSource.PERSON)],
)
def test_what_waits_for_no_signal_never_falls_silent(state: MachineState, source: StateSource) -> None:
    assert Voice(None).silent_since(state, source, BEGUN, BEGUN + timedelta(days=9)) is None
    assert Voice(None).believed_until(state, source, BEGUN) is None


def test_a_machine_that_says_when_it_is_stale_is_waited_for_so_long() -> None:
    voice = Voice(BEGUN, stale_seconds=600, poll_seconds=5)
    assert voice.believed_until(RUNNING, SIGNAL, BEGUN) == BEGUN + SILENT_AFTER + timedelta(seconds=600)


def test_what_says_it_is_stale_before_it_is_read_again_is_waited_for_two_reads() -> None:
    voice = Voice(BEGUN, stale_seconds=3, poll_seconds=600)
    assert voice.believed_until(RUNNING, SIGNAL, BEGUN) == BEGUN + SILENT_AFTER + timedelta(seconds=1200)


@given(source=st.sampled_from(list(StateSource)), heard=st.none() | st.integers(0, 1000), now=st.integers(0, 1000))
def test_a_station_is_silent_once_it_was_not_heard_for_as_long_as_signals_are_waited_for(
    source: StateSource, heard: int | None, now: int
) -> None:
    heard_at = None if heard is None else BEGUN + timedelta(seconds=heard)
    since = station_silent_since(source, heard_at, BEGUN + timedelta(seconds=now))
    is_silent = source is StateSource.PERSON and heard is not None and now - heard > SILENT_AFTER.total_seconds()
    assert since == (heard_at if is_silent else None)
