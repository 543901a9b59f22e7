"""The boots events were stamped in, and what their stamps mean."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from unison_station.clock import (
    ANSWERS_KEPT,
    EPOCH,
    STEP_SECONDS,
    Anchor,
    Line,
    SteadyClock,
    SystemTime,
    anchor,
    correction,
)
from unison_station.store.database import Database
from unison_station.store.rows import Row

UNKNOWN = Line()
"""Of a boot nothing is kept of, because its buffer was damaged: never known to be right."""


class Timeline:
    """This boot's line of stamps and those of all boots before. A boot is a few bytes and kept for ever: what is
    remembered of a machine may be from any of them.

    Attributes:
        boot: number of this boot in the buffer's rows.
        clock: steady UTC on this boot's line.
        lines: of each boot, by its number.
    """

    def __init__(self, database: Database, system: SystemTime) -> None:
        """Go on with the line of this boot, or begin one after all that was stamped before."""
        self._database = database
        self._system = system
        self.lines: Mapping[int, Line] = _lines(database)
        boot_id = system.boot_id()
        found = database.rows("SELECT boot_id, utc, monotonic FROM boots WHERE boot_id = ?", boot_id)
        newest = _newest(database, self.lines)
        line = anchor(system, same_boot=Anchor(*found[0]) if found else None, newest=newest)
        with database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO boots (boot_id, utc, monotonic, begun) VALUES (?, ?, ?, ?)",
                (*line, line.utc),
            )
        self.lines = _lines(database)
        self.boot: int = database.value("SELECT id FROM boots WHERE boot_id = ?", boot_id)
        self.clock = SteadyClock(system, line)
        self._doubts: deque[float] = deque(maxlen=ANSWERS_KEPT)

    @property
    def line(self) -> Line:
        """What the stamps of this boot mean."""
        return self.lines[self.boot]

    @property
    def correction(self) -> float | None:
        """Seconds to add to what this boot stamps; None until the server's time is known."""
        return self.line.correction

    @property
    def settled_now(self) -> datetime:
        """This moment by the server's time, as far as it is known."""
        return self.line.settled(self.clock.now())

    def recalled(self, stamp: datetime, boot: int) -> datetime:
        """What a stamp kept in some boot is in this one: as it is, or of a former boot by the server's time."""
        return stamp if boot == self.boot else self.line.remembered(self.lines.get(boot, UNKNOWN).settled(stamp))

    def learn(self, ahead: float) -> None:
        """Take the server's offset to the boot clock: the first settles this boot's correction, later ones steer.

        Where the stamps stay behind by the same step, answer for answer, the first was wrong, and they leap forward.
        A PC whose clock is kept by a time service takes that clock's offset for the server's: what the server says is
        wrong where it says otherwise.
        """
        if self._system.is_synchronised():
            ahead = self._system.wall() - self._system.monotonic()
        behind = self.behind(ahead)
        if behind is not None:
            self._doubts.append(behind)
            if len(self._doubts) == ANSWERS_KEPT and min(self._doubts) > STEP_SECONDS > _spread(self._doubts):
                self.clock.leap(behind)
                self._doubts.clear()
                self.keep()
            else:
                self.clock.steer(behind)
            return
        by = correction(self.clock.line, ahead)
        with self._database.writing() as connection:
            connection.execute("UPDATE boots SET correction = ? WHERE id = ?", (by, self.boot))
        self.lines = {**self.lines, self.boot: self.line._replace(correction=by)}

    def behind(self, ahead: float) -> float | None:
        """Seconds by which corrected stamps are behind the server; None before the correction is settled."""
        line = self.clock.line
        return None if self.correction is None else ahead - (line.utc - line.monotonic) - self.correction

    def keep(self) -> None:
        """Remember the line with its steering for the next run of this boot."""
        with self._database.writing() as connection:
            self.keep_in(connection)

    def keep_in(self, connection: sqlite3.Connection) -> None:
        """The same inside the running transaction, so that no later boot begins before what is committed with it."""
        line = self.clock.line
        connection.execute(
            "UPDATE boots SET utc = ?, monotonic = ? WHERE id = ?", (line.utc, line.monotonic, self.boot)
        )


def _spread(values: Collection[float]) -> float:
    return max(values) - min(values)


def _lines(database: Database) -> dict[int, Line]:
    rows = database.rows("SELECT id, begun, correction FROM boots")
    return {boot: Line(EPOCH + timedelta(seconds=begun), by) for boot, begun, by in rows}


def _newest(database: Database, lines: Mapping[int, Line]) -> datetime | None:
    """The last moment that is known of the boots so far, by the server's time."""
    ends = database.rows("SELECT id, utc FROM boots ORDER BY id DESC LIMIT 1")
    stamps = [(boot, EPOCH + timedelta(seconds=utc)) for boot, utc in ends]
    rows = database.rows("SELECT seq, boot, kind, body FROM outbox ORDER BY seq DESC LIMIT 1")
    stamps += [(row.boot, stamp) for row in map(Row._make, rows) if (stamp := row.moment) is not None]
    return max((lines.get(boot, UNKNOWN).settled(stamp) for boot, stamp in stamps), default=None)
