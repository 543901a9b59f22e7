"""Laws and cases of downtime events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.contracts import CauseSource, MachineState, StateSource, StopClass
from unison_domain.machines.downtime import (
    Cause,
    Downtime,
    Stood,
    Word,
    as_far_as_known,
    downtimes,
    rest_id,
    smoothed,
    stops,
    with_own_words,
)
from unison_domain.machines.reasons import ReasonClass

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
OIL, JAM = UUID(int=1), UUID(int=2)
CLASSES = {OIL: ReasonClass.FAILURE, JAM: ReasonClass.MATERIAL}
RUN, STOP, FAULT, UNKNOWN = MachineState.RUNNING, MachineState.STOPPED, MachineState.FAULT, MachineState.UNKNOWN


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def chain(*said: tuple[MachineState, float], reason: str | None = None, is_open: bool = True) -> list[Stood]:
    """Intervals that tile time, each from its second to the next one's."""
    ends = [*(at(seconds) for _, seconds in said[1:]), None if is_open else at(said[-1][1] + 100)]
    return [Stood(uuid4(), state, at(s), end, reason=reason) for (state, s), end in zip(said, ends, strict=True)]


def word(start: float, end: float | None, reason: UUID | None = JAM) -> Word:
    return Word(uuid4(), at(start), None if end is None else at(end), reason)


def events(stretches: list[Stood], *words: Word, mapped: UUID | None = None) -> list[Downtime]:
    return [
        one
        for stop in stops(stretches)
        for one in downtimes(stop, words, lambda _alarm, _at: mapped, CLASSES.__getitem__)
    ]


def spans(found: list[Downtime]) -> list[tuple[float, float | None]]:
    return [
        ((one.started_at - START).total_seconds(), (one.ended_at - START).total_seconds() if one.ended_at else None)
        for one in found
    ]


STATES = st.sampled_from([RUN, STOP, STOP, FAULT, UNKNOWN, MachineState.SETUP, MachineState.NO_OUTPUT])
CHAINS = st.lists(STATES, min_size=1, max_size=12).map(
    lambda states: chain(*((state, 10 * place) for place, state in enumerate(states)))
)


REASONS = st.sampled_from([OIL, JAM, None])


def words_of(edges: set[int], reasons: list[UUID | None], is_open: bool) -> list[Word]:
    """Words that don't overlap; the last may be open."""
    ordered = sorted(edges)
    pairs = list(zip(ordered[::2], ordered[1::2], strict=False))
    said = [word(start, end, reason) for (start, end), reason in zip(pairs, reasons, strict=False)]
    return [*said[:-1], replace(said[-1], ended_at=None)] if said and is_open else said


WORDS = st.builds(
    words_of, st.sets(st.integers(0, 125), max_size=8), st.lists(REASONS, min_size=4, max_size=4), st.booleans()
)


@given(CHAINS, WORDS)
def test_events_tile_the_stops_and_nothing_else(stretches: list[Stood], words: list[Word]) -> None:
    found = events(stretches, *words)
    for stop in stops(stretches):
        own = [one for one in found if stop[0].started_at <= one.started_at < (stop[-1].ended_at or at(1e9))]
        assert (own[0].started_at, own[-1].ended_at) == (stop[0].started_at, stop[-1].ended_at)
        assert all(one.ended_at == two.started_at for one, two in pairwise(own))
    assert len({one.id for one in found}) == len(found)


@given(CHAINS, WORDS)
def test_a_persons_reason_always_wins(stretches: list[Stood], words: list[Word]) -> None:
    for one in events(stretches, *words, mapped=OIL):
        said = [w for w in words if w.reason_id and w.covers(one.started_at) and w.ended_at]
        if said:
            assert one.cause is not None
            assert (one.cause.source, one.cause.reason_id) == (CauseSource.PERSON, said[0].reason_id)


@given(CHAINS, st.integers(0, 30), st.integers(0, 30))
def test_thresholds_move_no_edge_of_time(stretches: list[Stood], run: int, stop: int) -> None:
    smooth = smoothed(stretches, run, stop)
    assert [(s.id, s.started_at, s.ended_at) for s in smooth] == [(s.id, s.started_at, s.ended_at) for s in stretches]
    assert [s.state for s in smooth if s.state is UNKNOWN] == [s.state for s in stretches if s.state is UNKNOWN]
    assert smoothed(stretches, 0, 0) == stretches


def test_unknown_is_no_downtime() -> None:
    found = events(chain((STOP, 0), (UNKNOWN, 10), (STOP, 20), (RUN, 30)))
    assert spans(found) == [(0, 10), (20, 30)]


