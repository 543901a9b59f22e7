"""Events the server will never take: kept where people see them, to be tried again, exported or given up."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from unison_station.store.database import Database
from unison_station.store.errors import StoreError
from unison_station.store.rows import Row, is_event

Requeue = Callable[[sqlite3.Connection, Row], None]
"""Gives a row the next sequence number inside the running transaction."""
TellLost = Callable[[dict[str, int], str], None]
"""Counts by kind of what is given up, and why; inside the running transaction."""


class Outcome(StrEnum):
    """What became of a dead letter."""

    OPEN = "open"
    RETRIED = "retried"
    """It was sent again, under another number."""
    DISCARDED = "discarded"


class DeadLetter(NamedTuple):
    """A refused event: why, when by the server's time, and its JSON body as it was stamped."""

    seq: int
    kind: str
    code: str
    message: str
    refused_at: datetime
    body: bytes

    def line(self) -> bytes:
        """One line of JSON for an export: why it was refused, and the event itself."""
        refusal = {
            "seq": self.seq,
            "code": self.code,
            "message": self.message,
            "refused_at": self.refused_at.isoformat(),
        }
        return orjson.dumps(refusal)[:-1] + b',"event":' + orjson.dumps(self.event) + b"}\n"

    @property
    def event(self) -> dict[str, Any]:
        """The body read; of a damaged one its kind, and what there is of it as text."""
        try:
            event = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            event = None
        if isinstance(event, dict):
            return event
        return {"kind": self.kind, "damaged": self.body.decode(errors="backslashreplace")}


class DeadLetters:
    """The dead letters of a buffer. Their rows stay in the outbox until somebody decides."""

    def __init__(
        self,
        database: Database,
        requeue: Requeue,
        tell_lost: TellLost,
        tell: Callable[[bool], None],
        undone: Callable[[], None],
    ) -> None:
        """Work on the tables of `database`.

        Args:
            database: with the tables of the buffer.
            requeue: gives a row the next number. tell_lost: adds the event that says what was given up.
            tell: called when something was requeued, with True: it is to leave at once.
            undone: called when what was requeued was not kept after all.
        """
        self._database = database
        self._requeue = requeue
        self._tell_lost = tell_lost
        self._tell = tell
        self._undone = undone

    def count(self) -> int:
        """How many wait for a decision."""
        return int(self._database.value("SELECT count(*) FROM dead WHERE outcome = 'open'"))

    def outcome(self, seq: int) -> Outcome | None:
        """What became of the event of this number; None where it is none, or was decided and is forgotten."""
        found = self._database.rows("SELECT outcome FROM dead WHERE seq = ?", seq)
        return Outcome(found[0][0]) if found else None

    def list(self, after: int = 0, limit: int = 100) -> list[DeadLetter]:
        """Those that wait, by sequence above `after`; pass the last one's to go on."""
        rows = self._database.rows(
            "SELECT d.seq, o.kind, d.code, d.message, d.at, o.body FROM dead d JOIN outbox o ON o.seq = d.seq"
            " WHERE d.outcome = 'open' AND d.seq > ? ORDER BY d.seq LIMIT ?",
            after,
            limit,
        )
        return [
            DeadLetter(seq, kind, code, message, datetime.fromtimestamp(at, UTC), body)
            for seq, kind, code, message, at, body in rows
        ]

    def retry(self, sequences: Iterable[int]) -> int:
        """Send these once more, as the newest events with their old times; returns how many went, not the damaged ones.

        Raises:
            StoreFull, StoreUnavailable: none is sent again.
        """
        with self._database.lock:
            try:
                with self._database.writing() as connection:
                    done = sum(self._retry_one(connection, seq) for seq in sequences)
            except StoreError:
                self._undone()
                raise
        if done:
            self._tell(True)
        return done

    def _retry_one(self, connection: sqlite3.Connection, seq: int) -> bool:
        found = connection.execute(
            "SELECT o.* FROM outbox o JOIN dead d ON d.seq = o.seq WHERE o.seq = ? AND d.outcome = 'open'", (seq,)
        ).fetchone()
        if found is None or not is_event(Row(*found)):
            return False
        self._requeue(connection, _again(Row(*found)))
        connection.execute("UPDATE dead SET outcome = 'retried' WHERE seq = ?", (seq,))
        return True

    def discard(self, sequences: Iterable[int], reason: str) -> int:
        """Give these up; returns how many were waiting. Their rows go with the acknowledged ones around them.

        The server is told the reason by a `gap`, in the same transaction.

        Raises:
            StoreFull, StoreUnavailable: none is given up.
        """
        with self._database.lock:
            try:
                with self._database.writing() as connection:
                    lost = Counter(kind for seq in sequences for kind in _given_up(connection, seq))
                    if lost:
                        self._tell_lost(dict(lost), reason)
            except StoreError:
                self._undone()
                raise
        if lost:
            self._tell(True)
        return lost.total()


def _given_up(connection: sqlite3.Connection, sequence: int) -> list[str]:
    """Its kind; nothing where it waits no more."""
    rows = connection.execute(
        "UPDATE dead SET outcome = 'discarded' WHERE seq = ?1 AND outcome = 'open'"
        " RETURNING (SELECT kind FROM outbox WHERE seq = ?1)",
        (sequence,),
    ).fetchall()
    return [str(kind) for (kind,) in rows]


def _again(row: Row) -> Row:
    """The event as it is sent again, with the number it had first: what came after it stays later."""
    event = orjson.loads(row.body)
    return row._replace(body=orjson.dumps({**event, "first_seq": event.get("first_seq", row.seq)}))
