"""What can go wrong with the buffer, told so that the engine can act on it."""

from __future__ import annotations

import sqlite3

DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""Codes of SQLite by which it refuses a file for what is in it."""


class StoreError(Exception):
    """Nothing of the refused write was kept; the same write may be tried again."""


class StoreFull(StoreError):
    """No room is left and nothing may be given up for it: stop taking, and show it to people."""


class StoreUnavailable(StoreError):
    """The disk refuses: an I/O error, a read-only file system, a file that went away."""


class StoreDamaged(StoreUnavailable):
    """The file is no sound database any more: only a new start makes it one, with what is readable."""


class StoreTooNew(StoreError):
    """The buffer was written by a newer agent than this one."""


class StoreInUse(StoreError):
    """Another agent runs on the same folder."""


def translated(error: sqlite3.Error, path: object) -> StoreError:
    """The buffer's own error for one of SQLite."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(f"no room to write to {path}: free disk space, or raise the buffer's limit")
    if code in DAMAGE:
        return StoreDamaged(f"{path} is damaged ({error}): a new start recovers what is readable")
    return StoreUnavailable(f"{path} can not be written ({error}): check the disk; the agent tries again by itself")