def test_an_unspecified_stop_takes_the_reason_that_follows_at_once() -> None:
    found = events(chain((RUN, 0), (STOP, 10), (FAULT, 15), (STOP, 60), (RUN, 70)))
    assert spans(found) == [(10, 60), (60, 70)]
    assert [one.cause and one.cause.reason_class for one in found] == [ReasonClass.FAILURE, None]
    assert found[0].states == (STOP, FAULT)


def test_a_word_of_a_part_of_a_stop_explains_nothing_before_it() -> None:
    found = events(chain((STOP, 0), (RUN, 100)), said := word(40, 60))
    assert spans(found) == [(0, 40), (40, 60), (60, 100)]
    assert [one.word for one in found] == [None, said, None]


@given(CHAINS, WORDS)
def test_nothing_is_said_to_last_longer_than_it_was_said_to(stretches: list[Stood], words: list[Word]) -> None:
    ended = at(1000)
    spent: dict[UUID, float] = {}
    for one in events(stretches, *words):
        if one.cause is not None and one.cause.source is CauseSource.PERSON and one.cause.reason_id:
            seconds = ((one.ended_at or ended) - one.started_at).total_seconds()
            spent[one.cause.reason_id] = spent.get(one.cause.reason_id, 0.0) + seconds
    for reason, seconds in spent.items():
        said = [(w.started_at, w.ended_at or ended) for w in words if w.reason_id == reason]
        assert seconds <= sum((end - start).total_seconds() for start, end in said)


@given(CHAINS)
def test_a_derived_cause_lasts_its_states_and_what_led_to_them(stretches: list[Stood]) -> None:
    """An unexplained beginning counts to what explains it, and nothing else does."""
    ended = at(1000)
    for one in events(stretches):
        inside = [
            s for s in stretches if one.started_at <= s.started_at and (s.ended_at or ended) <= (one.ended_at or ended)
        ]
        causes = {s.state for s in inside if s.state is not STOP}
        assert len(causes) <= 1
        assert (one.cause is None) == (not causes)


@given(CHAINS, WORDS, st.integers(0, 60))
def test_beyond_silence_only_what_people_said_of_it_is_told(
    stretches: list[Stood], words: list[Word], later: int
) -> None:
    stop = next((stop for stop in stops(stretches) if stop[-1].ended_at is None), None)
    if stop is None:
        return
    silent = stop[-1].started_at + timedelta(seconds=later)
    told = as_far_as_known(downtimes(stop, words, lambda _alarm, _at: None, CLASSES.__getitem__), silent)
    if stop[0].started_at < silent:
        assert told[0].started_at == stop[0].started_at
    for one in told:
        assert one.known_until is None or one.started_at <= one.known_until
        assert one.seconds(at(1000)) >= 0
        if one.known_until is None or one.known_until > silent:
            assert one.word is not None
            assert one.word.ended_at is not None or one.word.started_at > silent


def test_a_silent_stop_ends_where_its_last_signal_was() -> None:
    (stop,) = stops(chain((STOP, 0)))
    parts = downtimes(stop, [word(500, 600)], lambda _alarm, _at: None, CLASSES.__getitem__)
    assert spans(parts) == [(0, 500), (500, 600), (600, None)]
    known = as_far_as_known(parts, at(30))
    assert [(one.started_at, one.known_until) for one in known] == [(at(0), at(30)), (at(500), at(600))]
    assert as_far_as_known(parts, None) == parts


def test_a_word_without_end_is_of_its_own_stop() -> None:
    found = events(chain((STOP, 0), (RUN, 10), (STOP, 20)), word(0, None))
    assert [one.cause is not None for one in found] == [True, False]


def test_what_is_left_after_a_word_has_an_id_that_leads_back() -> None:
    found = events(chain((STOP, 0), (RUN, 100)), said := word(0, 40))
    assert spans(found) == [(0, 40), (40, 100)]
    assert rest_id(found[1].id) == said.id


def test_a_split_stays_where_one_part_has_no_reason() -> None:
    found = events(chain((STOP, 0), (RUN, 100)), word(0, 40, None), word(40, 100))
    assert spans(found) == [(0, 40), (40, 100)]
    unsaid = events(chain((STOP, 0), (RUN, 100)), word(0, 40, None), word(40, 100, None))
    assert spans(unsaid) == [(0, 40), (40, 100)]


@given(CHAINS)
def test_a_word_without_reason_changes_no_cause(stretches: list[Stood]) -> None:
    noted = [word((stop[0].started_at - START).total_seconds(), None, None) for stop in stops(stretches)]
    noted = [replace(note, ended_at=stop[-1].ended_at) for note, stop in zip(noted, stops(stretches), strict=True)]
    assert [replace(one, word=None) for one in events(stretches, *noted)] == events(stretches)


