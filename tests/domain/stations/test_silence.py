"""People are told of each silence that lasts, once, and never twice in an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from unison_domain.stations.silence import TOLD_AGAIN_AFTER, Silence

BEGAN = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LASTS = timedelta(minutes=1)
HEARD = st.lists(st.tuples(st.integers(1, 5000), st.booleans()), max_size=60)
"""Seconds since it was heard of before, and whether it was silent."""


def told_at(heard: list[tuple[int, bool]], after: timedelta = LASTS) -> tuple[list[datetime], Silence, datetime]:
    """When people are told, what is known in the end and when that is."""
    silence, now, told = Silence(), BEGAN, []
    for seconds, is_silent in heard:
        now += timedelta(seconds=seconds)
        silence = silence.heard(now, is_silent=is_silent)
        if silence.is_due(now, after):
            silence = silence.told(now)
            told.append(now)
    return told, silence, now


@given(HEARD)
def test_nobody_is_told_twice_in_an_hour(heard: list[tuple[int, bool]]) -> None:
    told, _, _ = told_at(heard)
    assert all(after - before >= TOLD_AGAIN_AFTER for before, after in pairwise(told))


@given(HEARD)
def test_what_is_silent_for_good_is_told_of_when_the_hour_is_over(heard: list[tuple[int, bool]]) -> None:
    _, silence, now = told_at(heard)
    dead = silence.heard(now, is_silent=True)
    assert dead.is_told or dead.is_due(now + TOLD_AGAIN_AFTER, LASTS)


@given(HEARD, st.integers(1, 5000))
def test_a_silence_is_told_once_however_long_it_lasts(heard: list[tuple[int, bool]], seconds: int) -> None:
    told, _, _ = told_at([*heard, (1, False), *[(seconds, True)] * 20])
    before, _, ended = told_at([*heard, (1, False)])
    assert told[: len(before)] == before
    assert len([moment for moment in told if moment > ended]) <= 1


@given(HEARD)
def test_what_answers_is_told_of_by_nobody(heard: list[tuple[int, bool]]) -> None:
    _, silence, now = told_at([*heard, (1, False)])
    assert not silence.is_due(now + timedelta(days=1))


def test_what_comes_back_within_its_time_is_not_told() -> None:
    assert told_at([(1, True), (59, True), (1, False)])[0] == []
    assert told_at([(1, True), (60, True)])[0] == [BEGAN + timedelta(seconds=61)]


def test_what_a_wrong_clock_noted_in_the_future_hushes_nothing() -> None:
    ahead = BEGAN + timedelta(days=400)
    assert Silence(since=BEGAN, told_at=ahead).is_due(BEGAN + LASTS, LASTS)
    assert Silence(since=ahead).is_due(BEGAN, LASTS)
