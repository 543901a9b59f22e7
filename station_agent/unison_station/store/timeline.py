"""The boots events were stamped in, and what must be added to the stamps of each."""

from __future__ import annotations

from datetime import datetime

from unison_station.clock import Anchor, SteadyClock, SystemTime, anchor, correction
from unison_station.store.database import Database


class Timeline:
    """This boot's line of stamps and the corrections of all boots in the buffer.

    Attributes:
        boot: number of this boot in the buffer's rows.
        clock: steady UTC on this boot's line.
    """

    def __init__(self, database: Database, system: SystemTime, newest_stamp: datetime | None) -> None:
        """Go on with the line of this boot, or begin one that does not lie before `newest_stamp`."""
        self._database = database
        boot_id = system.boot_id()
        found = database.rows("SELECT boot_id, utc, monotonic FROM boots WHERE boot_id = ?", boot_id)
        line = anchor(system, same_boot=Anchor(*found[0]) if found else None, newest_stamp=newest_stamp)
        with database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO boots (boot_id, utc, monotonic) VALUES (?, ?, ?)", line)
        self.boot: int = database.value("SELECT id FROM boots WHERE boot_id = ?", boot_id)
        self.clock = SteadyClock(system, line)

    def corrections(self) -> dict[int, float | None]:
        """Seconds to add to the stamps of each boot; None where the server's time was never known."""
        return dict(self._database.rows("SELECT id, correction FROM boots"))

    @property
    def correction(self) -> float | None:
        """Seconds to add to what this boot stamps; None until the server's time is known."""
        return self.corrections()[self.boot]

    def learn(self, ahead: float) -> None:
        """Take the server's offset to the boot clock: the first settles this boot's correction, later ones steer."""
        settled = self.correction
        line = self.clock.line
        if settled is not None:
            self.clock.steer(ahead - (line.utc - line.monotonic) - settled)
            return
        with self._database.writing() as connection:
            connection.execute("UPDATE boots SET correction = ? WHERE id = ?", (correction(line, ahead), self.boot))

    def keep(self) -> None:
        """Remember the line with its steering for the next run of this boot; forget boots without events."""
        line = self.clock.line
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE boots SET utc = ?, monotonic = ? WHERE id = ?", (line.utc, line.monotonic, self.boot)
            )
            newest = connection.execute("SELECT boot FROM outbox ORDER BY seq LIMIT 1").fetchone()
            connection.execute("DELETE FROM boots WHERE id < ?", (newest[0] if newest else self.boot,))
