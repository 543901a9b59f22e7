"""Samples wait for company, the rest is durable at once, and a refusing disk costs only samples, which are told."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from unison_station.store import GroupCommit, Limits, Store, StoreFull
from unison_station.uplink.composing import chain

from tests.station_agent.store.making import Pc, counted, sample, samples, store_in
from tests.station_agent.store.test_crash import counts, everything


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


class Commits:
    """Counts the commits of a store."""

    def __init__(self, store: Store) -> None:
        self.number = 0
        store.listen(self._count)

    def _count(self, urgent: bool) -> None:
        self.number += 1


def test_samples_are_gathered_and_anything_else_takes_them_along(tmp_path: Path) -> None:
    with store_in(tmp_path) as store, GroupCommit(store) as group:
        commits = Commits(store)
        for value in range(5):
            group.add([sample(float(value))], {"seen": b"%d" % value})
        group.add([counted(1)], {"counter": b"1"})
        assert commits.number == 1
        assert [event["kind"] for event in everything(store)] == ["sample"] * 5 + ["counted"]
        assert store.load_state() == {"seen": b"4", "counter": b"1"}


def test_samples_alone_are_durable_after_a_moment(tmp_path: Path) -> None:
    with store_in(tmp_path) as store, GroupCommit(store) as group:
        commits = Commits(store)
        group.add(samples(3))
        wait_for(lambda: store.outgoing.depth == 3)
        group.add([], {"seen": b"1"})
        wait_for(lambda: store.load_state() == {"seen": b"1"})
        assert commits.number == 2


def test_two_hundred_rows_do_not_wait(tmp_path: Path) -> None:
    with store_in(tmp_path) as store, GroupCommit(store) as group:
        group.add(samples(200))
        assert store.outgoing.depth == 200


def test_what_waits_is_committed_at_the_end(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        with GroupCommit(store) as group:
            group.add(samples(3))
        assert store.outgoing.depth == 3


def test_a_full_buffer_refuses_counts_and_tells_lost_samples(tmp_path: Path) -> None:
    limits = Limits(max_bytes=300 << 10, min_free_bytes=0, ballast_bytes=0)
    with store_in(tmp_path, limits) as store, GroupCommit(store) as group:
        number = fill(group)
        group.add(samples(7), {"seen": b"7"})
        with pytest.raises(StoreFull):
            group.add([counted(number + 1)], {"counter": b"wrong"})
        assert "is full" in str(group.problem)
        rows = store.outgoing.pending()
        store.outgoing.acknowledge(chain(store.outgoing.cursor, rows, rows[-1].seq))
        group.add([counted(number + 1)], {"counter": b"%d" % (number + 1)})
        assert group.problem is None
        gap, last = everything(store)[-2:]
        assert (gap["kind"], gap["lost"], last["raw_to"]) == ("gap", {"sample": 7}, number + 1)
        assert store.load_state() == {"counter": b"%d" % (number + 1), "seen": b"7"}
        assert counts(store)[-1] == number + 1


def test_states_without_events_lose_nothing_on_a_nearly_full_disk(tmp_path: Path) -> None:
    with store_in(tmp_path, Limits(min_free_bytes=1 << 62, ballast_bytes=0)) as store, GroupCommit(store) as group:
        assert not store.takes_samples
        group.add([], {"seen": b"1"})
        group.flush()
        group.add([sample(1.0)])
        group.flush()
        assert store.load_state() == {"seen": b"1"}
        assert [(event["kind"], event["lost"]) for event in everything(store)] == [("gap", {"sample": 1})]


def fill(group: GroupCommit) -> int:
    """Add counts until they are refused; returns the last that was taken."""
    number = 0
    try:
        while number < 100_000:
            taken = number + 20
            group.add([counted(n) for n in range(number + 1, taken + 1)], {"counter": b"%d" % taken})
            number = taken
    except StoreFull:
        return number
    raise AssertionError("it was never refused")


def test_a_full_buffer_is_tried_again_without_being_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_station.store.group_commit.RETRY_SECONDS", 0.01)
    with store_in(tmp_path) as store, GroupCommit(store) as group:
        broken = [True]
        commit = store.commit

        def refuse(*arguments: object) -> range:
            if broken[0]:
                raise StoreFull("as the test wants")
            return commit(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(store, "commit", refuse)
        group.add(samples(3))
        wait_for(lambda: group.problem is not None)
        group.add(samples(4))
        broken[0] = False
        wait_for(lambda: group.problem is None)
        assert [event["kind"] for event in everything(store)] == ["sample"] * 3 + ["gap"]


def test_many_threads_keep_their_own_order(tmp_path: Path) -> None:
    def work(lane: int) -> None:
        for number in range(60):
            group.add([sample(0.0), counted(lane * 1000 + number)])

    with store_in(tmp_path) as store, GroupCommit(store) as group:
        lanes = [Thread(target=work, args=(lane,)) for lane in range(4)]
        for thread in lanes:
            thread.start()
        for thread in lanes:
            thread.join()
        produced = counts(store)
        assert len(produced) == 240
        for lane in range(4):
            own = [number for number in produced if number // 1000 == lane]
            assert own == sorted(own)


def test_losses_that_go_on_are_told_once_a_minute_and_when_they_end(tmp_path: Path) -> None:
    pc = Pc()
    with store_in(tmp_path, Limits(min_free_bytes=1 << 62, ballast_bytes=0), pc) as store, GroupCommit(store) as group:
        for number in range(1, 151):
            group.add(samples(2))
            group.add([counted(number)])
            pc.pass_seconds(1)
        assert lost_by_gaps(store) == [2, 120, 120]
        store._limits = Limits(min_free_bytes=0, ballast_bytes=0)
        group.add([sample(1.0), counted(151)])
        assert lost_by_gaps(store) == [2, 120, 120, 58]
        assert counts(store) == list(range(1, 152))


def test_samples_that_come_with_a_count_are_not_taken_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> range:
        raise StoreFull("as the test wants")

    with store_in(tmp_path, Limits(min_free_bytes=1 << 62, ballast_bytes=0)) as store, GroupCommit(store) as group:
        with monkeypatch.context() as patched:
            patched.setattr(store, "commit", refuse)
            with pytest.raises(StoreFull):
                group.add([sample(1.0), counted(1)])
        group.add([sample(1.0), counted(1)])
        assert [event["kind"] for event in everything(store)] == ["gap", "counted"]
        assert lost_by_gaps(store) == [1], "once, though it came twice"


def test_a_kill_loses_no_count_of_what_was_lost(tmp_path: Path) -> None:
    scarce = Limits(min_free_bytes=1 << 62, ballast_bytes=0)
    with store_in(tmp_path, scarce, Pc()) as store:
        group = GroupCommit(store)
        for number in range(1, 4):
            group.add(samples(5))
            group.add([counted(number)])
    with store_in(tmp_path, scarce, Pc()) as store, GroupCommit(store) as group:
        group.add([counted(4)])
        assert lost_by_gaps(store) == [5, 10]


def lost_by_gaps(store: Store) -> list[int]:
    return [event["lost"]["sample"] for event in everything(store) if event["kind"] == "gap"]
