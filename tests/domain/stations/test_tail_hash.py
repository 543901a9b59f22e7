"""The chain compares equal histories in any batching, and tells forks."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from unison_domain.stations.tail_hash import BEGINNING, Checkpoint, Standing, standing, tail


def history(length: int, *, stamp: str = "2026-11-20T06:00:00Z", first: int = 1) -> list[dict[str, Any]]:
    return [{"seq": first + n, "kind": "sample", "at": stamp} for n in range(length)]


@given(st.integers(1, 60), st.lists(st.integers(1, 60), max_size=6))
def test_the_chain_does_not_depend_on_the_batching(length: int, cuts: list[int]) -> None:
    events = history(length)
    checkpoint, taken = BEGINNING, 0
    for cut in [*sorted(cut for cut in cuts if cut < length), length]:
        checkpoint, taken = tail(checkpoint, events[taken:cut]), cut
    assert checkpoint == tail(BEGINNING, events)


@given(st.integers(1, 40), st.integers(0, 39), st.integers(0, 40))
def test_a_batch_sent_again_is_repeated_and_may_reach_further(held: int, begins: int, further: int) -> None:
    events = history(held + further)
    begins = min(begins, held - 1)
    checkpoints = [tail(BEGINNING, events[:held])]
    again = standing(checkpoints, tail(BEGINNING, events[:begins]), events[begins:])
    assert again is Standing.REPEATED


@given(st.integers(1, 40), st.integers(0, 39), st.integers(0, 40))
def test_other_times_under_the_same_sequences_are_a_fork(held: int, begins: int, further: int) -> None:
    events = history(held)
    begins = min(begins, held - 1)
    other = history(held + further - begins, stamp="2026-11-20T06:00:01Z", first=begins + 1)
    checkpoints = [tail(BEGINNING, events)]
    assert standing(checkpoints, tail(BEGINNING, events[:begins]), other) is Standing.FORK


def test_a_fork_behind_the_newest_checkpoint_is_seen_before_it_is_reached() -> None:
    events = history(20)
    checkpoints = [tail(BEGINNING, events[:n]) for n in (5, 10, 15, 20)]
    other = history(5, stamp="2026-11-21T06:00:00Z", first=6)
    assert standing(checkpoints, checkpoints[0], other) is Standing.FORK


@given(st.integers(2, 40), st.integers(0, 38), st.integers(0, 38))
def test_an_earlier_shorter_try_that_comes_late_takes_nothing_and_is_no_fork(held: int, begins: int, more: int) -> None:
    events = history(held)
    begins = min(begins, held - 2)
    ends = min(begins + more, held - 1)
    checkpoints = [tail(BEGINNING, events[:n]) for n in (begins, held) if n]
    late = tail(BEGINNING, events[:begins]), events[begins:ends]
    assert standing(checkpoints, *late) is Standing.SHORT
    assert standing(checkpoints, *late, is_all=True) is Standing.FORK


def test_the_next_batch_must_know_the_hash_before_it() -> None:
    held = [tail(BEGINNING, history(3))]
    assert standing(held, held[0], history(2, first=4)) is Standing.NEXT
    assert standing(held, Checkpoint(3, "0" * 64), history(2, first=4)) is Standing.FORK


def test_a_server_that_lost_events_is_behind() -> None:
    assert standing([], tail(BEGINNING, history(3)), history(2, first=4)) is Standing.AHEAD


def test_a_corrected_time_keeps_the_chain() -> None:
    stamped = {"seq": 1, "kind": "sample", "at": "1970-01-01T00:00:09Z"}
    corrected = {"seq": 1, "kind": "sample", "at": "2026-11-20T06:00:09Z", "stamped_at": "1970-01-01T00:00:09Z"}
    assert tail(BEGINNING, [stamped]) == tail(BEGINNING, [corrected])
