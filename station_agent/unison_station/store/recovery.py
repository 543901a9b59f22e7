"""A corrupt buffer is set aside as it was found, and what is readable in it goes on in a new one.

SQLite writes to what it opens (it works the log into the file and empties it), so the buffer is checked through a
connection that can't, and read without SQLite (`salvage.py`). The new file is built beside the old one and takes its
place in steps that a crash can interrupt anywhere: `.building` is thrown away and begun again, `.recovered` is complete
and only has to be moved in.

Numbers begin again in the new buffer, under a new epoch. The server may have had some of the events under their old
numbers, so each tells them: see `recovered_from` in `unison_domain.stations.events`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from time import gmtime, strftime
from uuid import UUID

import orjson

from unison_station.platform.files import sync_folder
from unison_station.store.connection import connect, connect_to_read, transaction
from unison_station.store.database import set_meta
from unison_station.store.epoch_mark import kept_epoch, was_there
from unison_station.store.errors import DAMAGE, StoreUnavailable
from unison_station.store.limits import Limits
from unison_station.store.pages import PageFile
from unison_station.store.rows import Row, is_event
from unison_station.store.salvage import Loss, Salvage
from unison_station.store.schema import VERSION, prepare

_DAMAGE = DAMAGE | {sqlite3.SQLITE_ERROR}
"""What tells of damage before anything was taken: our statements are right, so tables or columns are gone."""

_NO_VERSION = 1000
"""No buffer will ever have this version; a damaged header may say so."""

_CHUNK = 5000
_FILES = ("-wal", "-shm", "")


def make_sound(path: Path, limits: Limits, wall: float) -> None:
    """See to it that `path` is a sound buffer of this version: new where none ever was, recovered where it was corrupt.

    A new one appears whole, so an empty file, or none where there was one, is damage.

    Raises:
        StoreTooNew: a newer agent wrote it.
        StoreUnavailable: the disk refuses.
    """
    _finish_replacing(path, wall)
    if not path.exists() and not was_there(path):
        _make(path, limits)
    try:
        _check(path)
        with closing(connect(path, limits)) as connection:
            prepare(connection)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF not in _DAMAGE:
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


def _make(path: Path, limits: Limits) -> None:
    try:
        building = _begun(path)
        with closing(connect(building, limits)) as new:
            prepare(new)
        _put(building, path)
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreUnavailable(f"{path} can not be made ({error}): check the disk and its permissions") from error


def _begun(path: Path) -> Path:
    """Where a whole file is built, with nothing left there by a start that was killed."""
    building = _beside(path, ".building")
    for suffix in _FILES:
        _beside(building, suffix).unlink(missing_ok=True)
    return building


def _put(built: Path, path: Path) -> None:
    """Give a closed file its name, so that a power cut leaves all of it or nothing."""
    with built.open("r+b") as file:
        os.fsync(file.fileno())
    built.rename(path)
    sync_folder(path.parent)


def _check(path: Path) -> None:
    """Raise what SQLite raises of a corrupt file, also where only what stands in its rows is damaged."""
    verdict: str | None = "it is gone"
    if path.exists():
        with closing(connect_to_read(path)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict == "ok":
                verdict = _fault_in_rows(connection)
    if verdict is not None:
        error = sqlite3.DatabaseError(verdict)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _fault_in_rows(connection: sqlite3.Connection) -> str | None:
    """What SQLite takes for sound: of the events only those that are still to be sent are looked at."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if not 0 < version < _NO_VERSION:
        return f"it says it has version {version}"
    if version > VERSION:
        return None
    epoch = connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
    if epoch is None or not _is_uuid(epoch[0]):
        return "it does not say its epoch"
    unsent = connection.execute(
        "SELECT seq, boot, kind, CAST(body AS BLOB) FROM outbox"
        " WHERE seq > (SELECT coalesce(max(through), 0) FROM checkpoints) AND seq NOT IN (SELECT seq FROM dead)"
    )
    return next((f"event {row.seq} is damaged" for row in map(Row._make, unsent) if not is_event(row)), None)


def _is_uuid(text: object) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


