"""What still has to reach the server: how far it has come, what is next, what it refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID, uuid4

from pydantic import ValidationError
from unison_domain.stations.batch import BATCH_BYTES, BATCH_EVENTS, Rejected
from unison_domain.stations.events import Counted, Gap
from unison_domain.stations.tail_hash import BEGINNING, Checkpoint, next_hash

from unison_station.store.database import Database, set_meta
from unison_station.store.epoch_mark import keep_epoch
from unison_station.store.rows import Row
from unison_station.store.timeline import Timeline

SEQUENCE_BYTES = 24
"""What the sequence number adds to a body on its way."""


class Outgoing:
    """The sending side of the buffer; one sender uses it.

    Attributes:
        cursor: how far the server has come, with the chain up to there.
        depth: events not yet acknowledged.
    """

    def __init__(self, database: Database, timeline: Timeline, append: Callable[[Gap], None]) -> None:
        """Go on where the buffer says; `append` writes an event inside the running transaction."""
        self._database = database
        self._timeline = timeline
        self._append = append
        newest = database.rows("SELECT through, hash FROM checkpoints ORDER BY through DESC LIMIT 1")
        self.cursor = Checkpoint(*newest[0]) if newest else BEGINNING
        self._found = self.newest
        self._last_of: dict[str, int] = {}
        self._mark_epoch()
        self.recount()

    @property
    def epoch(self) -> UUID:
        """The life of this buffer; sequence numbers count within it."""
        return UUID(self._database.value("SELECT value FROM meta WHERE key = 'epoch'"))

    @property
    def is_begun_anew(self) -> bool:
        """Whether this life began with another name of the agent: what it holds is sent in it, and nothing else was."""
        begun: str | None = self._database.value("SELECT value FROM meta WHERE key = 'begun_anew'")
        return begun == str(self.epoch)

    def counts_since(self, moment: datetime) -> Iterator[Counted]:
        """What counters told from this stamp on in this life, the newest first; damaged bodies are left out."""
        query = (
            "SELECT seq, boot, kind, body FROM outbox WHERE kind = 'counted'"
            " AND seq NOT IN (SELECT seq FROM dead WHERE outcome <> 'open') ORDER BY seq DESC"
        )
        with self._database.reading() as reader:
            for row in map(Row._make, reader.execute(query)):
                if row.moment is None:
                    continue
                at = self._timeline.recalled(row.moment, row.boot)
                if at < moment:
                    return
                with suppress(ValidationError):
                    yield Counted.model_validate_json(row.body).model_copy(update={"at": at})

    @property
    def oldest_at(self) -> datetime | None:
        """When the oldest unacknowledged event was stamped, as this boot recalls it; None where that is damaged."""
        oldest = self.pending(max_events=1)
        stamp = oldest[0].moment if oldest else None
        return None if stamp is None else self._timeline.recalled(stamp, oldest[0].boot)

    @property
    def acknowledged(self) -> int:
        """The last event a server ever acknowledged in this epoch; after a rewind, before the server has it again."""
        rewound = self._database.value("SELECT value FROM meta WHERE key = 'rewound_from'")
        return max(self.cursor.sequence, rewound or 0)

    def pending(self, max_events: int = BATCH_EVENTS, max_bytes: int = BATCH_BYTES) -> list[Row]:
        """The oldest unacknowledged events in order, at least one if there is any, within both limits."""
        rows: list[Row] = []
        size = 0
        query = (
            "SELECT seq, boot, kind, body FROM outbox WHERE seq > ?1"
            " AND seq NOT IN (SELECT seq FROM dead WHERE seq > ?1) ORDER BY seq LIMIT ?2"
        )
        with self._database.reading() as reader:
            for row in map(Row._make, reader.execute(query, (self.cursor.sequence, max_events))):
                size += len(row.body) + SEQUENCE_BYTES
                if rows and size > max_bytes:
                    break
                rows.append(row)
        return rows

    @property
    def newest(self) -> int:
        """The number of the last event that was made in this epoch; 0: none was."""
        return int(self._database.value("SELECT coalesce(max(seq), 0) FROM outbox"))

    def has_sent(self, through: int) -> bool:
        """Whether no event up to this number waits for the server."""
        return self.cursor.sequence >= through or self.depth == 0

    def note(self, kind: str, sequence: int) -> None:
        """An event of this kind has this number; what others see of it comes after this."""
        self._last_of[kind] = sequence

    def waits(self, kinds: Iterable[str]) -> bool:
        """Whether an event of one of these kinds may wait for the server, however many others wait before it.

        What was found at the start is not looked through: as long as some of it waits, it may be of any kind.
        """
        return not self.has_sent(max(self._last_of.get(kind, self._found) for kind in kinds))

    def reaches(self, sequence: int) -> bool:
        """Whether an event with this number, or a later one, was ever made in this epoch."""
        return self.newest >= sequence

    def acknowledge(self, through: Checkpoint, rejected: Sequence[Rejected] = ()) -> None:
        """The server has everything up to `through`, except what it refused for good, which becomes dead letters."""
        with self._database.lock:
            with self._database.writing() as connection:
                done = connection.execute(
                    "SELECT count(*) FROM outbox WHERE seq > ?1 AND seq <= ?2"
                    " AND seq NOT IN (SELECT seq FROM dead WHERE seq > ?1)",
                    (self.cursor.sequence, through.sequence),
                ).fetchone()[0]
                self._keep_checkpoint(connection, through)
                for refusal in rejected:
                    self._bury(connection, refusal, chained=True)
            self.cursor = through
            self.depth -= done

    def refuse(self, refusal: Rejected) -> None:
        """The server refused this event alone and for good: a dead letter, and sending goes on behind it."""
        with self._database.lock:
            with self._database.writing() as connection:
                self._bury(connection, refusal, chained=False)
            self.depth -= 1

    def rewind(self, sequence: int) -> None:
        """The server lost what it had from `sequence` on: what is still here of it is sent again.

        Where some of it was forgotten meanwhile the chain is broken: the rest begins a new epoch, and a `gap` tells.
        """
        with self._database.lock:
            found = self._database.rows(
                "SELECT through, hash FROM checkpoints WHERE through < ? ORDER BY through DESC LIMIT 1", sequence
            )
            base, had = Checkpoint(*found[0]) if found else BEGINNING, self.acknowledged
            forgotten = self._database.value("SELECT value FROM meta WHERE key = 'forgotten_through'") or 0
            is_broken = base.sequence < forgotten
            cursor = BEGINNING if is_broken else self._chain(base, sequence - 1)
            with self._database.writing() as connection:
                if is_broken:
                    self._tell_lost(connection, sequence, forgotten)
                    self._begin_epoch(connection, sequence - 1)
                else:
                    connection.execute("DELETE FROM checkpoints WHERE through >= ?", (sequence,))
                    self._keep_checkpoint(connection, cursor)
                set_meta(connection, "rewound_from", had)
                connection.execute(
                    "UPDATE meta SET value = min(value, ?) WHERE key IN ('thinned_through', 'emptied_through')",
                    (sequence - 1,),
                )
            self.cursor = cursor
            self._mark_epoch()
            self.recount()

    def _tell_lost(self, connection: sqlite3.Connection, first: int, last: int) -> None:
        """Events from `first` to `last` are gone here and there, but for those that happen to be left."""
        (left,) = connection.execute("SELECT count(*) FROM outbox WHERE seq BETWEEN ? AND ?", (first, last)).fetchone()
        lost = last - first + 1 - left
        if lost > 0:
            message = "a restored server asked for events it had acknowledged, which are not kept so long"
            self._append(
                Gap(at=self._timeline.clock.now(), reason="server_restored", lost={"forgotten": lost}, message=message)
            )

    def belong_to(self, owner: str, *, all_again: bool = False) -> None:
        """The buffer is sent under this name; after another one, what is unsent begins a new epoch.

        Args:
            all_again: the server lost what it acknowledged, so all that is still here counts as unsent.
        """
        with self._database.lock:
            before = self._database.value("SELECT value FROM meta WHERE key = 'agent'")
            with self._database.writing() as connection:
                if before not in (None, owner):
                    epoch = self._begin_epoch(connection, 0 if all_again else self.cursor.sequence)
                    set_meta(connection, "begun_anew", epoch)
                set_meta(connection, "agent", owner)
            if before not in (None, owner):
                self.cursor = BEGINNING
                self._mark_epoch()
                self.recount()

    def _begin_epoch(self, connection: sqlite3.Connection, sent: int) -> str:
        connection.execute(
            "DELETE FROM outbox WHERE seq <= ? AND seq NOT IN (SELECT seq FROM dead WHERE outcome = 'open')", (sent,)
        )
        connection.execute("DELETE FROM dead WHERE seq NOT IN (SELECT seq FROM outbox)")
        connection.execute("DELETE FROM checkpoints")
        connection.execute("DELETE FROM meta WHERE key IN ('rewound_from', 'forgotten_through')")
        epoch = str(uuid4())
        set_meta(connection, "epoch", epoch)
        return epoch

    def _mark_epoch(self) -> None:
        keep_epoch(self._database.path, self.epoch)

    def _chain(self, base: Checkpoint, through: int) -> Checkpoint:
        """The checkpoint at `through`: the chain from `base` over the rows that were sent, refused ones included."""
        digest = base.hash
        rows = self._database.rows(
            "SELECT seq, boot, kind, body FROM outbox WHERE seq > ? AND seq <= ?"
            " AND seq NOT IN (SELECT seq FROM dead WHERE NOT chained) ORDER BY seq",
            base.sequence,
            through,
        )
        for row in map(Row._make, rows):
            digest = next_hash(digest, row.seq, row.kind, row.stamped_at)
        return Checkpoint(through, digest) if through > 0 else BEGINNING

    def _keep_checkpoint(self, connection: sqlite3.Connection, checkpoint: Checkpoint) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?)",
            (*checkpoint, self._timeline.settled_now.timestamp()),
        )

    def _bury(self, connection: sqlite3.Connection, refusal: Rejected, *, chained: bool) -> None:
        connection.execute(
            "INSERT OR IGNORE INTO dead (seq, code, message, at, chained)"
            " SELECT seq, ?, ?, ?, ? FROM outbox WHERE seq = ?",
            (refusal.code, refusal.message, self._timeline.settled_now.timestamp(), int(chained), refusal.seq),
        )

    def recount(self) -> None:
        """Count what is unacknowledged anew."""
        self.depth: int = self._database.value(
            "SELECT count(*) FROM outbox WHERE seq > ?1 AND seq NOT IN (SELECT seq FROM dead WHERE seq > ?1)",
            self.cursor.sequence,
        )
