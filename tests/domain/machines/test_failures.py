"""A failure is one, whatever silences fall into it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.downtime import Downtime, Stood, Word, downtimes, stops
from unison_domain.machines.failures import first_of_failures
from unison_domain.machines.reasons import ReasonClass

from tests.domain.machines.test_downtime import FAULT, OIL, STOP, at

RUNNING, UNKNOWN = MachineState.RUNNING, MachineState.UNKNOWN
OTHER = UUID(int=77)
Story = Sequence[tuple[MachineState, UUID | None]]


def told(story: Story) -> list[Stood]:
    """States of ten seconds each; the last goes on."""
    return [
        Stood(uuid4(), state, at(10 * place), at(10 * place + 10) if place + 1 < len(story) else None)
        for place, (state, _) in enumerate(story)
    ]


def events_of(stretches: Sequence[Stood], story: Story, entered: Sequence[Word] = ()) -> list[Downtime]:
    """The events, each stretch in which it stood with its own word."""
    words = [
        Word(one.id, one.started_at, one.ended_at, reason)
        for one, (_, reason) in zip(stretches, story, strict=True)
        if reason is not None and one.is_stop
    ]
    alone = [[Stood(one.id, UNKNOWN, one.started_at, one.ended_at, StateSource.PERSON)] for one in entered]
    every = sorted([*stops(stretches), *alone], key=lambda stop: stop[0].started_at)
    class_of = {OIL: ReasonClass.FAILURE, OTHER: ReasonClass.MATERIAL}
    said = [*words, *entered]
    return [event for stop in every for event in downtimes(stop, said, lambda _alarm, _at: None, class_of.__getitem__)]


def failures(story: Story, *parts: float, entered: Sequence[Word] = ()) -> int:
    def made_parts(start: datetime, end: datetime) -> bool:
        return any(start < at(moment) <= end for moment in parts)

    stretches = told(story)
    return sum(begins for _, begins in first_of_failures(events_of(stretches, story, entered), stretches, made_parts))


STATED = st.sampled_from([RUNNING, UNKNOWN, FAULT, STOP])
STORIES = st.lists(st.tuples(STATED, st.sampled_from([None, OIL, OTHER])), min_size=1, max_size=12)


@given(STORIES)
def test_no_more_than_there_are_events_and_all_of_them_without_silence(story: Story) -> None:
    stretches = told(story)
    of_failure = [one for one in events_of(stretches, story) if one.cause is not None and one.cause.is_failure]
    assert bool(of_failure) <= failures(story) <= len(of_failure)
    if all(state is not UNKNOWN for state, _ in story):
        assert failures(story) == len(of_failure)


@given(STORIES, STORIES, st.integers(1, 3))
def test_a_silence_in_a_failure_makes_none_more_unless_parts_were_made(
    before: Story, after: Story, silent: int
) -> None:
    whole = [*before, (RUNNING, None), (FAULT, OIL), (RUNNING, None), *after]
    parted = [
        *before,
        (RUNNING, None),
        (FAULT, OIL),
        *[(UNKNOWN, None)] * silent,
        (FAULT, OIL),
        (RUNNING, None),
        *after,
    ]
    assert failures(parted) == failures(whole)
    within = 10 * (len(before) + 2) + 5
    assert failures(parted, within) == failures(whole) + 1


def test_what_another_cause_or_a_run_parts_is_two() -> None:
    fault, silence = (FAULT, OIL), (UNKNOWN, None)
    assert failures([fault, silence, (RUNNING, None), silence, fault]) == 2
    assert failures([fault, silence, (STOP, OTHER), silence, fault]) == 2
    assert failures([fault, silence, (STOP, None), silence, fault]) == 2
    assert failures([fault, silence, fault, silence, fault, (RUNNING, None)]) == 1


def test_a_silence_of_which_a_person_gave_the_same_reason_is_of_the_failure() -> None:
    story = [(FAULT, OIL), (UNKNOWN, None), (FAULT, OIL), (RUNNING, None)]
    assert failures(story, entered=[Word(uuid4(), at(10), at(20), OIL)]) == 1
    assert failures(story, 15, entered=[Word(uuid4(), at(10), at(20), OIL)]) == 3
    assert failures(story, entered=[Word(uuid4(), at(12), at(18), OIL)]) == 1
    assert failures(story, entered=[Word(uuid4(), at(10), at(20), OTHER)]) == 2
