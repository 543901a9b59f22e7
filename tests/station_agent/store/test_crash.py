"""Kill -9, a cut log, a corrupt file: what was durable stays, nothing is doubled, the rest is told."""

from __future__ import annotations

import itertools
import random
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from unison_domain.stations.batch import Rejected
from unison_domain.stations.events import Gap
from unison_domain.stations.tail_hash import Checkpoint
from unison_station.store import Store, StoreUnavailable
from unison_station.store.recovery import make_sound
from unison_station.uplink.composing import chain

from tests.station_agent.store import killed
from tests.station_agent.store.making import ROOMY, START, Pc, counted, samples, store_in
from tests.station_agent.waiting import until
from tests.station_agent.warm import Child

BUFFER = "buffer.sqlite"
MOST_ROUNDS = 40


def everything(store: Store) -> list[dict[str, Any]]:
    rows = store.outgoing.pending(max_events=10**6, max_bytes=1 << 40)
    return [{"seq": row.seq, **orjson.loads(row.body)} for row in rows]


def counts(store: Store) -> list[int]:
    return [event["raw_to"] for event in everything(store) if event["kind"] == "counted"]


def test_kill_9_at_random_loses_and_doubles_nothing(tmp_path: Path) -> None:
    promised = 0
    for round_ in itertools.count():
        with Child(tmp_path / f"said-{round_}", killed.main, tmp_path) as child:
            until(lambda: bool(child.lines))
            time.sleep(random.Random(round_).uniform(0.0, 0.15))
            child.end(signal.SIGKILL)
        promised = max([promised, *map(int, child.lines)])
        with store_in(tmp_path) as store:
            assert not store.opening.clean_stop
            produced = counts(store)
            assert produced == list(range(1, len(produced) + 1))
            assert len(produced) >= promised
            assert int(store.load_state()["counter"]) == len(produced)
            assert [event["seq"] for event in everything(store)] == list(range(1, store.outgoing.depth + 1))
        if round_ >= 5 and promised > 50:
            break
        assert round_ < MOST_ROUNDS


