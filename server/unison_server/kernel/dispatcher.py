"""Numbers what was committed: rows of `outbox` become `events` with a position, in the order they became visible.

Ids are made before the commit, so a reader that remembers the greatest id misses a transaction that commits late. The
dispatcher takes every row it can see instead: a late one is simply part of a later batch. One process per database
does it, under an advisory lock; when that process dies the lock goes and the next one continues. Within this process
it is woken by the commit itself; rows of other processes (jobs, commands) are found by a short poll, because a NOTIFY
for each writing transaction would make all commits of the database queue for one lock. Such a poll is one `Look`, and
no transaction with a step in it: in an idle server it is all that happens, forty times a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

CHANNEL = "events"
BATCH = 2000
POLL_SECONDS = 0.025
_RETRY_SECONDS = 1.0
_STANDBY_SECONDS = 1.0
_STEP_SECONDS = 1.0
"""A step is taken at least this often, whatever looks say."""
_log = structlog.get_logger(__name__)

Step = Callable[[Connection], bool]
"""One transaction's worth of work; True when there may be more at once."""
Look = Callable[[Connection], bool]
"""Whether a step is worth its while; of the worker's connection, outside of any transaction."""

_NUMBER = text("""
    with counter as (select (value)::bigint as last from platform_settings where key = 'events.position' for update),
    taken as (
        delete from outbox where (organization_id, id) in (
            select organization_id, id from outbox order by id limit :batch
        ) returning *
    ),
    numbered as (
        insert into events
            (position, organization_id, id, topic, plant_id, entity, version, actor, occurred_at, causation)
        select (select last from counter) + row_number() over (order by id),
            organization_id, id, topic, plant_id, entity, version, actor, occurred_at, causation
        from taken order by id
        returning position
    ),
    told as (
        update platform_settings set value = to_jsonb((select max(position) from numbered))
        where key = 'events.position' and exists (select from numbered)
        returning value
    )
    select (select count(*) from numbered), pg_notify(:channel, told.value::text) from told
""")


_WAITING = "select exists (select from outbox)"


def number(connection: Connection) -> bool:
    """Move one batch from `outbox` to `events` and tell who listens; True when the batch was full."""
    moved = connection.execute(_NUMBER, {"batch": BATCH, "channel": CHANNEL}).scalar()
    return moved == BATCH


def has_rows(connection: Connection) -> bool:
    """Whether there is anything to number."""
    driver: psycopg.Connection[tuple[bool]] = connection.connection.driver_connection  # type: ignore[assignment]
    driver.autocommit = True  # one word to PostgreSQL instead of three
    found = driver.execute(_WAITING).fetchone()
    driver.autocommit = False
    return found == (True,)


class Worker:
    """A thread that repeats a step while it holds an advisory lock, in one process of all that try.

    Attributes:
        wake: set to make it look at once.
        working: set while this process holds the lock.
    """

    def __init__(
        self, name: str, engine: Engine, step: Step, *, poll_seconds: float = POLL_SECONDS, look: Look | None = None
    ) -> None:
        self.wake = threading.Event()
        self.working = threading.Event()
        self._name = name
        self._engine = engine
        self._step = step
        self._poll = poll_seconds
        self._look = look
        self._stop = threading.Event()
        self._thread = threading.Thread()

    def start(self) -> None:
        """Begin, also anew after an end."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the step in hand and let go of the lock."""
        self._stop.set()
        self.wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._engine.connect() as connection:
                    self._work(connection)
            except (DBAPIError, psycopg.Error) as error:
                told = str(error.orig if isinstance(error, DBAPIError) else error)
                _log.warning("worker lost the database, trying again", worker=self._name, error=told)
                self._stop.wait(_RETRY_SECONDS)
            except Exception:
                _log.exception("worker failed, trying again", worker=self._name)
                self._stop.wait(_RETRY_SECONDS)
            finally:
                self.working.clear()

    def _work(self, connection: Connection) -> None:
        while not self._take_lock(connection):
            if self._stop.wait(_STANDBY_SECONDS):
                return
        self.working.set()
        try:
            while not self._stop.is_set():
                self.wake.clear()
                with connection.begin():
                    more = self._step(connection)
                if not more:
                    self._wait(connection)
        finally:
            # The lock belongs to the connection, not to a transaction: it must not go back into the pool with it.
            connection.invalidate()

    def _wait(self, connection: Connection) -> None:
        """Until somebody wakes it, or a look finds something, or it is time for a step anyway."""
        due = time.monotonic() + _STEP_SECONDS
        while not self.wake.wait(self._poll):
            if self._look is None or time.monotonic() >= due or self._look(connection):
                return

    def _take_lock(self, connection: Connection) -> bool:
        with connection.begin():
            taken = connection.execute(text("select pg_try_advisory_lock(hashtext(:name))"), {"name": self._name})
            return bool(taken.scalar_one())
