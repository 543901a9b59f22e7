"""Laws and cases of downtime events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.contracts import MachineState, StateSource, StopClass
from unison_domain.machines.downtime import Downtime, Stood, Word, downtimes, rest_id, smoothed, stops
from unison_domain.machines.downtime_contracts import CauseSource
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
        one for stop in stops(stretches) for one in downtimes(stop, words, lambda _alarm: mapped, CLASSES.__getitem__)
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


def test_the_button_pressed_within_the_stop_explains_its_beginning() -> None:
    found = events(chain((STOP, 0), (RUN, 100)), said := word(40, 100))
    assert (spans(found), found[0].word) == ([(0, 100)], said)


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
