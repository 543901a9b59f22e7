"""Background work: deferred inside the transaction that asks for it, run by a worker until it has succeeded.

A room declares a task in its `jobs.py`, and `app.py` lists it:

    @task("reporting.report.build")
    def build_report(session: TenantSession, report_id: str) -> None: ...

    build_report.defer(session, report_id=str(report.id))    # nothing happens unless the transaction commits

The task runs in a transaction of its own, scoped to the organization of the session that deferred it. Its effect and
the mark that it is done are two commits: killed between them it runs again, so a task must bear being repeated or say
`repeatable=False`; then it is left as failed for a person to decide. What talks to others is an `Errand`: it holds no
transaction while it waits for them.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Concatenate, Generic, ParamSpec
from uuid import UUID

import procrastinate
import structlog
from sqlalchemy import Connection, make_url, text

from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.garbage import note_failure
from unison_server.kernel.scope import ActorKind, Scope

ATTEMPTS = 6
"""A repeatable task is tried this often, waiting 3, 9, 27 … seconds between."""
HEARTBEAT_SECONDS, DEAD_AFTER_SECONDS = 5.0, 30.0

P = ParamSpec("P")
log = structlog.get_logger(__name__)
# Never connects: it composes statements for the caller's connection.
_deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


@dataclass(frozen=True, slots=True)
class Task(Generic[P]):
    """A named piece of background work.

    Attributes:
        name: `room.thing.verb`. run: called with a scoped session and the parameters.
        repeatable: whether running it twice does no harm; it is tried `attempts` times then.
    """

    name: str
    run: Callable[Concatenate[TenantSession, P], None]
    repeatable: bool = True
    attempts: int = ATTEMPTS

    def defer(self, session: TenantSession, *args: P.args, **kwargs: P.kwargs) -> int:
        """Queue it with the commit of a session of operations; parameters are JSON values.

        Returns:
            The job's number.
        """
        bound = inspect.signature(self.run).bind(session, *args, **kwargs).arguments
        parameters = dict(list(bound.items())[1:])
        driver = session.connection().connection.driver_connection
        return _deferring.configure_task(self.name, connection=driver).defer(
            organization_id=str(session.organization_id), request_id=session.scope.request_id, parameters=parameters
        )


@dataclass(frozen=True, slots=True)
class Errand:
    """Background work that talks to others about one thing, and opens the transactions it needs by itself.

    It must bear being repeated.

    Attributes:
        name: `room.thing.verb`. run: called with both databases, the scope of the system and the id of the thing.
        attempts: how often it is tried.
    """

    name: str
    run: Callable[[Databases, Scope, UUID], None]
    attempts: int = ATTEMPTS
    repeatable: ClassVar[bool] = True

    def defer(self, operations: Connection, organization_id: UUID, thing: UUID) -> int:
        """Queue it with the commit of a transaction of operations.

        Returns:
            The job's number.
        """
        driver = operations.connection.driver_connection
        return _deferring.configure_task(self.name, connection=driver).defer(
            organization_id=str(organization_id), request_id="", parameters={"thing": str(thing)}
        )


def task(name: str, *, repeatable: bool = True) -> Callable[[Callable[Concatenate[TenantSession, P], None]], Task[P]]:
    """Declare a function of a session and parameters as background work."""

    def declare(run: Callable[Concatenate[TenantSession, P], None]) -> Task[P]:
        return Task(name, run, repeatable)

    return declare


class Worker:
    """Runs jobs in threads of this process.

    Args:
        system_url: address of operations for the system role, which reads the queue.
        concurrency: jobs at a time.
    """

    def __init__(
        self, databases: Databases, system_url: str, tasks: Iterable[Task[Any] | Errand], *, concurrency: int = 2
    ) -> None:
        self._databases = databases
        self._address = make_url(system_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._tasks = {task.name: task for task in tasks}
        self._concurrency = concurrency

    def run(self, end: threading.Event) -> None:
        """Work until `end` is set, then finish what runs; for a thread. Outlives a restart of PostgreSQL."""
        while not end.is_set():
            try:
                asyncio.run(self._work(end, wait=True))
            except Exception as error:
                note_failure()
                log.warning("the worker stopped, starting it again", error=repr(error))
            end.wait(1)

    def run_waiting(self) -> None:
        """Run what is due now and return; for tests and commands."""
        asyncio.run(self._work(threading.Event(), wait=False))

    async def _work(self, end: threading.Event, *, wait: bool) -> None:
        connector = procrastinate.PsycopgConnector(conninfo=self._address, min_size=1, max_size=self._concurrency + 3)
        app = procrastinate.App(connector=connector)
        for task in self._tasks.values():
            retry = procrastinate.RetryStrategy(max_attempts=task.attempts - 1, exponential_wait=3)
            app.task(name=task.name, retry=retry if task.repeatable else False)(self._runner(task))
        async with app.open_async():
            working = asyncio.create_task(
                app.run_worker_async(
                    wait=wait,
                    concurrency=self._concurrency,
                    install_signal_handlers=False,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=DEAD_AFTER_SECONDS,
                    shutdown_graceful_timeout=20,
                )
            )
            while not working.done():
                await asyncio.wait({working}, timeout=0.2)
                if end.is_set():
                    working.cancel()
                    await asyncio.wait({working})
            if not working.cancelled():
                working.result()

    def _runner(self, task: Task[Any] | Errand) -> Callable[..., None]:
        def run(organization_id: str, request_id: str, parameters: dict[str, Any]) -> None:
            scope = Scope(UUID(organization_id), ActorKind.SYSTEM, request_id=request_id)
            with structlog.contextvars.bound_contextvars(
                job=task.name, organization=organization_id, request=request_id
            ):
                if isinstance(task, Errand):
                    task.run(self._databases, scope, UUID(parameters["thing"]))
                    return
                with self._databases.session(Database.OPERATIONS, scope) as session:
                    task.run(session, **parameters)

        return run


def sweep(connection: Connection, tasks: Iterable[Task[Any] | Errand]) -> tuple[int, int]:
    """Put jobs of dead workers back into the queue, or fail those that must not be repeated (as the system role).

    Not a job itself, for then it could be stuck as well.

    Returns:
        How many were put back and how many failed.
    """
    repeatable = {task.name: task.attempts for task in tasks if task.repeatable}
    stuck = """
        select job.id, coalesce(job.attempts + 1 < known.attempts, false) as again
        from procrastinate_jobs job left join procrastinate_workers worker on worker.id = job.worker_id
        left join unnest(cast(:names as text[]), cast(:attempts as integer[])) as known(name, attempts)
            on known.name = job.task_name
        where job.status = 'doing'
          and (worker.id is null or worker.last_heartbeat < now() - make_interval(secs => :dead))
        for update of job skip locked
    """
    found = connection.execute(
        text(stuck),
        {"names": [*repeatable], "attempts": [*repeatable.values()], "dead": DEAD_AFTER_SECONDS},
    ).all()
    for job_id, again in found:
        statement = (
            "select procrastinate_retry_job_v2(:job, now(), null, null, null)"
            if again
            else "select procrastinate_finish_job_v1(:job, 'failed', false)"
        )
        connection.execute(text(statement), {"job": job_id})
    put_back = sum(again for _, again in found)
    if found:
        log.warning("jobs of a dead worker", put_back=put_back, failed=len(found) - put_back)
    return put_back, len(found) - put_back


def at_work(connection: Connection, errand: Errand, things: Collection[UUID]) -> set[UUID]:
    """Which of these things a job of the errand waits or works for (as the system role)."""
    statement = """
        select distinct args -> 'parameters' ->> 'thing' from procrastinate_jobs
        where task_name = :name and status in ('todo', 'doing') and args -> 'parameters' ->> 'thing' = any(:things)
    """
    found = connection.execute(text(statement), {"name": errand.name, "things": [str(thing) for thing in things]})
    return {UUID(thing) for thing in found.scalars()}


def forget_finished(connection: Connection, days: int) -> int:
    """Delete jobs that ended more than `days` ago (as the system role); returns how many."""
    statement = """
        delete from procrastinate_jobs job
        where status not in ('todo', 'doing')
          and (select max(at) from procrastinate_events where job_id = job.id) < now() - make_interval(days => :days)
    """
    return connection.execute(text(statement), {"days": days}).rowcount
