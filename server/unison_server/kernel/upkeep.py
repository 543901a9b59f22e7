"""What a server does for its databases by the clock, across organizations: the listed work of owner and system role.

A loop and not jobs: it must go on where the queue itself is stuck. So every step stands alone: one that fails
is logged, and the others are done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import create_engine, pool, text

from unison_server.kernel import idempotency, outbox
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.jobs import Errand, Task, forget_finished, sweep
from unison_server.kernel.partitions import make_months, partitioned_by_time
from unison_server.kernel.settings import Settings

SWEEP_SECONDS, HOUSEKEEPING_SECONDS, FAILED_SECONDS = 10.0, 3600.0, 300.0
MONTHS_AHEAD = 2
EVENTS_KEPT = timedelta(days=7)
KEYS_KEPT = timedelta(days=3)
JOBS_KEPT_DAYS = 30
LEAP, PROVEN_BY = timedelta(days=30), timedelta(days=3)
_HAS_LEAPT = text(
    """
    select exists (select from events where at < :leap)
        and not exists (select from events where at >= :leap and at < :proven)
    """
)

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
    forgetting: Sequence[Chore] = ()
    """Chores that delete what is old."""

    def run(self, end: threading.Event) -> None:
        """Sweep every ten seconds and keep house every hour until `end` is set; for a thread."""
        housekeeping_at = time.monotonic()
        while not end.is_set():
            self.sweep()
            if time.monotonic() >= housekeeping_at:
                is_kept = self.keep_house()
                housekeeping_at = time.monotonic() + (HOUSEKEEPING_SECONDS if is_kept else FAILED_SECONDS)
            end.wait(SWEEP_SECONDS)

    def sweep(self) -> None:
        """Take jobs from dead workers; look after what rooms watch."""
        now = datetime.now(UTC)
        done(self._take_jobs)
        for watch in self.watches:
            done(watch, self.settings, self.system, now)

    def keep_house(self) -> bool:
        """Make months ahead; do what rooms want done; forget what is old, unless the clock leapt.

        Returns:
            Whether every step succeeded.
        """
        now = datetime.now(UTC)
        kept = [done(make_ahead, self.settings.owner_url(database), now) for database in Database]
        kept += [done(chore, self.settings, self.system, now) for chore in self.chores]
        return done(self._forget, now) and all(kept)

    def _take_jobs(self) -> None:
        with self.system.operations.begin() as connection:
            sweep(connection, self.tasks)

    def _forget(self, now: datetime) -> None:
        """Forget old events, idempotency keys, finished jobs and what rooms want forgotten.

        Raises:
            RuntimeError: some of them could not be; the others are.
        """
        if has_leapt(self.system, now):
            log.warning(
                "nothing is forgotten: the clock is far beyond what happened last, and may be wrong",
                now=now.isoformat(),
                goes_on_after_days=PROVEN_BY.days,
            )
            return
        kept = [done(_prune, self.system, database, now) for database in Database]
        kept.append(done(_forget_jobs, self.system))
        kept += [done(chore, self.settings, self.system, now) for chore in self.forgetting]
        if not all(kept):
            raise RuntimeError(f"{kept.count(False)} of {len(kept)} kinds of old rows could not be forgotten")


def done(step: Callable[..., object], *given: object) -> bool:
    """Whether a step of the upkeep succeeded; a failure is logged: the next turn may succeed, and others go on."""
    try:
        step(*given)
    except Exception:
        log.exception("a step of the upkeep failed, it will be tried again", step=getattr(step, "__name__", repr(step)))
        return False
    return True


def has_leapt(system: Databases, now: datetime) -> bool:
    """Whether events are there from more than `LEAP` ago, though they are kept for a week, and none since but new ones.

    Then the clock leapt ahead, or the server was off for as long. Until `PROVEN_BY` of new events nobody can tell.
    """
    with system.operations.begin() as connection:
        return bool(connection.execute(_HAS_LEAPT, {"leap": now - LEAP, "proven": now - PROVEN_BY}).scalar())


def _prune(system: Databases, database: Database, now: datetime) -> None:
    with system.engine_for(database).begin() as connection:
        outbox.prune(connection, now - EVENTS_KEPT)
        idempotency.prune(connection, now - KEYS_KEPT)


def _forget_jobs(system: Databases) -> None:
    with system.operations.begin() as connection:
        forget_finished(connection, JOBS_KEPT_DAYS)


def make_ahead(owner_url: str, now: datetime) -> list[str]:
    """Make this month's and the coming partitions of every table partitioned by time; returns the new ones."""
    engine = create_engine(owner_url, poolclass=pool.NullPool)
    made = []
    with engine.connect() as connection:
        for table in partitioned_by_time(connection):
            made += make_months(connection, table, now.date(), MONTHS_AHEAD)
            connection.commit()  # one table at a time: a lock on one must not hold up the others
    return made
