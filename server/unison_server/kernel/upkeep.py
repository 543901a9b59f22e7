"""What a server does for its databases by the clock, across organizations: the listed work of owner and system role.

A loop and not jobs: it must go on where the queue itself is stuck.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import create_engine, pool

from unison_server.kernel import idempotency, outbox
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.jobs import Errand, Task, forget_finished, sweep
from unison_server.kernel.partitions import make_months, partitioned_by_time
from unison_server.kernel.settings import Settings

SWEEP_SECONDS, HOUSEKEEPING_SECONDS = 10.0, 3600.0
MONTHS_AHEAD = 2
EVENTS_KEPT = timedelta(days=7)
KEYS_KEPT = timedelta(days=3)
JOBS_KEPT_DAYS = 30

Chore = Callable[[Settings, Databases, datetime], None]
"""A room's part in keeping house: settings, engines of the system role, now. It can be repeated."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The loop; several servers may run it at once, for every step can be repeated."""

    settings: Settings
    system: Databases
    tasks: Sequence[Task[Any] | Errand]
    chores: Sequence[Chore] = ()
    watches: Sequence[Chore] = ()
    """Done with every sweep, where `chores` are done every hour."""

    def run(self, end: threading.Event) -> None:
        """Sweep every ten seconds and keep house every hour until `end` is set; for a thread."""
        housekeeping_at = time.monotonic()
        while not end.is_set():
            try:
                self.sweep()
                if time.monotonic() >= housekeeping_at:
                    self.keep_house()
                    housekeeping_at = time.monotonic() + HOUSEKEEPING_SECONDS
            except Exception:  # whatever it is, the next turn may succeed, and nothing else would sweep
                log.exception("upkeep failed, trying again")
            end.wait(SWEEP_SECONDS)

    def sweep(self) -> None:
        """Take jobs from dead workers; look after what rooms watch."""
        with self.system.operations.begin() as connection:
            sweep(connection, self.tasks)
        now = datetime.now(UTC)
        for watch in self.watches:
            watch(self.settings, self.system, now)

    def keep_house(self) -> None:
        """Make months ahead; forget old events, idempotency keys and finished jobs; do what rooms want done."""
        now = datetime.now(UTC)
        for database in Database:
            make_ahead(self.settings.owner_url(database), now)
            with self.system.engine_for(database).begin() as connection:
                outbox.prune(connection, now - EVENTS_KEPT)
                idempotency.prune(connection, now - KEYS_KEPT)
        with self.system.operations.begin() as connection:
            forget_finished(connection, JOBS_KEPT_DAYS)
        for chore in self.chores:
            chore(self.settings, self.system, now)


def make_ahead(owner_url: str, now: datetime) -> list[str]:
    """Make this month's and the coming partitions of every table partitioned by time; returns the new ones."""
    engine = create_engine(owner_url, poolclass=pool.NullPool)
    made = []
    with engine.connect() as connection:
        for table in partitioned_by_time(connection):
            made += make_months(connection, table, now.date(), MONTHS_AHEAD)
            connection.commit()  # one table at a time: a lock on one must not hold up the others
    return made
