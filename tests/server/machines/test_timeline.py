"""Laws of a machine's timeline: whatever is said in whatever order, stretches tile time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.contracts import MachineState, StateSource
from unison_server.machines.timeline import Detail, Stretch, Timeline

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
STATES = st.sampled_from([MachineState.RUNNING, MachineState.STOPPED, MachineState.FAULT])


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def signal(seconds: int, state: MachineState = MachineState.RUNNING) -> Stretch:
    return Stretch(uuid4(), state, at(seconds))


def word(seconds: int, state: MachineState = MachineState.MAINTENANCE) -> Stretch:
    return Stretch(uuid4(), state, at(seconds), source=StateSource.PERSON)


def shown(timeline: Timeline) -> list[tuple[MachineState, datetime, datetime | None]]:
    return [(s.state, s.started_at, s.ended_at) for s in timeline.stretches]


def assert_tiles(timeline: Timeline) -> None:
    stretches = timeline.stretches
    assert all(one.ended_at == two.started_at for one, two in pairwise(stretches))
    assert stretches[-1].ended_at is None
    assert all(stretch.ended_at is None or stretch.ended_at > stretch.started_at for stretch in stretches)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 50), STATES), min_size=1, max_size=30))
def test_signals_and_words_tile_time(said: list[tuple[bool, int, MachineState]]) -> None:
    timeline = Timeline()
    words: dict[UUID, Stretch] = {}
    last: Stretch | None = None
    for is_word, seconds, state in said:
        if is_word:
            try:
                timeline.said(one := word(seconds, state))
            except ValueError:
                continue
            words[one.id] = one
        else:
            opened = signal(seconds, state)
            assert timeline.signalled(opened, last)
            last = opened
        assert_tiles(timeline)
    assert {one.id: one for one in timeline.heard if one.source is StateSource.PERSON} == words
    assert set(timeline.added.values()) == set(timeline.stretches)


@given(st.lists(st.tuples(st.integers(0, 50), STATES), min_size=1, max_size=20))
def test_the_same_signals_again_change_nothing(said: list[tuple[int, MachineState]]) -> None:
    events = [signal(seconds, state) for seconds, state in said]
    timeline = Timeline()
    for opened in events:
        timeline.signalled(opened, None)
    before = shown(timeline)
    assert not any(timeline.signalled(opened, None) for opened in events)
    assert shown(timeline) == before


def test_a_transition_ends_one_and_opens_the_next() -> None:
    timeline = Timeline()
    timeline.signalled(first := signal(0), None)
    timeline.signalled(signal(10, MachineState.STOPPED), first)
    assert shown(timeline) == [(MachineState.RUNNING, at(0), at(10)), (MachineState.STOPPED, at(10), None)]


def test_a_transition_that_never_came_is_filled_in() -> None:
    timeline = Timeline()
    timeline.signalled(signal(0), None)
    timeline.signalled(signal(20), signal(10, MachineState.FAULT))
    assert [(s, b) for s, b, _ in shown(timeline)] == [
        (MachineState.RUNNING, at(0)),
        (MachineState.FAULT, at(10)),
        (MachineState.RUNNING, at(20)),
    ]


def test_a_clock_that_went_back_takes_no_time_away() -> None:
    timeline = Timeline()
    timeline.signalled(first := signal(100), None)
    timeline.signalled(signal(40, MachineState.STOPPED), first)
    assert shown(timeline) == [(MachineState.STOPPED, at(100), None)]
    assert [one.started_at for one in timeline.heard] == [at(100), at(40)]
    assert first.id not in timeline.added


def test_a_later_transition_ends_a_persons_word_but_leaves_what_it_said() -> None:
    timeline = Timeline()
    timeline.signalled(first := signal(0), None)
    timeline.said(word(10))
    timeline.signalled(signal(30, MachineState.STOPPED), first)
    assert shown(timeline) == [
        (MachineState.RUNNING, at(0), at(10)),
        (MachineState.MAINTENANCE, at(10), at(30)),
        (MachineState.STOPPED, at(30), None),
    ]


def test_a_backlog_from_before_a_persons_word_goes_before_it() -> None:
    timeline = Timeline()
    timeline.signalled(first := signal(0), None)
    timeline.said(word(20))
    timeline.signalled(second := signal(5, MachineState.STOPPED), first)
    timeline.signalled(signal(8), second)
    assert shown(timeline) == [
        (MachineState.RUNNING, at(0), at(5)),
        (MachineState.STOPPED, at(5), at(8)),
        (MachineState.RUNNING, at(8), at(20)),
        (MachineState.MAINTENANCE, at(20), None),
    ]


def test_a_word_from_before_the_present_state_is_refused() -> None:
    timeline = Timeline()
    timeline.signalled(signal(10), None)
    with pytest.raises(ValueError, match="can't begin before"):
        timeline.said(word(9))


def test_what_begins_earlier_than_a_clock_that_was_ahead_is_heard_and_disproves_it() -> None:
    timeline = Timeline([signal(86_400)], floor=at(86_400), ahead=at(120))
    assert timeline.signalled(stopped := signal(10, MachineState.STOPPED), None)
    timeline.said(maintained := word(20))
    assert timeline.is_disproved
    assert timeline.heard == [stopped, maintained]
    assert (timeline.added, timeline.changed, timeline.removed) == ({}, {}, set()), "the stretches are made anew"


def test_what_goes_on_where_a_clock_was_ahead_disproves_nothing() -> None:
    timeline = Timeline([ahead := signal(86_400)], floor=at(86_400), ahead=at(120))
    timeline.signalled(signal(86_410, MachineState.STOPPED), ahead)
    assert not timeline.is_disproved
    assert len(timeline.stretches) == 2


def test_details_join_the_stretch_they_are_of() -> None:
    timeline = Timeline()
    timeline.signalled(opened := signal(0, MachineState.FAULT), None)
    timeline.detailed(known := Detail(opened.id, "door open", ("door open",)))
    timeline.detailed(known)
    timeline.detailed(Detail(opened.id, None, ()))
    timeline.detailed(earlier := Detail(uuid4(), "oil", ()))
    assert timeline.stretches[0].reason == "door open"
    assert timeline.heard_more == [known, earlier]
