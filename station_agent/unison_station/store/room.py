"""Making room when the buffer nears its cap, in the order in which things may be given up.

First what the server already has, oldest first; then samples not sent yet, thinned to a tenth; then the oldest samples.
Counts, states and everything else are never given up: when they fill the buffer, writes are refused. What might be in
flight is never touched, else a batch sent again would differ from what the server may already hold. Each chunk is one
transaction together with the `gap` event that tells its losses.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime

from unison_domain.stations.batch import BATCH_EVENTS
from unison_domain.stations.events import Gap

from unison_station.store.connection import transaction, used_pages
from unison_station.store.rows import SACRIFICED

CHUNK = 5000
"""Sequence numbers looked at in one transaction, so that writers never wait long."""

# One in ten by a scrambled number: plain `seq % 10` would keep one tag and drop nine of a cycle of ten tags.
_NOT_THE_TENTH = "((seq * 2654435761) >> 16) % 10 != 0"

# Open dead letters stay until a person decides.
_FORGETTABLE = "seq <= ? AND seq NOT IN (SELECT seq FROM dead WHERE outcome = 'open')"

Append = Callable[[Gap], None]
"""Writes an event inside the running transaction."""


class Room:
    """Gives up what may be given up. Call under the store's lock."""

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], datetime], append: Append) -> None:
        self._connection = connection
        self._now = now
        self._append = append

    def make(self, target_pages: int, acknowledged: int) -> int:
        """Free pages down to `target_pages` or until nothing more may go; returns how many unsent events were lost."""
        lost = 0
        for lost_by_step in self._steps(acknowledged):
            lost += lost_by_step
            if used_pages(self._connection) <= target_pages:
                break
        return lost

    def _steps(self, acknowledged: int) -> Iterator[int]:
        while self._forget(acknowledged):
            yield 0
        protected = self._protected(acknowledged)
        if protected is None:
            return
        for mark, condition in (("thinned_through", _NOT_THE_TENTH), ("emptied_through", "1")):
            newest = self._number("SELECT max(seq) FROM outbox") or 0
            while (begin := max(protected, self._mark(mark))) < newest:
                yield self._give_up(begin, min(begin + CHUNK, newest), mark, condition)

    def _forget(self, end: int) -> bool:
        with transaction(self._connection):
            return forget(self._connection, end)

    def _give_up(self, begin: int, end: int, mark: str, condition: str) -> int:
        with transaction(self._connection):
            lost = self._connection.execute(
                f"DELETE FROM outbox WHERE seq > ? AND seq <= ? AND kind = ? AND {condition}",  # noqa: S608 - constants
                (begin, end, SACRIFICED),
            ).rowcount
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (mark, end))
            if lost:
                message = "samples thinned to a tenth" if mark == "thinned_through" else "oldest samples dropped"
                self._append(Gap(at=self._now(), reason="buffer_full", lost={SACRIFICED: lost}, message=message))
        return lost

    def _protected(self, acknowledged: int) -> int | None:
        return self._number(
            "SELECT seq FROM outbox WHERE seq > ?1 AND seq NOT IN (SELECT seq FROM dead WHERE seq > ?1)"
            " ORDER BY seq LIMIT 1 OFFSET ?2",
            acknowledged,
            BATCH_EVENTS - 1,
        )

    def _mark(self, key: str) -> int:
        return self._number("SELECT value FROM meta WHERE key = ?", key) or 0

    def _number(self, query: str, *parameters: object) -> int | None:
        row = self._connection.execute(query, parameters).fetchone()
        return None if row is None else row[0]


def forget(connection: sqlite3.Connection, end: int) -> bool:
    """Drop a chunk of the oldest rows up to `end`, which the server has; False when there was nothing to drop.

    Their checkpoints go too, except the newest of them: the chain goes on from it.
    """
    oldest = f"SELECT seq FROM outbox WHERE {_FORGETTABLE} ORDER BY seq LIMIT {CHUNK}"  # noqa: S608 - constants
    (through,) = connection.execute(f"SELECT max(seq) FROM ({oldest})", (end,)).fetchone()  # noqa: S608 - constants
    if through is None:
        return False
    connection.execute(f"DELETE FROM outbox WHERE {_FORGETTABLE}", (through,))  # noqa: S608 - constants
    connection.execute("DELETE FROM dead WHERE outcome != 'open' AND seq <= ?", (through,))
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('forgotten_through', ?)", (through,))
    connection.execute(
        "DELETE FROM checkpoints WHERE through < (SELECT max(through) FROM checkpoints WHERE through <= ?)", (through,)
    )
    return True
