"""The open buffer file: one connection that writes under a lock, one that reads beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from unison_station.store.connection import connect, transaction
from unison_station.store.errors import StoreDamaged, StoreError, translated
from unison_station.store.limits import Limits


class Database:
    """Connections, locks and errors of the buffer in one place. Safe to use from several threads.

    Attributes:
        lock: held while writing; take it around steps that belong together.
        damage: set when SQLite found the file corrupt, on whatever thread; None while it is sound.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        """Open both connections; the file is sound and has its tables."""
        self.path = path
        self.limits = limits
        self.damage: StoreDamaged | None = None
        self.lock = RLock()
        self._read_lock = RLock()
        self.writer = connect(path, limits)
        self.reader = connect(path, limits)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on the disk after the block, or nothing.

        Raises:
            StoreFull, StoreUnavailable: nothing was kept.
        """
        with self.lock:
            try:
                with transaction(self.writer):
                    yield self.writer
            except sqlite3.Error as error:
                raise self.failure(error) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The reading connection; writers go on meanwhile.

        Raises:
            StoreUnavailable: the disk refuses.
        """
        with self._read_lock:
            try:
                yield self.reader
            except sqlite3.Error as error:
                raise self.failure(error) from error

    def failure(self, error: sqlite3.Error) -> StoreError:
        """The buffer's own error for one of SQLite; damage is noted."""
        told = translated(error, self.path)
        if isinstance(told, StoreDamaged):
            self.damage = told
        return told

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """All rows of a short query."""
        with self.reading() as reader:
            return reader.execute(query, parameters).fetchall()

    def value(self, query: str, *parameters: object) -> Any:
        """The first column of the first row, None without one."""
        rows = self.rows(query, *parameters)
        return rows[0][0] if rows else None

    def close(self) -> None:
        """Close both; the last one writes the log back into the file."""
        with self.lock, self._read_lock:
            self.reader.close()
            self.writer.close()


def set_meta(connection: sqlite3.Connection, key: str, value: object) -> None:
    """Remember one value inside the running transaction."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
