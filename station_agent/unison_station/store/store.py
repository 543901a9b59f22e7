"""The buffer between machines and server: what was committed here reaches the server once, whatever is killed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self
from uuid import UUID

import orjson
from unison_domain.stations.events import Event, Gap

from unison_station.clock import PcTime, SystemTime
from unison_station.platform.files import held_alone, private_folder
from unison_station.store.ballast import Ballast
from unison_station.store.connection import PAGE_BYTES, free_disk, free_pages, used_pages
from unison_station.store.database import Database, set_meta
from unison_station.store.dead_letters import DeadLetters
from unison_station.store.errors import StoreDamaged, StoreError, StoreFull, StoreInUse, StoreUnavailable
from unison_station.store.limits import Limits
from unison_station.store.outgoing import Outgoing
from unison_station.store.recovery import make_sound
from unison_station.store.remembered import recalled
from unison_station.store.room import Room, forget
from unison_station.store.rows import SACRIFICED, Row, encode
from unison_station.store.timeline import Timeline

CHECK_SHARE = 0.005
"""Room is looked at whenever so much of the cap was written, or a quarter of the disk's reserve."""

_ROOM_TO_OPEN = 1 << 20
"""Free bytes without which opening fails for want of room, whatever SQLite calls it."""

ROW_BYTES = 40
"""What a row takes in the file beside its body."""

Listener = Callable[[bool], None]
"""Told after each commit, whether there is more in it than samples."""

Body = tuple[str, bytes]


class Opening(NamedTuple):
    """What the start found: whether the run before ended in order, and what a corrupt buffer cost, in words."""

    clean_stop: bool
    recovered: str | None


class Standing(NamedTuple):
    """How the buffer stands, as far as it can be read.

    Attributes:
        oldest_at: when the oldest event that waits was stamped, as this boot recalls it.
        dead_letters: None where nobody can say.
        epoch: None where nobody can say; so it is with `acknowledged`, the last event a server ever took in it.
        problem: why it can't be read; None when it can.
    """

    oldest_at: datetime | None = None
    dead_letters: int | None = None
    epoch: UUID | None = None
    acknowledged: int = 0
    problem: str | None = None


