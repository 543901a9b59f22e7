"""Committing, sending on, refusing and taking back."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from unison_domain.stations.batch import Rejected
from unison_domain.stations.tail_hash import BEGINNING, Checkpoint, next_hash
from unison_station.store import Limits, Store, StoreInUse, StoreTooNew
from unison_station.store.outgoing import SEQUENCE_BYTES
from unison_station.store.schema import VERSION, prepare

from tests.station_agent.store.making import ROOMY, Pc, counted, sample, samples, store_in


def sequences(store: Store) -> list[int]:
    return [row.seq for row in store.outgoing.pending()]


def checkpoint_at(store: Store, sequence: int) -> Checkpoint:
    digest = store.outgoing.cursor.hash
    for row in store.outgoing.pending():
        if row.seq <= sequence:
            digest = next_hash(digest, row.seq, row.kind, row.stamped_at)
    return Checkpoint(sequence, digest)


def test_events_and_state_come_back_together_after_a_restart(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        assert store.commit([counted(1), sample(2.5)], {"machine:a": b"one"}) == range(1, 3)
        assert store.commit([counted(2)], {"machine:a": b"two", "machine:b": b"x"}) == range(3, 4)
    with store_in(tmp_path) as store:
        assert sequences(store) == [1, 2, 3]
        assert store.load_state() == {"machine:a": b"two", "machine:b": b"x"}
        assert store.opening.clean_stop
        assert orjson.loads(store.outgoing.pending()[1].body)["value"] == 2.5


def test_a_kind_waits_however_much_waits_before_it_and_after_a_restart_or_a_rewind(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.commit([*samples(600), counted(1), sample()])
        assert store.outgoing.waits(["counted"])
        assert not store.outgoing.waits(["call_changed"])
        store.outgoing.acknowledge(Checkpoint(600, "x"))
        assert store.outgoing.waits(["call_changed", "counted"])
    with store_in(tmp_path) as store:
        assert store.outgoing.waits(["counted"])
        store.outgoing.acknowledge(Checkpoint(601, "y"))
        store.outgoing.acknowledge(Checkpoint(602, "z"))
        assert not store.outgoing.waits(["counted"])
        store.commit([counted(2), sample()])
        store.outgoing.acknowledge(Checkpoint(603, "a"))
        assert not store.outgoing.waits(["counted"]), "a sample behind it is no word"
        store.outgoing.rewind(603)
        assert store.outgoing.waits(["counted"])


def test_a_stop_out_of_order_is_told(tmp_path: Path) -> None:
    store_in(tmp_path).close(clean=False)
    with store_in(tmp_path) as store:
        assert not store.opening.clean_stop


def test_two_agents_on_one_folder_are_refused(tmp_path: Path) -> None:
    with store_in(tmp_path), pytest.raises(StoreInUse, match="another agent runs on"):
        store_in(tmp_path)


def test_only_the_owner_reads_the_buffer(tmp_path: Path) -> None:
    with store_in(tmp_path / "agent") as store:
        store.commit(samples(1))
        modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "agent").glob("buffer*")}
        assert set(modes.values()) == {0}
        assert "buffer.sqlite-wal" in modes


def test_a_batch_is_limited_by_events_and_bytes_but_never_empty(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.commit(samples(10))
        size = len(store.outgoing.pending()[0].body)
        assert len(store.outgoing.pending(max_events=3)) == 3
        assert len(store.outgoing.pending(max_bytes=(size + SEQUENCE_BYTES) * 4)) == 4
        assert len(store.outgoing.pending(max_bytes=1)) == 1


def test_what_is_acknowledged_is_not_sent_again_and_survives_a_restart(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.commit(samples(5))
        reached = checkpoint_at(store, 3)
        store.outgoing.acknowledge(reached)
        assert (sequences(store), store.outgoing.depth) == ([4, 5], 2)
    with store_in(tmp_path) as store:
        assert (sequences(store), store.outgoing.depth, store.outgoing.cursor) == ([4, 5], 2, reached)


def test_numbers_go_on_when_every_row_is_gone(tmp_path: Path) -> None:
    pc = Pc()
    with store_in(tmp_path, pc=pc) as store:
        store.commit(samples(5))
        store.outgoing.acknowledge(checkpoint_at(store, 5))
        pc.pass_seconds(15 * 86_400)
        store.maintain()
    with store_in(tmp_path, pc=pc) as store:
        assert store.commit([sample()]) == range(6, 7)


def test_acknowledged_events_stay_fourteen_days(tmp_path: Path) -> None:
    pc = Pc()
    with store_in(tmp_path, pc=pc) as store:
        store.timeline.learn(pc.wall() - pc.monotonic())
        store.commit(samples(5))
        store.outgoing.acknowledge(checkpoint_at(store, 5))
        pc.pass_seconds(13 * 86_400)
        store.maintain()
        store.outgoing.rewind(1)
        assert sequences(store) == [1, 2, 3, 4, 5]
        store.outgoing.acknowledge(checkpoint_at(store, 5))
        pc.pass_seconds(15 * 86_400)
        store.maintain()
        before = store.outgoing.epoch
        store.outgoing.rewind(1)
        (gap,) = store.outgoing.pending()
        assert (gap.kind, orjson.loads(gap.body)["lost"]) == ("gap", {"forgotten": 5})
        assert store.outgoing.epoch != before, "the chain over what is forgotten can't be told any more"


def test_a_rewind_knows_the_chain_also_between_two_acknowledgements(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.commit(samples(10))
        at_four = checkpoint_at(store, 4)
        store.outgoing.acknowledge(checkpoint_at(store, 2))
        store.outgoing.acknowledge(checkpoint_at(store, 10), [Rejected(seq=3, code="bad", message="no such tag")])
        store.outgoing.rewind(5)
        assert store.outgoing.cursor == at_four
        assert (sequences(store), store.outgoing.depth) == ([5, 6, 7, 8, 9, 10], 6)
        store.outgoing.rewind(1)
        assert store.outgoing.cursor == BEGINNING
        assert sequences(store) == [1, 2, 4, 5, 6, 7, 8, 9, 10]


def test_a_refused_event_waits_for_a_person(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.commit([counted(1), counted(2), counted(3)])
        store.outgoing.refuse(Rejected(seq=1, code="unknown_tag", message="no such tag"))
        assert (sequences(store), store.outgoing.depth, store.dead_letters.count()) == ([2, 3], 2, 1)
        (letter,) = store.dead_letters.list()
        line = orjson.loads(letter.line())
        assert (line["seq"], line["code"], line["event"]["raw_to"]) == (1, "unknown_tag", 1)
        assert store.dead_letters.retry([1]) == 1
        assert (sequences(store), store.outgoing.depth, store.dead_letters.count()) == ([2, 3, 4], 3, 0)
        assert store.dead_letters.retry([1]) == 0
        again = orjson.loads(store.outgoing.pending()[-1].body)
        assert (again["raw_to"], again["first_seq"]) == (1, 1), "it says where it stood"
        store.outgoing.refuse(Rejected(seq=4, code="unknown_tag", message="still no such tag"))
        assert store.dead_letters.retry([4]) == 1
        assert orjson.loads(store.outgoing.pending()[-1].body)["first_seq"] == 1


def test_a_discarded_letter_is_gone_from_the_list(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.commit([counted(1)])
        store.outgoing.acknowledge(checkpoint_at(store, 1), [Rejected(seq=1, code="bad", message="why")])
        assert (store.dead_letters.discard([1, 7], "a test part"), store.dead_letters.list()) == (1, [])
        (told,) = [orjson.loads(row.body) for row in store.outgoing.pending()]
        assert (told["kind"], told["reason"], told["lost"]) == ("gap", "discarded", {"counted": 1})
        assert told["message"] == "a test part"
        assert (store.dead_letters.discard([1], "again"), store.outgoing.depth) == (0, 1)


def test_waiting_letters_outlive_the_events_around_them(tmp_path: Path) -> None:
    pc = Pc()
    with store_in(tmp_path, pc=pc) as store:
        store.commit([counted(n) for n in range(1, 4)])
        store.outgoing.acknowledge(checkpoint_at(store, 3), [Rejected(seq=2, code="bad", message="why")])
        pc.pass_seconds(20 * 86_400)
        store.maintain()
        assert [letter.seq for letter in store.dead_letters.list()] == [2]


def test_a_new_identity_sends_only_what_the_old_one_did_not(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.commit(samples(5))
        store.outgoing.belong_to(str(UUID(int=1)))
        epoch = store.outgoing.epoch
        store.outgoing.acknowledge(checkpoint_at(store, 3))
        store.outgoing.belong_to(str(UUID(int=1)))
        assert (store.outgoing.epoch, store.outgoing.cursor.sequence) == (epoch, 3)
        store.outgoing.belong_to(str(UUID(int=2)))
        assert store.outgoing.epoch != epoch
        assert (store.outgoing.cursor, sequences(store), store.outgoing.depth) == (BEGINNING, [4, 5], 2)
        store.outgoing.rewind(1)
        assert sequences(store) == [4, 5]


def test_a_newer_buffer_is_left_alone(tmp_path: Path) -> None:
    store_in(tmp_path).close()
    with sqlite3.connect(tmp_path / "buffer.sqlite") as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreTooNew, match="install the newer agent again"):
        store_in(tmp_path)


def test_an_upgrade_keeps_the_backlog(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.commit(samples(700), {"machine:a": b"one"})
    connection = sqlite3.connect(tmp_path / "buffer.sqlite", isolation_level=None)
    step = "ALTER TABLE outbox ADD COLUMN lease INTEGER NOT NULL DEFAULT 7"
    prepare(connection, {VERSION: step}, VERSION + 1)
    assert connection.execute("SELECT count(*), max(seq), sum(lease) FROM outbox").fetchone() == (700, 700, 4900)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)
    connection.close()


def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path) -> None:
    store_in(tmp_path).close()
    connection = sqlite3.connect(tmp_path / "buffer.sqlite", isolation_level=None)
    broken = "ALTER TABLE outbox ADD COLUMN lease INTEGER; INSERT INTO nowhere VALUES (1)"
    with pytest.raises(sqlite3.OperationalError):
        prepare(connection, {VERSION: broken}, VERSION + 1)
    connection.close()
    with store_in(tmp_path) as store:
        assert store.commit([sample()]) == range(1, 2)


def test_listeners_hear_whether_a_commit_is_urgent(tmp_path: Path) -> None:
    heard: list[bool] = []
    with store_in(tmp_path) as store:
        store.listen(heard.append)
        store.commit(samples(3))
        store.commit([sample(), counted(1)])
        store.commit([], {"machine:a": b"x"})
    assert heard == [False, True, False]


def test_the_ballast_is_made_only_where_there_is_room(tmp_path: Path) -> None:
    with store_in(tmp_path / "roomy", Limits(min_free_bytes=0, ballast_bytes=1 << 20)):
        assert (tmp_path / "roomy" / "ballast").stat().st_size == 1 << 20
    with store_in(tmp_path / "tight", Limits(min_free_bytes=1 << 60, ballast_bytes=1 << 20)) as store:
        assert not (tmp_path / "tight" / "ballast").exists()
        assert not store.takes_samples


def test_the_oldest_unsent_stamp_is_known(tmp_path: Path) -> None:
    pc = Pc()
    with store_in(tmp_path, ROOMY, pc) as store:
        assert store.outgoing.oldest_at is None
        early = store.clock.now()
        store.commit([sample(1, early), sample(2, early + timedelta(seconds=5))])
        assert store.outgoing.oldest_at == early
