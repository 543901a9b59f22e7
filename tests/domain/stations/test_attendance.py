"""What goes away and comes back is told soon, in the end rightly, and never in a flood."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from unison_domain.stations.attendance import (
    CALM_SECONDS,
    FIRST_HOLD_SECONDS,
    LONGEST_HOLD_SECONDS,
    RESTLESS,
    Attendance,
    Telling,
)
from unison_domain.stations.peripherals import PeripheralState

ON, OFF, REFUSED = PeripheralState.ONLINE, PeripheralState.OFFLINE, PeripheralState.REFUSED
STRETCHES = st.lists(st.tuples(st.sampled_from([ON, OFF, REFUSED]), st.integers(1, 4000)), max_size=40)


class Watch:
    """Looks every second at one that fares as it is told to."""

    def __init__(self) -> None:
        self.now = 100.0
        self.attendance = Attendance.begun(self.now)
        self.told: list[Telling] = []

    def fares(self, state: PeripheralState, seconds: float) -> None:
        ends = self.now + seconds
        while self.now < ends:
            self.attendance, telling = self.attendance.seen(state, self.now)
            self.told += [telling] if telling else []
            self.now += 1.0


def test_gone_and_back_are_told_once_each_with_when_they_began() -> None:
    watch = Watch()
    for state in (ON, OFF, ON):
        watch.fares(state, 3 * FIRST_HOLD_SECONDS)
    assert watch.told == [Telling(OFF, FIRST_HOLD_SECONDS, 1), Telling(ON, 2 * FIRST_HOLD_SECONDS, 0)]


def test_a_port_that_is_opened_anew_is_no_news() -> None:
    watch = Watch()
    for state in (OFF, ON, OFF, ON):
        watch.fares(state, FIRST_HOLD_SECONDS / 2)
    assert watch.told == []


def test_what_never_holds_is_told_as_coming_and_going() -> None:
    watch = Watch()
    for _ in range(60):
        watch.fares(OFF, 2)
        watch.fares(ON, 2)
    assert watch.told
    assert all(telling.times >= RESTLESS for telling in watch.told)


def test_after_an_hour_of_calm_the_first_fault_is_told_at_once_again() -> None:
    watch = Watch()
    for _ in range(20):
        watch.fares(OFF, 60)
        watch.fares(ON, 60)
    watch.fares(ON, CALM_SECONDS + LONGEST_HOLD_SECONDS)
    before = len(watch.told)
    watch.fares(OFF, FIRST_HOLD_SECONDS + 1)
    assert watch.told[before:] == [Telling(OFF, FIRST_HOLD_SECONDS, 1)]


@given(STRETCHES)
def test_people_know_in_the_end_how_it_is_and_are_flooded_by_nothing(
    stretches: list[tuple[PeripheralState, int]],
) -> None:
    watch = Watch()
    for state, seconds in stretches:
        watch.fares(state, seconds)
    begun = watch.now
    last = stretches[-1][0] if stretches else ON
    watch.fares(last, LONGEST_HOLD_SECONDS + 1)
    assert watch.attendance.told is last
    assert ([telling.state for telling in watch.told] or [ON])[-1] is last
    hours = (watch.now - 100.0) / CALM_SECONDS
    assert len(watch.told) <= 8 * (1 + hours) + hours * CALM_SECONDS / LONGEST_HOLD_SECONDS
    count = len(watch.told)
    watch.fares(last, 50)
    assert len(watch.told) == count, f"nothing changed since {begun}"