def _rebuild(path: Path, limits: Limits) -> None:
    building = _begun(path)
    with closing(connect(building, limits)) as new, PageFile(path) as pages:
        prepare(new)
        roots = dict(new.execute("SELECT name, rootpage FROM sqlite_master WHERE type = 'table'").fetchall())
        _carry_over(Salvage(pages, roots), new, kept_epoch(path))
    _put(building, _beside(path, ".recovered"))


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


def _carry_over(old: Salvage, new: sqlite3.Connection, marked: str | None) -> None:
    told = next((values[1] for _, values in old.records("meta")[0] if values[0] == "epoch"), None)
    epoch = told if _is_uuid(told) else marked
    acknowledged = _acknowledged(old)
    with transaction(new):
        _copy_memory(old, new)
    kept, loss, boots = 0, Loss(0), set[int]()
    events = _wanted(old, epoch, acknowledged)
    while chunk := list(islice(events, _CHUNK)):
        with transaction(new):
            for one in chunk:
                if isinstance(one, Loss):
                    loss = Loss(loss.numbers + one.numbers, loss.is_counted and one.is_counted)
                    continue
                kept += 1
                boots.add(one.boot)
                new.execute("INSERT INTO outbox VALUES (?, ?, ?, ?)", one._replace(seq=kept))
    words = _words(kept, loss, acknowledged)
    recovered = {"lost": loss.numbers, "is_counted": loss.is_counted, "message": words}
    with transaction(new):
        _keep_numbers(boots, new)
        set_meta(new, "recovered", orjson.dumps(recovered))
        set_meta(new, "clean_stop", 0)


def _words(kept: int, loss: Loss, acknowledged: int | None) -> str:
    message = f"{kept} events of the corrupt buffer were readable"
    if not loss.is_counted:
        message += "; how many were not is not known"
    if acknowledged is None and kept:
        message += "; how far the server had come was not, so all of them are sent, and it knows which ones it had"
    return message


def _acknowledged(old: Salvage) -> int | None:
    """Up to where the server has everything; None when nobody knows."""
    checkpoints, is_whole = old.records("checkpoints")
    return max((record.rowid for record in checkpoints), default=0 if is_whole else None)


def _copy_memory(old: Salvage, new: sqlite3.Connection) -> None:
    """Boots and states; rows of an earlier version lack their last column."""
    boots = old.records("boots")[0]
    for boot, (_, boot_id, utc, monotonic, correction, *last) in boots:
        begun = last[0] if last else float(utc or 0) - float(monotonic or 0)
        row = (boot, boot_id, utc, monotonic, correction, begun)
        new.execute("INSERT OR IGNORE INTO boots VALUES (?, ?, ?, ?, ?, ?)", row)
    newest = max((record.rowid for record in boots), default=0)
    for _, (key, value, *of) in old.records("state")[0]:
        new.execute("INSERT OR IGNORE INTO state VALUES (?, ?, ?)", (key, value, of[0] if of else newest))


def _keep_numbers(boots: set[int], new: sqlite3.Connection) -> None:
    """Boots nothing is readable of keep their numbers, so that none to come is taken for them: a wrong correction."""
    new.executemany(
        "INSERT OR IGNORE INTO boots (id, boot_id, utc, monotonic) VALUES (?, ?, 0, 0)",
        [(boot, f"lost {boot}") for boot in boots],
    )


def _wanted(old: Salvage, epoch: object, acknowledged: int | None) -> Iterator[Row | Loss]:
    """Events the server refused and nobody decided about, as new ones, then all it did not acknowledge."""
    outcomes = {record.rowid: record.values[5] for record in old.records("dead")[0]}
    refused = frozenset(seq for seq, outcome in outcomes.items() if outcome == "open")
    letters = old.find(refused)
    for seq in sorted(refused):
        letter = letters.get(seq)
        yield letter if letter is not None and is_event(letter) else Loss(1)
    for one in old.events(acknowledged):
        if isinstance(one, Loss):
            yield one
        elif one.seq not in outcomes:
            yield _marked(one, epoch) if is_event(one) else Loss(1)


def _marked(row: Row, epoch: object) -> Row:
    """The event with one more place it may have been sent from."""
    event = orjson.loads(row.body)
    before = event.get("recovered_from")
    places = [*(before if isinstance(before, list) else ()), [epoch, row.seq]]
    return row._replace(body=orjson.dumps({**event, "recovered_from": places}))
