"""A corrupt buffer is set aside as it was found, and what is readable in it goes on in a new one.

SQLite writes to what it opens (it works the log into the file and empties it), so the buffer is checked and read
through a connection that can't. The new file is built beside the old one and takes its place in steps that a crash can
interrupt anywhere: `.building` is thrown away and begun again, `.recovered` is complete and only has to be moved in.

Numbers begin again in the new buffer, under a new epoch. The server may have had some of the events under their old
numbers, so each tells them: see `recovered_from` in `unison_domain.stations.events`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from time import gmtime, strftime
from typing import Any

import orjson

from unison_station.platform.files import sync_folder
from unison_station.store.connection import connect, connect_to_read, transaction
from unison_station.store.database import set_meta
from unison_station.store.errors import StoreUnavailable
from unison_station.store.limits import Limits
from unison_station.store.rows import Row
from unison_station.store.schema import prepare

_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_CHUNK = 5000
_FILES = ("-wal", "-shm", "")


def make_sound(path: Path, limits: Limits, wall: float) -> None:
    """See to it that `path` is a sound buffer of this version, new when it was missing, recovered when it was corrupt.

    Raises:
        StoreTooNew: a newer agent wrote it.
        StoreUnavailable: the disk refuses.
    """
    _finish_replacing(path, wall)
    try:
        if path.exists():
            with closing(connect_to_read(path)) as connection:
                _check(connection)
        with closing(connect(path, limits)) as connection:
            prepare(connection)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in _CORRUPT:
            raise StoreUnavailable(f"{path} can not be opened ({error}): check the disk and its permissions") from error
        _recover(path, limits, wall)


def _recover(path: Path, limits: Limits, wall: float) -> None:
    """Without room for a copy nothing is touched, and the next start tries again."""
    try:
        _rebuild(path, limits)
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(
            f"{path} is damaged, and beside it there is no room for what can be read of it ({error}): "
            "free as much disk space as it takes"
        ) from error
    _finish_replacing(path, wall)


def _check(connection: sqlite3.Connection) -> None:
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        error = sqlite3.DatabaseError(verdict)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _rebuild(path: Path, limits: Limits) -> None:
    building = _beside(path, ".building")
    for suffix in _FILES:
        _beside(building, suffix).unlink(missing_ok=True)
    with closing(connect(building, limits)) as new, closing(connect_to_read(path)) as old:
        prepare(new)
        _salvage(old, new)
    building.rename(_beside(path, ".recovered"))


def _finish_replacing(path: Path, wall: float) -> None:
    recovered = _beside(path, ".recovered")
    if not recovered.exists():
        return
    aside = f".corrupt-{strftime('%Y%m%dT%H%M%SZ', gmtime(wall))}"
    while _beside(path, aside).exists():
        aside += "+"
    for suffix in _FILES:  # the log first: left behind, it would be replayed into the new file
        with suppress(FileNotFoundError):
            _beside(path, suffix).rename(_beside(path, aside + suffix))
    recovered.rename(path)
    sync_folder(path.parent)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _salvage(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    (epoch,) = _first(old, "SELECT value FROM meta WHERE key = 'epoch'") or (None,)
    (acknowledged,) = _first(old, "SELECT max(through) FROM checkpoints") or (None,)
    with transaction(new):
        for table in ("boots", "state"):
            _copy(table, old, new)
    kept, lost, boots = 0, 0, set[int]()
    events = _wanted(old, epoch, acknowledged or 0)
    while chunk := list(islice(events, _CHUNK)):
        with transaction(new):
            for row in chunk:
                if isinstance(row, int):
                    lost += row
                    continue
                kept += 1
                boots.add(row.boot)
                new.execute("INSERT INTO outbox VALUES (?, ?, ?, ?)", row._replace(seq=kept))
    message = f"{kept} events of the corrupt buffer were readable"
    if acknowledged is None:
        message += "; how far the server had come was not, so all of them are sent, and it knows which ones it had"
    with transaction(new):
        _keep_numbers(boots, new)
        set_meta(new, "recovered", orjson.dumps({"lost": lost, "message": message}))
        set_meta(new, "clean_stop", 0)


def _copy(table: str, old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Columns by their names: the corrupt buffer may be of an earlier version."""
    names = [row[1] for row in _readable_rows(old, f"pragma_table_info('{table}')")]
    marks = ", ".join("?" * len(names))
    for values in _readable_rows(old, table):
        with suppress(sqlite3.Error):
            into = f"{table} ({', '.join(names)})"
            new.execute(f"INSERT OR IGNORE INTO {into} VALUES ({marks})", values)  # noqa: S608 - constants


def _keep_numbers(boots: set[int], new: sqlite3.Connection) -> None:
    """Boots nothing is readable of keep their numbers, so that none to come is taken for them: a wrong correction."""
    new.executemany(
        "INSERT OR IGNORE INTO boots (id, boot_id, utc, monotonic) VALUES (?, ?, 0, 0)",
        [(boot, f"lost {boot}") for boot in boots],
    )


def _wanted(old: sqlite3.Connection, epoch: object, acknowledged: int) -> Iterator[Row | int]:
    """What goes on: events the server refused and nobody decided about, as new ones, then all it did not acknowledge.

    A number stands for so many events that can't be read.
    """
    outcomes = {seq: outcome for seq, *_, outcome in _readable_rows(old, "dead")}
    for seq in sorted(seq for seq, outcome in outcomes.items() if outcome == "open"):
        found = _first(old, "SELECT seq, boot, kind, body FROM outbox WHERE seq = ?", seq)
        yield Row(*found) if found and _is_event(Row(*found)) else 1
    for row in _readable_events(old, acknowledged):
        if isinstance(row, int):
            yield row
        elif row.seq not in outcomes:
            yield _marked(row, epoch)


def _marked(row: Row, epoch: object) -> Row:
    """The event with one more place it may have been sent from."""
    event = orjson.loads(row.body)
    places = [*event.get("recovered_from", ()), [epoch, row.seq]]
    return row._replace(body=orjson.dumps({**event, "recovered_from": places}))


def _first(connection: sqlite3.Connection, query: str, *parameters: object) -> tuple[Any, ...] | None:
    with suppress(sqlite3.Error):
        found: tuple[Any, ...] | None = connection.execute(query, parameters).fetchone()
        return found
    return None


def _readable_rows(connection: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    with suppress(sqlite3.Error):
        yield from connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - constants


def _readable_events(connection: sqlite3.Connection, after: int) -> Iterator[Row | int]:
    """Events in order, and for each stretch that can't be read how many numbers it spans (an upper bound of the loss).

    A damaged page ends a scan, so the scan begins again behind it, leaping further each time it fails.
    """
    position = good = after
    leap = 1
    while leap < 1 << 40:
        try:
            query = "SELECT seq, boot, kind, body FROM outbox WHERE seq > ? ORDER BY seq"
            for found in connection.execute(query, (position,)):
                row = Row(*found)
                if leap > 1 and row.seq > good + 1:
                    yield row.seq - good - 1
                good, position, leap = row.seq, row.seq, 1
                yield row if _is_event(row) else 1
            return
        except sqlite3.Error:
            position += leap
            leap *= 2


def _is_event(row: Row) -> bool:
    try:
        event = orjson.loads(row.body)
    except (orjson.JSONDecodeError, TypeError):
        return False
    return isinstance(event, dict) and isinstance(event.get("at"), str) and event.get("kind") == row.kind
