"""How far a buffer has come, read beside the agent that may have it open."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

_HOW_FAR = "SELECT max(n) FROM (SELECT through AS n FROM checkpoints UNION SELECT value FROM meta WHERE key = ?)"


class Buffer(NamedTuple):
    """How far: `acknowledged` by any server, ever (0 for nothing), and the `newest` event at all."""

    epoch: UUID
    acknowledged: int
    newest: int


def peek(folder: Path) -> Buffer | None:
    """The buffer of an agent's folder; None where there is none that can be read."""
    path = folder / "buffer.sqlite"
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            (epoch,) = connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
            (acknowledged,) = connection.execute(_HOW_FAR, ("rewound_from",)).fetchone()
            (newest,) = connection.execute("SELECT max(seq) FROM outbox").fetchone()
            return Buffer(UUID(epoch), acknowledged or 0, max(newest or 0, acknowledged or 0))
    except (sqlite3.Error, TypeError, ValueError):
        return None
