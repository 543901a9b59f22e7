"""A timeline says of each stretch what its downtime event says."""

from __future__ import annotations

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.contracts import CauseSource, MachineState, StateSource, StopClass
from unison_domain.machines.downtime import NO_STOP, Stood, Word, downtimes
from unison_domain.machines.reasons import ReasonClass
from unison_domain.machines.stops import is_long
from unison_domain.machines.stretch_reading import Told, told_alone, told_of_stop

from tests.domain.machines.test_downtime import FAULT, OIL, STOP, at

STANDING = st.sampled_from([state for state in MachineState if state not in NO_STOP])


def said(*stop: Stood, words: tuple[Word, ...] = (), mapped: UUID | None = None, micro: float = 120) -> list[Told]:
    found = downtimes(stop, words, lambda _alarm, _at: mapped, lambda _reason: ReasonClass.FAILURE)
    return [told for _, told in told_of_stop(stop, found, micro)]


def stretch(state: MachineState, start: float, end: float | None, reason: str | None = None) -> Stood:
    return Stood(uuid4(), state, at(start), None if end is None else at(end), reason=reason)


@given(
    STANDING,
    st.sampled_from([StateSource.SIGNAL, StateSource.PERSON]),
    st.sampled_from([None, "oil"]),
    st.booleans(),
    st.sampled_from([60.0, 120.0, 300.0]),
)
def test_a_stretch_alone_is_read_as_its_event_is(
    state: MachineState, source: StateSource, reason: str | None, is_mapped: bool, seconds: float
) -> None:
    one = Stood(uuid4(), state, at(0), at(seconds), source, reason)
    is_mapped = is_mapped and reason is not None and source is StateSource.SIGNAL
    quick = told_alone(state, source, reason, is_mapped=is_mapped, is_long=is_long(seconds, 120.0))
    assert said(one, mapped=OIL if is_mapped else None) == [quick]


def test_a_bare_stop_after_an_alarm_has_what_the_alarm_says() -> None:
    fault, bare = stretch(FAULT, 0, 100, "oil"), stretch(STOP, 100, 1000)
    by_alarm = Told(StopClass.SPECIFIED, CauseSource.ALARM)
    assert said(fault, bare, mapped=OIL) == [by_alarm, by_alarm]
    assert said(stretch(STOP, 0, 50), stretch(STOP, 50, 130)) == [Told(StopClass.UNSPECIFIED)] * 2, "one stop of 130 s"


def test_of_several_events_in_a_stretch_the_one_that_asks_is_told() -> None:
    word = Word(uuid4(), at(0), at(500), OIL)
    assert said(stretch(STOP, 0, 1000), words=(word,)) == [Told(StopClass.UNSPECIFIED)]
    assert said(stretch(STOP, 0, 500), words=(word,)) == [Told(StopClass.SPECIFIED, CauseSource.PERSON)]


def test_what_goes_on_may_yet_be_anything() -> None:
    assert [one.stop_class for one in said(stretch(STOP, 0, 50), stretch(FAULT, 50, None))] == [None, None]
