"""Connections to the buffer file: durable, capped, one writer."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unison_station.store.limits import Limits

PAGE_BYTES = 4096


def connect(path: Path, limits: Limits) -> sqlite3.Connection:
    """Open the buffer in WAL with every commit synced; a missing file is created, for its owner only.

    Raises:
        sqlite3.Error: it can not be opened or is no database.
    """
    path.touch(mode=0o600)
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
    """Bytes an ordinary process may still write beside `path`."""
    if os.name == "nt":
        import shutil

        return shutil.disk_usage(path.parent).free
    status = os.statvfs(path.parent)
    return status.f_bavail * status.f_frsize
