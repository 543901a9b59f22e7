"""Tables of the buffer, and how an older buffer becomes a current one with its backlog."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from uuid import uuid4

from unison_station.store.errors import StoreTooNew

VERSION = 2

# `outbox` has no AUTOINCREMENT: the newest checkpoint stays when all rows are gone, so numbers don't repeat.
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE boots (
    id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL UNIQUE, utc REAL NOT NULL, monotonic REAL NOT NULL, correction REAL
) STRICT;
CREATE TABLE outbox (seq INTEGER PRIMARY KEY, boot INTEGER NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE checkpoints (through INTEGER PRIMARY KEY, hash TEXT, at REAL NOT NULL) STRICT;
CREATE TABLE dead (
    seq INTEGER PRIMARY KEY, code TEXT NOT NULL, message TEXT NOT NULL, at REAL NOT NULL,
    chained INTEGER NOT NULL, outcome TEXT NOT NULL DEFAULT 'open'
) STRICT;
CREATE TABLE state (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""

UPGRADES: Mapping[int, str] = {
    1: """
ALTER TABLE boots ADD COLUMN begun REAL NOT NULL DEFAULT 0;
UPDATE boots SET begun = utc - monotonic;
ALTER TABLE state ADD COLUMN boot INTEGER NOT NULL DEFAULT 0;
UPDATE state SET boot = coalesce((SELECT max(id) FROM boots), 0);
UPDATE checkpoints SET at = at + coalesce((SELECT correction FROM boots ORDER BY id DESC LIMIT 1), 0)
""",
}
"""Statements that turn version n into n + 1, by n."""


def prepare(connection: sqlite3.Connection, upgrades: Mapping[int, str] = UPGRADES, version: int = VERSION) -> None:
    """Make or upgrade the tables, each step in a transaction of its own.

    Raises:
        StoreTooNew: the file is of a newer version.
    """
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > version:
        raise StoreTooNew(
            f"the buffer has version {found}, this agent understands {version}: install the newer agent again"
        )
    if found == 0:
        connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = 1;")
        connection.execute("INSERT INTO meta VALUES ('epoch', ?), ('clean_stop', 1)", (str(uuid4()),))
        connection.execute("COMMIT")
        found = 1
    for step in range(found, version):
        connection.executescript(f"BEGIN IMMEDIATE; {upgrades[step]}; PRAGMA user_version = {step + 1}; COMMIT;")