class Store:
    """One SQLite file with events, the state they were derived from, and how far the server has come.

    Safe to use from several threads; a context manager that closes itself.

    Attributes:
        clock: steady UTC on this boot's line; every stamp comes from it.
        opening: what the start found.
        outgoing: the sending side.
        dead_letters: events the server refused for good.
        timeline: boots and the corrections of their stamps.
        is_refusing: the last write was refused because nothing more may be given up.
    """

    def __init__(self, path: Path, limits: Limits, system: SystemTime, held: ExitStack) -> None:
        """Open or create the buffer; use `Store.open`, which makes sure nobody else has it."""
        self._limits = limits
        self._ballast = Ballast(path.with_name("ballast"), limits.ballast_bytes)
        if free_disk(path) < limits.reserve_bytes:
            self._ballast.release()
        make_sound(path, limits, system.wall())
        self._held = held
        self._database = Database(path, limits)
        held.callback(self._database.close)
        self._max_pages: int = self._database.value("PRAGMA max_page_count")
        self._listeners: list[Listener] = []
        self._last = self._newest_sequence()
        self.timeline = Timeline(self._database, system)
        self.clock = self.timeline.clock
        self.outgoing = Outgoing(self._database, self.timeline, self._append_gap)
        self.dead_letters = DeadLetters(
            self._database, self._requeue, self._tell_discarded, self._tell, self._count_anew
        )
        self._room = Room(self._database.writer, self.clock.now, self._append_gap)
        self._check_every = min(limits.max_bytes * CHECK_SHARE, limits.reserve_bytes / 4)
        self._unchecked = self._check_every
        self.is_refusing = False
        self.opening = self._begin_run()
        self.maintain()

    @classmethod
    def open(cls, folder: Path, limits: Limits | None = None, system: SystemTime | None = None) -> Self:
        """Open the buffer of an agent's folder.

        Raises:
            StoreInUse: another agent runs on this folder.
            StoreTooNew: a newer agent wrote it.
            StoreFull: the disk has no room even to open it.
            StoreUnavailable: the disk refuses.
        """
        try:
            return cls._opened(folder, limits, system)
        except StoreUnavailable as error:
            if free_disk(folder / "lock") >= _ROOM_TO_OPEN:
                raise
            raise StoreFull(f"the disk of {folder} is full, nothing is read until it has room: {error}") from error

    @classmethod
    def _opened(cls, folder: Path, limits: Limits | None, system: SystemTime | None) -> Self:
        with ExitStack() as held:
            try:
                private_folder(folder)
                held.enter_context(held_alone(folder / "lock"))
            except BlockingIOError:
                raise StoreInUse(f"another agent runs on {folder}: stop it, or give this one its own folder") from None
            except OSError as error:
                raise StoreUnavailable(f"{folder} can not be used ({error.strerror}): check the disk") from error
            store = cls(folder / "buffer.sqlite", limits or Limits(), system or PcTime(), held)
            store._held = held.pop_all()
        return store

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close; the stop is clean when no exception passes."""
        self.close(clean=exception[0] is None)

    def close(self, *, clean: bool = True) -> None:
        """Write the log back and let go of the folder; `clean` tells the next start that the stop was in order.

        A disk that refuses this only makes the next start see an unclean stop.
        """
        with suppress(StoreError):
            self.timeline.keep()
            with self._database.writing() as connection:
                set_meta(connection, "clean_stop", int(clean))
        self._held.close()

    @property
    def damage(self) -> StoreDamaged | None:
        """Why the file is no sound database any more, whichever thread met it; None while it is one."""
        return self._database.damage

    @property
    def standing(self) -> Standing:
        """For pages and heartbeats, which tell a disk that refuses and must not end by it."""
        outgoing = self.outgoing
        try:
            return Standing(outgoing.oldest_at, self.dead_letters.count(), outgoing.epoch, outgoing.acknowledged)
        except StoreError as error:
            return Standing(problem=str(error))

    def listen(self, listener: Listener) -> None:
        """Have `listener` told of every commit, on the committing thread: it should only wake somebody."""
        self._listeners.append(listener)

    def commit(self, events: Sequence[Event], state: Mapping[str, bytes] | None = None) -> range:
        """Make events and the states they came from durable together; returns the events' sequence numbers.

        Args:
            events: in order; they get the next numbers.
            state: what `load_state` shall give back, by key; other keys stay.

        Raises:
            StoreFull: no room; nothing was kept. Don't advance, show it, and try again.
            StoreUnavailable: the disk refuses; the same holds.
        """
        bodies = [(event.kind, encode(event)) for event in events]
        with self._database.lock:
            try:
                self._check_room(bodies)
                first = self._written(bodies, state or {})
            except StoreFull:
                self.is_refusing = True
                raise
            self.is_refusing = False
        self._tell(any(kind != SACRIFICED for kind, _ in bodies))
        return range(first, first + len(bodies))

    def load_state(self) -> dict[str, bytes]:
        """Every state as it was committed last; moments of former boots by the server's time (`clock.Line`)."""
        rows = self._database.rows("SELECT key, value, boot FROM state")
        return {key: self._recalled(key, value, boot) for key, value, boot in rows}

    def load_one_state(self, key: str) -> bytes | None:
        """One of `load_state`; None where nothing was committed under the key."""
        for value, boot in self._database.rows("SELECT value, boot FROM state WHERE key = ?", key):
            return self._recalled(key, value, boot)
        return None

    def _recalled(self, key: str, value: bytes, boot: int) -> bytes:
        is_of_now = boot == self.timeline.boot
        return value if is_of_now else recalled(key, value, partial(self.timeline.recalled, boot=boot))

    def forget_state(self, keys: Sequence[str]) -> None:
        """Drop states of things that are no longer configured."""
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM state WHERE key = ?", [(key,) for key in keys])

    @property
    def takes_samples(self) -> bool:
        """False while the disk has too little free space for anything but counts and states."""
        return free_disk(self._database.path) >= self._limits.min_free_bytes

    def maintain(self) -> None:
        """Forget what the server has had for long enough, keep the clock's line, restore the ballast. Once a minute."""
        self.timeline.keep()
        end = self._long_acknowledged()
        while end is not None and self._forget(end):
            pass
        self._ballast.restore(free_disk(self._database.path) - self._limits.min_free_bytes)

    def _long_acknowledged(self) -> int | None:
        """Up to where the server has had everything for long enough; nobody knows before it told its time."""
        if self.timeline.correction is None:
            return None
        oldest = self.timeline.settled_now.timestamp() - self._limits.keep_days * 86_400
        through: int | None = self._database.value("SELECT max(through) FROM checkpoints WHERE at < ?", oldest)
        return through

    def _forget(self, end: int) -> bool:
        with self._database.writing() as connection:
            return forget(connection, end)

    def _tell(self, urgent: bool) -> None:
        for listener in self._listeners:
            listener(urgent)

    def _written(self, bodies: Sequence[Body], state: Mapping[str, bytes]) -> int:
        try:
            return self._write(bodies, state)
        except StoreFull:
            self._relieve()
            return self._write(bodies, state)

    def _write(self, bodies: Sequence[Body], state: Mapping[str, bytes]) -> int:
        first = self._last + 1
        boot = self.timeline.boot
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT INTO outbox VALUES (?, ?, ?, ?)",
                [(seq, boot, kind, body) for seq, (kind, body) in enumerate(bodies, first)],
            )
            if state:
                remembered = [(key, value, boot) for key, value in state.items()]
                connection.executemany("INSERT OR REPLACE INTO state (key, value, boot) VALUES (?, ?, ?)", remembered)
                self.timeline.keep_in(connection)
        self._grown(len(bodies))
        for seq, (kind, _) in enumerate(bodies, first):
            self.outgoing.note(kind, seq)
        return first

    def _grown(self, rows: int) -> None:
        self._last += rows
        self.outgoing.depth += rows

    def _check_room(self, bodies: Sequence[Body]) -> None:
        self._unchecked += sum(len(body) + ROW_BYTES for _, body in bodies)
        if self._unchecked < self._check_every and not self.is_refusing:
            return
        self._unchecked = 0
        if self._used() >= self._limits.high:
            self._give_up(int(self._max_pages * self._limits.low))
        if self._used() >= self._limits.refuse:
            raise StoreFull(
                f"the buffer {self._database.path} is full with {self.outgoing.depth} unsent events that may not be"
                " dropped: bring the server back, or raise the buffer's limit"
            )
        if self._disk_is_full():
            self._relieve()
        if self._disk_is_full():
            raise StoreFull(f"the disk of {self._database.path} is full: free some space, nothing is taken until then")

    def _disk_is_full(self) -> bool:
        """Whether the disk is down to its reserve and the file has no free pages of its own to write to."""
        if free_disk(self._database.path) >= self._limits.reserve_bytes:
            return False
        return free_pages(self._database.writer) * PAGE_BYTES < 2 * self._check_every

    def _relieve(self) -> None:
        """The disk itself is full: give back the ballast, so that what may be given up can be deleted at all."""
        self._ballast.release()
        self._give_up(int(used_pages(self._database.writer) * self._limits.low))

    def _give_up(self, target_pages: int) -> None:
        try:
            lost = self._room.make(target_pages, self.outgoing.cursor.sequence)
            self.outgoing.depth -= lost
        except sqlite3.Error as error:
            self._count_anew()
            raise self._database.failure(error) from error

    def _count_anew(self) -> None:
        """After a transaction that was given up half way, what was counted in it."""
        self._last = self._newest_sequence()
        self.outgoing.recount()

    def _used(self) -> float:
        return used_pages(self._database.writer) / self._max_pages

    def _append_gap(self, gap: Gap) -> None:
        self._requeue(self._database.writer, Row(0, self.timeline.boot, gap.kind, encode(gap)))

    def _tell_discarded(self, lost: dict[str, int], reason: str) -> None:
        self._append_gap(Gap(at=self.clock.now(), reason="discarded", lost=lost, message=reason))

    def _requeue(self, connection: sqlite3.Connection, row: Row) -> None:
        self._grown(1)
        connection.execute("INSERT INTO outbox VALUES (?, ?, ?, ?)", row._replace(seq=self._last))
        self.outgoing.note(row.kind, self._last)

    def _begin_run(self) -> Opening:
        stored = self._database.value("SELECT value FROM meta WHERE key = 'recovered'")
        recovered = None if stored is None else orjson.loads(stored)
        clean = bool(self._database.value("SELECT value FROM meta WHERE key = 'clean_stop'"))
        with self._database.writing() as connection:
            set_meta(connection, "clean_stop", 0)
            if recovered is not None:
                self._append_gap(self._gap_of(recovered))
                connection.execute("DELETE FROM meta WHERE key = 'recovered'")
        return Opening(clean, recovered and recovered["message"])

    def _gap_of(self, recovered: Mapping[str, Any]) -> Gap:
        is_counted = recovered.get("is_counted", True)
        return Gap(
            at=self.clock.now(),
            reason="buffer_corrupt",
            lost={} if is_counted and not recovered["lost"] else {"unreadable": recovered["lost"]},
            is_counted=is_counted,
            message=recovered["message"],
        )

    def _newest_sequence(self) -> int:
        query = "SELECT max(n) FROM (SELECT max(seq) AS n FROM outbox UNION SELECT max(through) FROM checkpoints)"
        return self._database.value(query) or 0
