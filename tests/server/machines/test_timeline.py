"""Laws of a machine's timeline: whatever is said in whatever order, stretches tile time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from operator import itemgetter
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


def late(seconds: int, state: MachineState = MachineState.STOPPED) -> Stretch:
    return Stretch(uuid4(), state, at(seconds), is_late=True)


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


@given(
    st.lists(
        st.tuples(st.sampled_from(["signal", "word", "late"]), st.integers(0, 50), STATES), min_size=1, max_size=30
    )
)
def test_what_is_told_late_changes_nothing_of_words_and_of_what_is_told_in_order(
    said: list[tuple[str, int, MachineState]],
) -> None:
    """But for the end of a signal's stretch."""
    timeline, without = Timeline(), Timeline()
    for kind, seconds, state in said:
        if kind == "late":
            assert timeline.signalled(late(seconds, state), None)
        elif kind == "signal":
            opened = signal(seconds, state)
            timeline.signalled(opened, None)
            without.signalled(opened, None)
        else:
            one = word(seconds, state)
            try:
                timeline.said(one)
            except ValueError:
                continue
            without.said(one)
        if timeline.stretches:
            assert_tiles(timeline)
    kept = {stretch.id: stretch for stretch in timeline.stretches if not stretch.is_late}
    assert list(kept) == [stretch.id for stretch in without.stretches]
    assert all(kept[one.id].started_at == one.started_at for one in without.stretches)
    assert all(kept[one.id] == one for one in without.stretches if one.source is StateSource.PERSON)
    assert timeline.floor == without.floor


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 50)), min_size=1, max_size=12, unique_by=itemgetter(1)), st.data()
)
def test_whenever_it_is_told_it_lands_in_the_same_place(told: list[tuple[bool, int]], data: st.DataObject) -> None:
    pasts = [late(seconds) for is_late, seconds in told if is_late]
    in_order = [signal(seconds) for is_late, seconds in told if not is_late]

    def folded(events: list[Stretch]) -> list[tuple[UUID, datetime, datetime | None]]:
        timeline = Timeline()
        for one in events:
            timeline.signalled(one, None)
        return [(one.id, one.started_at, one.ended_at) for one in timeline.stretches]

    mixed = list(in_order)
    for one in data.draw(st.permutations(pasts)):
        mixed.insert(data.draw(st.integers(0, len(mixed))), one)
    assert folded(mixed) == folded(in_order + pasts)


def test_what_is_told_late_lasts_to_the_next_boundary_known() -> None:
    timeline = Timeline()
    timeline.signalled(signal(50), None)
    timeline.said(word(100))
    timeline.signalled(signal(200), None)
    fault = MachineState.FAULT
    for one in (late(60), late(70, fault), late(60, fault), late(150, fault), late(20), late(50, fault), late(210)):
        timeline.signalled(one, None)
    assert shown(timeline) == [
        (MachineState.STOPPED, at(20), at(50)),
        (MachineState.RUNNING, at(50), at(60)),
        (MachineState.STOPPED, at(60), at(70)),
        (fault, at(70), at(100)),
        (MachineState.MAINTENANCE, at(100), at(200)),
        (MachineState.RUNNING, at(200), at(210)),
        (MachineState.STOPPED, at(210), None),
    ]


def test_what_comes_in_its_order_afterwards_begins_where_it_began() -> None:
    timeline = Timeline()
    timeline.signalled(signal(10), None)
    timeline.signalled(late(30), None)
    timeline.signalled(signal(20, MachineState.FAULT), None)
    timeline.signalled(signal(30), None)
    assert [(state, begun) for state, begun, _ in shown(timeline)] == [
        (MachineState.RUNNING, at(10)),
        (MachineState.FAULT, at(20)),
        (MachineState.RUNNING, at(30)),
    ]


def test_what_it_closes_is_filled_in_as_late_as_it_is() -> None:
    timeline = Timeline()
    timeline.signalled(signal(100), None)
    timeline.signalled(late(20), late(10, MachineState.FAULT))
    assert [(one.state, one.is_late) for one in timeline.stretches] == [
        (MachineState.FAULT, True),
        (MachineState.STOPPED, True),
        (MachineState.RUNNING, False),
    ]


def test_what_is_told_late_disproves_nothing() -> None:
    timeline = Timeline([signal(86_400)], floor=at(86_400), ahead=at(120))
    timeline.signalled(late(10), None)
    assert not timeline.is_disproved
    assert [one.started_at for one in timeline.stretches] == [at(10), at(86_400)]


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