def test_an_alarm_is_kept_beside_what_a_person_says() -> None:
    found = events(chain((FAULT, 0), (RUN, 100), reason="oil low"), word(0, 100), mapped=OIL)
    assert (found[0].first_out, found[0].machine_reason_id) == ("oil low", OIL)
    assert found[0].cause is not None
    assert found[0].cause.reason_id == JAM
    assert events(chain((FAULT, 0), (RUN, 100), reason="oil low"), mapped=OIL)[0].cause is not None


def test_only_unspecified_stops_are_micro_stops() -> None:
    short, fault, open_ = events(chain((STOP, 0), (RUN, 60), (FAULT, 70), (RUN, 80), (STOP, 90)))
    assert [one.stop_class(120) for one in (short, fault, open_)] == [StopClass.MICRO_STOP, StopClass.SPECIFIED, None]
    assert short.stop_class(59) is StopClass.UNSPECIFIED


@given(CHAINS, WORDS, st.integers(0, 300))
def test_what_people_cut_off_a_stop_asks_by_the_length_of_the_whole(
    stretches: list[Stood], words: list[Word], limit: int
) -> None:
    now = at(1000)
    for stop in stops(stretches):
        whole, parts = (downtimes(stop, said, lambda _alarm, _at: None, CLASSES.__getitem__) for said in ([], words))
        longest = ((stop[-1].ended_at or now) - stop[0].started_at).total_seconds()
        for part in parts:
            uncut = next(one for one in reversed(whole) if one.started_at <= part.started_at)
            if part.asks:
                assert uncut.seconds(now) <= part.asking_seconds(now) <= longest
                assert part.is_unassigned(now, limit) or uncut.seconds(now) <= limit


def test_the_unexplained_rest_of_a_stop_that_was_split_is_no_micro_stop() -> None:
    first, later = events(chain((STOP, 0), (RUN, 180)), word(45, 180))
    assert (first.is_unassigned(at(180), 120), first.stop_class(120)) == (True, StopClass.UNSPECIFIED)
    assert (later.is_unassigned(at(180), 120), later.stop_class(120)) == (False, StopClass.SPECIFIED)
    short, _ = events(chain((STOP, 0), (RUN, 100)), word(45, 100))
    assert (short.is_unassigned(at(100), 120), short.stop_class(120)) == (False, StopClass.MICRO_STOP)
    before, _ = events(chain((STOP, 0), (FAULT, 45), (RUN, 300)), word(100, 300))
    assert before.asking_seconds(at(300)) == 300
    _, bare, said = events(chain((FAULT, 0), (STOP, 200), (RUN, 300)), word(250, 300))
    assert (bare.asking_seconds(at(300)), said.asks) == (100, False), "the fault before is of its own"


def test_a_part_of_a_stop_that_lasts_is_read_once_the_stop_is_long() -> None:
    (stop,) = stops(chain((STOP, 0)))
    first, _ = downtimes(stop, [word(45, None)], lambda _alarm, _at: None, CLASSES.__getitem__)
    assert [first.is_unassigned(at(now), 120) for now in (100, 121)] == [False, True]
    assert (first.stop_class(120), first.stop_class(40)) == (None, StopClass.UNSPECIFIED)
    silent, _ = as_far_as_known([first, replace(first, id=uuid4(), started_at=at(45), ended_at=None)], at(100))
    assert (silent.is_unassigned(at(9000), 120), silent.stop_class(120)) == (False, StopClass.MICRO_STOP)


@pytest.mark.parametrize("state", [MachineState.FAULT, MachineState.EMERGENCY_STOP, STOP])
def test_a_state_that_only_says_that_something_is_wrong_waits_for_a_reason(state: MachineState) -> None:
    (alarmed,) = events(chain((state, 0), (RUN, 10_800), reason="drive 17"))
    assert alarmed.is_unassigned(at(10_800), 120)
    assert alarmed.stop_class(120) is StopClass.UNSPECIFIED
    assert not alarmed.is_unassigned(at(10_800), 10_800)
    (said,) = events(chain((state, 0), (RUN, 10_800), reason="drive 17"), word(0, 10_800))
    (mapped,) = events(chain((state, 0), (RUN, 10_800), reason="drive 17"), mapped=OIL)
    assert [(one.is_unassigned(at(10_800), 120), one.stop_class(120)) for one in (said, mapped)] == [
        (False, StopClass.SPECIFIED)
    ] * 2


def test_a_stop_that_goes_on_waits_once_it_is_no_micro_stop() -> None:
    (open_,) = events(chain((STOP, 0)))
    assert [open_.is_unassigned(at(seconds), 120) for seconds in (4, 120, 121)] == [False, False, True]


