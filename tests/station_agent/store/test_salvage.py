"""What is read of a file SQLite refuses: all that is there, in order, nothing else, and what is missing is told."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unison_station.store import Store
from unison_station.store.connection import connect
from unison_station.store.pages import LEAF, PageFile
from unison_station.store.salvage import Loss, Salvage
from unison_station.uplink.composing import chain

from tests.station_agent.store.making import ROOMY, Pc, counted, sample, store_in

BUFFER = "buffer.sqlite"
PAGE = 4096
MADE, TAKEN = 3000, 500

Damage = Callable[[bytearray], None]


class Told(NamedTuple):
    """What came of a recovery: the numbers of the parts in order, the events, and the gap."""

    parts: list[int]
    events: list[dict[str, Any]]
    gap: dict[str, Any]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A buffer of 3,000 counts, the first 500 acknowledged, the newest still in the log beside it."""
    folder, copy = tmp_path_factory.mktemp("sound"), tmp_path_factory.mktemp("copy")
    with store_in(folder, pc=Pc()) as store:
        for begin in range(1, MADE + 1, 100):
            store.commit([counted(n) for n in range(begin, begin + 100)], {"counter": b"%d" % (begin + 99)})
        rows = store.outgoing.pending()
        store.outgoing.acknowledge(chain(store.outgoing.cursor, rows, rows[-1].seq))
        with closing(connect(folder / BUFFER, ROOMY)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.commit([counted(n) for n in range(MADE + 1, MADE + 31)], {"counter": b"%d" % (MADE + 30)})
        for name in (BUFFER, f"{BUFFER}-wal"):
            shutil.copy(folder / name, copy / name)
    return copy


def root_of(path: Path, table: str = "outbox") -> int:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return int(page)


def recovered(sound: Path, folder: Path, damage: Damage, *, with_log: bool = False) -> Told:
    """Damage a copy and start on it; without its log the newest 30 counts were never made."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sound, folder)
    if not with_log:
        (folder / f"{BUFFER}-wal").unlink()
    content = bytearray((folder / BUFFER).read_bytes())
    damage(content)
    (folder / BUFFER).write_bytes(content)
    with store_in(folder, pc=Pc()) as store:
        events = [orjson.loads(row.body) for row in store.outgoing.pending(max_events=10**6, max_bytes=1 << 40)]
        gap = events.pop() if store.opening.recovered else {"lost": {}, "is_counted": True}
    return Told([event["raw_to"] for event in events], events, gap)


def zero(page: int, pages: int = 1) -> Damage:
    def damage(content: bytearray) -> None:
        content[(page - 1) * PAGE : (page - 1 + pages) * PAGE] = bytes(PAGE * pages)

    return damage


def test_a_sound_file_reads_as_sqlite_reads_it(sound: Path, tmp_path: Path) -> None:
    """Rows of several pages too, in tables with rowids and without."""
    with store_in(tmp_path, pc=Pc()) as store:
        for size in (1, 50, 120, 480, 500, 4000, 4040, 4070, 4096, 8150, 9000, 70_000):
            store.commit([sample()], {f"state {size}": bytes(size % 251 for _ in range(size))})
        with store._database.writing() as connection:
            rows = [(seq, 1, "sample", bytes(size)) for seq, size in enumerate(range(3900, 4300, 7), 100)]
            rows += [(-5, 1 << 40, "x", b""), (1 << 62, -1, "ü" * 5000, bytes(100_000))]
            connection.executemany("INSERT INTO outbox VALUES (?, ?, ?, ?)", rows)
        tables = ("outbox", "state", "meta", "boots")
        truth = {table: store._database.rows(f"SELECT * FROM {table}") for table in tables}
        roots = dict(store._database.rows("SELECT name, rootpage FROM sqlite_master"))
        with PageFile(tmp_path / BUFFER) as pages:
            salvage = Salvage(pages, roots)
            for table in ("outbox", "boots", "meta", "state"):
                records, is_whole = salvage.records(table)
                has_rowid = pages.kind(salvage._trees[table].order[0]) == LEAF
                found = [(record.rowid, *record.values[1:]) if has_rowid else record.values for record in records]
                assert is_whole
                assert sorted(found) == sorted(truth[table]), table


def test_the_last_page_cut_off_costs_its_rows(sound: Path, tmp_path: Path) -> None:
    def cut(content: bytearray) -> None:
        del content[-PAGE:]

    told = recovered(sound, tmp_path / "agent", cut)
    assert told.parts == list(range(TAKEN + 1, told.parts[-1] + 1))
    assert len(told.parts) > MADE - TAKEN - 60
    assert (told.gap["lost"].keys(), told.gap["is_counted"]) == ({"unreadable"}, False)
    assert "how many were not is not known" in told.gap["message"]


def test_half_a_file_gives_the_first_half(sound: Path, tmp_path: Path) -> None:
    def cut(content: bytearray) -> None:
        del content[len(content) // (2 * PAGE) * PAGE :]

    told = recovered(sound, tmp_path / "agent", cut)
    assert told.parts == list(range(TAKEN + 1, told.parts[-1] + 1))
    assert len(told.parts) > 900
    least = told.gap["lost"]["unreadable"]
    assert MADE - TAKEN - 60 < len(told.parts) + least <= MADE - TAKEN
    assert told.gap["is_counted"] is False, "the newest page is not there, and nothing tells what was on it"


def test_a_lost_first_page_costs_no_event(sound: Path, tmp_path: Path) -> None:
    told = recovered(sound, tmp_path / "agent", zero(1))
    assert told.parts == list(range(TAKEN + 1, MADE + 1))
    assert (told.gap["lost"], told.gap["is_counted"]) == ({}, True)
    assert all(event["recovered_from"] for event in told.events)


def test_a_lost_root_costs_no_event_but_nobody_knows_what_was_last(sound: Path, tmp_path: Path) -> None:
    told = recovered(sound, tmp_path / "agent", zero(root_of(sound / BUFFER)))
    assert told.parts == list(range(TAKEN + 1, MADE + 1))
    assert (told.gap["lost"], told.gap["is_counted"]) == ({"unreadable": 0}, False)


def test_a_lost_root_and_first_page_cost_no_event_either(sound: Path, tmp_path: Path) -> None:
    def both(content: bytearray) -> None:
        zero(1)(content)
        zero(root_of(sound / BUFFER))(content)

    told = recovered(sound, tmp_path / "agent", both)
    assert told.parts == list(range(TAKEN + 1, MADE + 1))
    assert told.gap["is_counted"] is False


def test_what_is_in_the_log_is_newer_than_the_file(sound: Path, tmp_path: Path) -> None:
    told = recovered(sound, tmp_path / "agent", zero(root_of(sound / BUFFER, "boots")), with_log=True)
    assert told.parts == list(range(TAKEN + 1, MADE + 31))
    half = recovered(
        sound, tmp_path / "half", lambda content: content.__delitem__(slice(PAGE * 20, None)), with_log=True
    )
    assert half.parts[-30:] == list(range(MADE + 1, MADE + 31))
    assert (len(half.parts) + half.gap["lost"]["unreadable"], half.gap["is_counted"]) == (MADE + 30 - TAKEN, True)


def test_without_a_word_on_how_far_the_server_had_come_all_is_sent(sound: Path, tmp_path: Path) -> None:
    told = recovered(sound, tmp_path / "agent", zero(root_of(sound / BUFFER, "checkpoints")))
    assert told.parts == list(range(1, MADE + 1))
    assert (told.gap["lost"], told.gap["is_counted"]) == ({}, True)
    assert "it knows which ones it had" in told.gap["message"]


@pytest.mark.parametrize("size", [512, 16384])
def test_the_size_of_pages_is_found_where_nothing_tells_it(tmp_path: Path, size: int) -> None:
    path = tmp_path / BUFFER
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {size}")
        connection.execute("CREATE TABLE outbox (seq INTEGER PRIMARY KEY, boot INTEGER, kind TEXT, body BLOB)")
        rows = [(seq, 1, "sample", b"x" * 100) for seq in range(1, 501)]
        connection.executemany("INSERT INTO outbox VALUES (?, ?, ?, ?)", rows)
    content = path.read_bytes()
    path.write_bytes(bytes(size) + content[size:])
    with PageFile(path) as pages:
        assert pages.size == size
        found = [one for one in Salvage(pages, {"outbox": 2}).events(0) if not isinstance(one, Loss)]
        assert [row.seq for row in found] == list(range(1, 501))


def test_deleted_pages_are_not_read(tmp_path: Path) -> None:
    """What the server had long ago does not come back with a damaged page."""
    with store_in(tmp_path, pc=Pc()) as store:
        for begin in range(1, 3001, 500):
            store.commit([counted(n) for n in range(begin, begin + 500)])
        rows = store.outgoing.pending(max_events=2000, max_bytes=1 << 30)
        store.outgoing.acknowledge(chain(store.outgoing.cursor, rows, 2000))
        store._forget(2000)
    roots = {table: root_of(tmp_path / BUFFER, table) for table in ("outbox", "checkpoints")}
    content = bytearray((tmp_path / BUFFER).read_bytes())
    for root in roots.values():
        zero(root)(content)
    (tmp_path / BUFFER).write_bytes(content)
    with store_in(tmp_path, pc=Pc()) as store:
        parts = [orjson.loads(row.body).get("raw_to") for row in store.outgoing.pending(10**6, 1 << 40)]
        assert parts[-2:] == [3000, None]
        assert 1900 < parts[0] <= 2001, "but for the page the last deleted row stood on"


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1),
            st.sampled_from((16, 100, 700, PAGE, 3 * PAGE, 40 * PAGE)),
            st.none() | st.integers(0, 1 << 32),
        ),
        min_size=1,
        max_size=5,
    ),
    st.none() | st.floats(0.05, 1),
    st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_damaged_nothing_is_invented_and_losses_are_told(
    sound: Path, tmp_path: Path, spots: list[tuple[float, int, int | None]], cut: float | None, with_log: bool
) -> None:
    def damage(content: bytearray) -> None:
        for place, size, seed in spots:
            at = int(place * (len(content) - size))
            content[at : at + size] = bytes(size) if seed is None else Random(seed).randbytes(size)
        if cut is not None:
            del content[int(cut * len(content)) :]

    made = MADE + 30 if with_log else MADE
    told = recovered(sound, tmp_path / "agent", damage, with_log=with_log)
    assert told.parts == sorted(set(told.parts)), "in order, nothing twice"
    assert set(told.parts) <= set(range(1, made + 1)), "nothing that never was"
    assert all(event["delta"] == 1 and event["kind"] == "counted" for event in told.events)
    lost = sum(told.gap["lost"].values())
    unsent = len([number for number in told.parts if number > TAKEN])
    assert lost <= made, "no loss that can not be"
    if told.gap["is_counted"]:
        assert unsent + lost >= made - TAKEN
    else:
        assert "is not known" in told.gap["message"]


def test_a_store_that_was_damaged_goes_on(sound: Path, tmp_path: Path) -> None:
    recovered(sound, tmp_path / "agent", zero(1))
    with Store.open(tmp_path / "agent", ROOMY, Pc()) as store:
        assert store.load_state() == {"counter": b"3000"}
        assert len(store.commit([counted(MADE + 1)])) == 1