def test_a_log_cut_at_any_byte_leaves_whole_commits(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    store = store_in(whole)
    for number in range(1, 41):
        store.commit([counted(number), *samples(2)], {"counter": b"%d" % number})
    copied = tmp_path / "copied"
    copied.mkdir()
    shutil.copy(whole / BUFFER, copied / BUFFER)
    log = (whole / f"{BUFFER}-wal").read_bytes()
    store.close()
    rng = random.Random(1)
    cuts = [0, 1, 31, 32, 33, *(rng.randrange(len(log)) for _ in range(60)), len(log) - 1, len(log)]
    reached = []
    for number, cut in enumerate(cuts):
        folder = tmp_path / f"cut-{number}"
        shutil.copytree(copied, folder)
        (folder / f"{BUFFER}-wal").write_bytes(log[:cut])
        with store_in(folder) as reopened:
            produced = counts(reopened)
            assert produced == list(range(1, len(produced) + 1))
            assert int(reopened.load_state().get("counter", b"0")) == len(produced)
            assert len(everything(reopened)) == 3 * len(produced)
            reached.append(len(produced))
    assert (reached[0], reached[-1]) == (0, 40)
    assert len(set(reached)) > 10


def test_a_copy_taken_while_running_is_sound(tmp_path: Path) -> None:
    with store_in(tmp_path / "running") as store:
        for number in range(1, 101):
            store.commit([counted(number)], {"counter": b"%d" % number})
            if number % 20 == 0:
                copy = tmp_path / f"copy-{number}"
                copy.mkdir()
                for name in (BUFFER, f"{BUFFER}-wal"):
                    shutil.copy(tmp_path / "running" / name, copy / name)
                with store_in(copy) as copied:
                    assert counts(copied) == list(range(1, number + 1))


def filled(folder: Path, pc: Pc) -> None:
    """A buffer of 3,000 counts, the first 500 acknowledged, written back into one file."""
    with store_in(folder, pc=pc) as store:
        for begin in range(1, 3001, 100):
            store.commit([counted(n) for n in range(begin, begin + 100)], {"counter": b"%d" % (begin + 99)})
        rows = store.outgoing.pending()
        store.outgoing.acknowledge(chain(store.outgoing.cursor, rows, rows[-1].seq))


def spoil(path: Path, page: int, size: int = 4096) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(random.Random(page).randbytes(size))


def test_a_corrupt_buffer_is_set_aside_and_recovered_in_order(tmp_path: Path) -> None:
    pc = Pc()
    filled(tmp_path, pc)
    path = tmp_path / BUFFER
    with sqlite3.connect(path) as connection:
        (epoch,) = connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
    total = path.stat().st_size // 4096
    spoil(path, total // 2)
    with store_in(tmp_path, pc=pc) as store:
        recovered = counts(store)
        assert recovered == sorted(set(recovered))
        assert recovered[0] == 501
        assert recovered[-1] == 3000
        assert 2400 < len(recovered) < 2500
        assert store.outgoing.epoch != epoch
        assert store.load_state() == {"counter": b"3000"}
        assert store.opening.recovered is not None
        *events, gap = everything(store)
        told = Gap.model_validate(gap)
        assert (told.reason, told.lost) == ("buffer_corrupt", {"unreadable": 2500 - len(recovered)})
        assert events[0]["recovered_from"] == [[epoch, 501]]
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert (tmp_path / "buffer.sqlite.corrupt-20261120T060000Z").stat().st_size == total * 4096
    with store_in(tmp_path, pc=pc) as store:
        assert store.opening.recovered is None


def test_a_corrupt_buffer_is_set_aside_untouched_with_its_log(tmp_path: Path) -> None:
    filled(tmp_path / "whole", Pc())
    store = store_in(tmp_path / "whole")
    store.commit([counted(n) for n in range(3001, 3041)])
    folder = tmp_path / "agent"
    folder.mkdir()
    for name in (BUFFER, f"{BUFFER}-wal"):
        shutil.copy(tmp_path / "whole" / name, folder / name)
    store.close()
    spoil(folder / BUFFER, (folder / BUFFER).stat().st_size // 4096 // 2)
    found = {suffix: (folder / f"{BUFFER}{suffix}").read_bytes() for suffix in ("", "-wal")}
    with store_in(folder, pc=Pc()) as store:
        assert counts(store)[-1] == 3040, "the log is part of what is readable"
    aside = folder / f"{BUFFER}.corrupt-20261120T060000Z"
    assert {suffix: aside.with_name(aside.name + suffix).read_bytes() for suffix in found} == found


def test_dead_letters_of_a_corrupt_buffer_go_out_again_unless_somebody_decided(tmp_path: Path) -> None:
    pc = Pc()
    filled(tmp_path, pc)
    with store_in(tmp_path, pc=pc) as store:
        through = chain(store.outgoing.cursor, store.outgoing.pending(), 503)
        store.outgoing.acknowledge(through, [Rejected(seq=seq, code="odd", message="odd") for seq in (501, 502, 503)])
        store.outgoing.refuse(Rejected(seq=504, code="odd", message="odd"))
        assert (store.dead_letters.discard([502], "seen"), store.dead_letters.retry([503])) == (1, 1)
    path = tmp_path / BUFFER
    spoil(path, path.stat().st_size // 4096 // 2)
    with store_in(tmp_path, pc=pc) as store:
        first, second, third, *others, last, _ = everything(store)
        assert [event["raw_to"] for event in (first, second, third)] == [501, 504, 505]
        assert ["recovered_from" in event for event in (first, second, third)] == [False, False, True]
        assert last["raw_to"] == 503, "what was sent again is once here"
        assert not {502, 503, 504} & {event.get("raw_to") for event in others}
        assert [event["reason"] for event in others if event["kind"] == "gap"] == ["discarded"]


def test_events_that_are_recovered_twice_tell_both_places(tmp_path: Path) -> None:
    pc = Pc()
    filled(tmp_path, pc)
    path = tmp_path / BUFFER
    epochs = []
    for _ in range(2):
        with store_in(tmp_path, pc=pc) as store:
            epochs.append(str(store.outgoing.epoch))
        spoil(path, path.stat().st_size // 4096 // 2)
    with store_in(tmp_path, pc=pc) as store:
        first = everything(store)[0]
        assert (first["seq"], first["raw_to"]) == (1, 501)
        assert first["recovered_from"] == [[epochs[0], 501], [epochs[1], 1]]
    kept = sorted(tmp_path.glob("*.corrupt-*[!lm]"))
    assert len(kept) == 2, "also when it happens twice within one second"


@pytest.mark.parametrize("content", [b"", b"no database at all" * 1000])
def test_a_file_that_is_no_database_gives_way_to_a_new_buffer(tmp_path: Path, content: bytes) -> None:
    (tmp_path / BUFFER).write_bytes(content)
    with store_in(tmp_path) as store:
        (gap,) = everything(store)
        assert (gap["lost"], gap["is_counted"]) == ({"unreadable": 0}, False)
        assert len(store.commit(samples(2))) == 2


@pytest.mark.parametrize("is_there", [True, False])
def test_a_buffer_that_a_power_cut_left_empty_or_took_away_is_told(tmp_path: Path, is_there: bool) -> None:
    filled(tmp_path, Pc())
    (tmp_path / BUFFER).unlink()
    if is_there:
        (tmp_path / BUFFER).touch()
    with store_in(tmp_path, pc=Pc()) as store:
        (gap,) = everything(store)
        assert (gap["reason"], gap["lost"], gap["is_counted"]) == ("buffer_corrupt", {"unreadable": 0}, False)
        assert gap["message"] == "0 events of the corrupt buffer were readable; how many were not is not known"
    with store_in(tmp_path, pc=Pc()) as store:
        assert store.opening.recovered is None


def test_a_new_buffer_appears_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that is killed before leaves none, so that the next one makes it and tells nothing."""

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("unison_station.store.recovery.prepare", cut)
        with pytest.raises(KeyboardInterrupt):
            store_in(tmp_path)
    assert not (tmp_path / BUFFER).exists()
    with store_in(tmp_path) as store:
        assert (store.opening.recovered, store.outgoing.depth) == (None, 0)
        assert sorted(path.name for path in tmp_path.glob("*.building*")) == []


def test_the_epoch_outlives_the_buffer(tmp_path: Path) -> None:
    """So the server knows which events it had, also where the buffer can't say under which epoch they were sent."""
    filled(tmp_path, Pc())
    with store_in(tmp_path, pc=Pc()) as store:
        store.outgoing.belong_to("one")
        store.outgoing.belong_to("two")
        epoch = str(store.outgoing.epoch)
        roots = dict(store._database.rows("SELECT name, rootpage FROM sqlite_master"))
    for table in ("meta", "checkpoints"):
        spoil(tmp_path / BUFFER, roots[table])
    with store_in(tmp_path, pc=Pc()) as store:
        assert everything(store)[0]["recovered_from"] == [[epoch, 501]]


def test_random_damage_never_stops_the_agent(tmp_path: Path) -> None:
    filled(tmp_path / "sound", Pc())
    size = (tmp_path / "sound" / BUFFER).stat().st_size
    for seed in range(12):
        rng = random.Random(seed)
        folder = tmp_path / f"damaged-{seed}"
        shutil.copytree(tmp_path / "sound", folder)
        with (folder / BUFFER).open("r+b") as file:
            for _ in range(rng.randint(1, 4)):
                file.seek(rng.randrange(size))
                file.write(rng.randbytes(rng.randint(1, 6000)))
            file.truncate(size)
        with store_in(folder) as store:
            produced = counts(store)
            assert produced == sorted(set(produced))
            assert len(store.commit(samples(2))) == 2


def test_a_recovery_that_is_killed_is_done_again(tmp_path: Path) -> None:
    filled(tmp_path, Pc())
    path = tmp_path / BUFFER
    spoil(path, path.stat().st_size // 4096 // 2)
    (tmp_path / f"{BUFFER}.building").write_bytes(b"half of a file")
    (tmp_path / f"{BUFFER}.building-wal").write_bytes(b"half of a log")
    with store_in(tmp_path) as store:
        assert len(counts(store)) > 2400


def test_a_recovery_that_is_killed_while_moving_in_is_finished(tmp_path: Path) -> None:
    filled(tmp_path / "new", Pc())
    folder = tmp_path / "agent"
    folder.mkdir()
    (tmp_path / "new" / BUFFER).rename(folder / f"{BUFFER}.recovered")
    (folder / f"{BUFFER}-wal").write_bytes(b"a log of the corrupt file that must not be replayed" * 100)
    with store_in(folder) as store:
        assert len(counts(store)) == 2500
    assert not (folder / f"{BUFFER}.recovered").exists()


def test_a_file_that_can_not_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / BUFFER).mkdir()
    with pytest.raises(StoreUnavailable, match="check the disk and its permissions"):
        make_sound(tmp_path / BUFFER, ROOMY, 0.0)


def test_the_chain_goes_on_after_a_crash_between_two_acknowledgements(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.commit([counted(n) for n in range(1, 11)])
    reached = chain(store.outgoing.cursor, store.outgoing.pending(), 4)
    store.outgoing.acknowledge(reached)
    store.close(clean=False)
    with store_in(tmp_path) as store:
        assert store.outgoing.cursor == reached
        assert isinstance(reached, Checkpoint)
        assert counts(store) == list(range(5, 11))


def break_body(folder: Path, sequence: int, body: bytes = b"\0" * 80) -> None:
    """Damage within a row, which SQLite takes for sound."""
    with closing(sqlite3.connect(folder / BUFFER, isolation_level=None)) as connection:
        connection.execute("UPDATE outbox SET body = ? WHERE seq = ?", (body, sequence))


@pytest.mark.parametrize("body", [b"\0" * 80, b"[1]", b'{"kind":"counted","at":"2026-13-01T00:00:00Z"}', b'{"at":"'])
def test_an_unsent_event_that_broke_in_its_row_is_counted_lost_and_told(tmp_path: Path, body: bytes) -> None:
    for sequence, number in ((3000, 2499), (700, 2499)):
        folder = tmp_path / str(sequence)
        filled(folder, Pc())
        break_body(folder, sequence, body)
        with store_in(folder, pc=Pc()) as store:
            assert len(counts(store)) == number
            gap = everything(store)[-1]
            assert (gap["reason"], gap["lost"], gap["is_counted"]) == ("buffer_corrupt", {"unreadable": 1}, True)
            assert store.outgoing.oldest_at is not None


def test_an_event_the_server_has_may_break_without_stopping_anything(tmp_path: Path) -> None:
    with store_in(tmp_path, pc=Pc()) as store:
        store.commit([counted(number) for number in range(1, 6)])
        store.outgoing.acknowledge(chain(store.outgoing.cursor, store.outgoing.pending(), 5))
    break_body(tmp_path, 5)
    with store_in(tmp_path, pc=Pc()) as store:
        assert store.opening.recovered is None
        store.outgoing.rewind(1)
        assert (store.outgoing.depth, store.outgoing.pending()[-1].moment) == (5, None)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM meta WHERE key = 'epoch'",
        "UPDATE meta SET value = 'zz' WHERE key = 'epoch'",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = 1234567",
        "DROP TABLE dead",
        "UPDATE outbox SET kind = CAST(x'ff' AS TEXT) WHERE seq = 900",
    ],
)
def test_a_buffer_that_lacks_what_makes_it_one_is_recovered(tmp_path: Path, statement: str) -> None:
    filled(tmp_path, Pc())
    with closing(sqlite3.connect(tmp_path / BUFFER, isolation_level=None)) as connection:
        connection.execute(statement)
    with store_in(tmp_path, pc=Pc()) as store:
        assert store.opening.recovered is not None
        assert len(counts(store)) in (2499, 2500)
        assert store.outgoing.epoch


def test_damaged_memory_is_handed_over_as_it_is(tmp_path: Path) -> None:
    pc = Pc()
    with store_in(tmp_path, pc=pc) as store:
        store.commit([counted(1)], {"tag": b'{"at":"2026-99-20T06:00:00Z"}'})
    pc.reboot(START + timedelta(hours=1))
    with store_in(tmp_path, pc=pc) as store:
        assert store.load_state()["tag"] == b'{"at":"2026-99-20T06:00:00Z"}'


def test_a_letter_that_broke_hinders_no_other(tmp_path: Path) -> None:
    with store_in(tmp_path, pc=Pc()) as store:
        store.commit([counted(1), counted(2), counted(3)])
        for sequence in (1, 2):
            store.outgoing.refuse(Rejected(seq=sequence, code="odd", message="odd"))
        with store._database.writing() as connection:
            connection.execute("UPDATE outbox SET body = ? WHERE seq = 1", (b'{"v":1,\xff',))
        lines = [orjson.loads(letter.line()) for letter in store.dead_letters.list()]
        assert lines[0]["event"] == {"kind": "counted", "damaged": '{"v":1,\\xff'}
        assert lines[1]["event"]["raw_to"] == 2
        assert store.dead_letters.retry([1, 2]) == 1
        assert store.dead_letters.discard([1], "seen") == 1
        assert store.dead_letters.count() == 0