def test_a_fault_somebody_put_in_words_is_a_fault_and_asks_nobody() -> None:
    (found,) = events([Stood(uuid4(), FAULT, at(0), at(500), StateSource.PERSON, "belt torn")])
    assert found.cause == Cause(CauseSource.PERSON, ReasonClass.FAILURE)
    assert not found.is_unassigned(at(500), 120)


def test_what_a_person_only_put_in_words_is_specified() -> None:
    said = Stood(uuid4(), STOP, at(0), at(10), StateSource.PERSON, "belt")
    (found,) = events([said])
    assert found.cause is not None
    assert (found.cause.source, found.cause.reason_class, found.first_out) == (
        CauseSource.PERSON,
        ReasonClass.OTHER,
        None,
    )


def test_short_runs_join_stops_before_short_stops_go() -> None:
    stretches = chain((RUN, 0), (STOP, 10), (RUN, 11), (STOP, 12), (RUN, 20), (STOP, 30), (RUN, 31))
    smooth = smoothed(stretches, 2, 5)
    assert [s.state for s in smooth] == [RUN, STOP, STOP, STOP, RUN, RUN, RUN]
    assert spans(events(smooth)) == [(10, 20)]


def test_a_short_run_in_a_stop_that_a_person_put_in_words_has_their_words_and_no_alarm() -> None:
    lunch, run, stop = chain((STOP, 0), (RUN, 100), (STOP, 110), is_open=False)
    smooth = smoothed([replace(lunch, source=StateSource.PERSON, reason="lunch"), run, stop], 20, 0)
    found = events(smooth, mapped=OIL)
    assert [one.cause and one.cause.source for one in found] == [CauseSource.PERSON, None]
    assert spans(found) == [(0, 110), (110, 210)]
    assert {one.first_out for one in found} == {None}


@given(CHAINS, WORDS)
def test_a_stop_needs_its_own_words_alone(stretches: list[Stood], words: list[Word]) -> None:
    found, handed = list(stops(stretches)), 0
    for stop, own in with_own_words(found, words):
        derived = [downtimes(stop, given, lambda _alarm, _at: OIL, CLASSES.__getitem__) for given in (own, words)]
        assert derived[0] == derived[1]
        handed += len(own)
    assert handed <= len(words) + 2 * len(found), "one may reach over both borders of a stop"


def alarmed(*said: tuple[MachineState, float], alarm: str) -> list[Stood]:
    """Only what is a fault tells the alarm: a reset ends it."""
    return [replace(one, reason=alarm if one.state is FAULT else None) for one in chain(*said)]


def test_a_reset_does_not_end_what_the_alarm_was_about() -> None:
    stretches = alarmed((RUN, 0), (STOP, 20), (FAULT, 30), (STOP, 60), (RUN, 7260), alarm="drive 17")
    (found,) = events(stretches, mapped=OIL)
    assert (spans([found]), found.states) == ([(20, 7260)], (STOP, FAULT, STOP))
    assert found.cause == Cause(CauseSource.ALARM, ReasonClass.FAILURE, OIL)
    assert not found.asks
    parts = events(stretches, word(500, 7260, None), mapped=OIL)
    assert [(one.cause, one.machine_reason_id) for one in parts] == [(found.cause, OIL)] * 2, "a cut says nothing"
    said = events(stretches, word(500, 7260), mapped=OIL)
    assert [(one.cause and one.cause.reason_id) for one in said] == [OIL, JAM]
    of_person = events(stretches, word(30, 60), mapped=OIL)
    assert [one.cause and one.cause.reason_id for one in of_person] == [None, JAM, None], "it was not the alarm"


def test_something_else_that_is_told_ends_the_cause_of_an_alarm() -> None:
    setup = MachineState.SETUP
    stretches = alarmed((FAULT, 0), (STOP, 30), (setup, 100), (STOP, 200), (RUN, 300), alarm="drive 17")
    assert spans(events(stretches, mapped=OIL)) == [(0, 100), (100, 200), (200, 300)]
    other = [replace(one, reason="door") if one.started_at == at(30) else one for one in stretches]
    found = [
        one
        for stop in stops(other)
        for one in downtimes(stop, (), lambda alarm, _at: OIL if alarm == "drive 17" else None, CLASSES.__getitem__)
    ]
    assert spans(found) == [(0, 30), (30, 200), (200, 300)], "an alarm of its own that is mapped to nothing"
    assert spans(events(stretches)) == [(0, 30), (30, 200), (200, 300)], "a fault without a reason has none to keep"
