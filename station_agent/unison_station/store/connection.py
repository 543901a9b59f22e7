"""Connections to the buffer file: durable, capped, one writer."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unison_station.platform.files import sync_folder
from unison_station.store.errors import StoreUnavailable
from unison_station.store.limits import Limits

PAGE_BYTES = 4096


def connect(path: Path, limits: Limits) -> sqlite3.Connection:
    """Open the buffer in WAL with every commit synced; a missing file is created, for its owner only.

    Raises:
        StoreUnavailable: it can not be created.
        sqlite3.Error: it can not be opened or is no database.
    """
    if not path.exists():
        _create(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=64)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 1000")
        connection.execute(f"PRAGMA journal_size_limit = {4 * 1024 * 1024}")
        connection.execute(f"PRAGMA max_page_count = {max(16, limits.max_bytes // PAGE_BYTES)}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a buffer without changing it or its log, not even on closing.

    Raises:
        sqlite3.Error: it can not be opened.
    """
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _create(path: Path) -> None:
    try:
        path.touch(mode=0o600)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreUnavailable(f"{path} can not be created ({error.strerror}): check the disk") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; committed means on the disk."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def used_pages(connection: sqlite3.Connection) -> int:
    """Pages that hold something."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    return int(pages) - free_pages(connection)


def free_pages(connection: sqlite3.Connection) -> int:
    """Pages inside the file that can be written without growing it."""
    return int(connection.execute("PRAGMA freelist_count").fetchone()[0])


def free_disk(path: Path) -> int:
    """Bytes that may still be written beside `path`; a disk that does not answer has none."""
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return 0
