"""Jobs are deferred with their transaction, and no kill loses one or leaves one stuck."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.jobs import ATTEMPTS, Task, Worker, forget_finished, sweep, task
from unison_server.kernel.jobs_schema import install
from unison_server.kernel.scope import Scope

from tests.server.conftest import Scratch


@task("tests.note.write")
def write_note(session: TenantSession, words: str) -> None:
    session.execute(
        text("insert into notes values (current_setting('app.organization_id')::uuid, :words)"), {"words": words}
    )


@task("tests.note.fail")
def fail(session: TenantSession) -> None:
    write_note.run(session, words="never seen")
    raise RuntimeError("the printer burns")


@task("tests.money.send", repeatable=False)
def send_money(session: TenantSession) -> None:
    write_note.run(session, words="sent")


TASKS: list[Task[...]] = [write_note, fail, send_money]


class Queue:
    """A queue in a database of its own."""

    def __init__(self, scratch: Scratch) -> None:
        self.system_url = scratch.urls["operations_system_url"]
        self.databases = Databases.connect(scratch.urls["identity_url"], scratch.urls["operations_url"])
        self.system = create_engine(self.system_url, poolclass=NullPool)
        owner = create_engine(scratch.owner_url)
        with owner.begin() as connection:
            install(connection)
            install(connection)  # a second time changes nothing
            connection.execute(text("create table notes (organization_id uuid, words text)"))
            connection.execute(text("grant all on notes to unison_runtime, unison_system"))
        owner.dispose()

    def worker(self) -> Worker:
        return Worker(self.databases, self.system_url, TASKS)

    def column(self, statement: str) -> list[object]:
        with self.system.begin() as connection:
            return list(connection.execute(text(statement)).scalars())

    def notes(self) -> list[object]:
        return self.column("select words from notes order by words")

    def states(self) -> list[object]:
        return self.column("select status::text from procrastinate_jobs order by id")

    def die_while_doing(self) -> None:
        """As if a worker took every job and was killed."""
        self.column("update procrastinate_jobs set status = 'doing' where status = 'todo' returning id")

    def sweep(self) -> tuple[int, int]:
        with self.system.begin() as connection:
            return sweep(connection, TASKS)

    def dispose(self) -> None:
        self.databases.dispose()
        self.system.dispose()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def queue(scratch: Callable[[], Scratch]) -> Iterator[Queue]:
    queue = Queue(scratch())
    yield queue
    queue.dispose()


def test_a_job_runs_in_the_organization_that_deferred_it(queue: Queue, scope: Scope) -> None:
    with queue.databases.session(Database.OPERATIONS, scope) as session:
        write_note.defer(session, words="hello")
    queue.worker().run_waiting()
    assert queue.column("select organization_id from notes") == [scope.organization_id]
    assert queue.states() == ["succeeded"]


def test_a_job_of_a_rolled_back_transaction_never_was(queue: Queue, scope: Scope) -> None:
    with TenantSession(queue.databases.operations, scope) as session:
        write_note.defer(session, words="hello")
        session.rollback()
    assert queue.states() == []


def test_parameters_are_checked_when_deferred(queue: Queue, scope: Scope) -> None:
    given = {"words": "hello", "colour": "red"}
    with TenantSession(queue.databases.operations, scope) as session, pytest.raises(TypeError, match="colour"):
        write_note.defer(session, **given)


def test_a_failing_job_leaves_no_effect_and_is_tried_again(queue: Queue, scope: Scope) -> None:
    with queue.databases.session(Database.OPERATIONS, scope) as session:
        fail.defer(session)
    queue.worker().run_waiting()
    assert queue.notes() == []
    assert queue.column("select status::text from procrastinate_jobs where scheduled_at > now()") == ["todo"]


def test_requests_see_no_job_of_anybody(queue: Queue, scope: Scope) -> None:
    with queue.databases.session(Database.OPERATIONS, scope) as session:
        write_note.defer(session, words="secret")
    with queue.databases.operations.connect() as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text("select args from procrastinate_jobs"))


def test_jobs_of_a_dead_worker_run_again_or_fail_by_their_flag(queue: Queue, scope: Scope) -> None:
    with queue.databases.session(Database.OPERATIONS, scope) as session:
        write_note.defer(session, words="hello")
        send_money.defer(session)
    queue.die_while_doing()
    assert queue.sweep() == (1, 1)
    assert queue.states() == ["todo", "failed"]
    queue.worker().run_waiting()
    assert queue.notes() == ["hello"]


def test_a_job_that_kills_every_worker_is_given_up(queue: Queue, scope: Scope) -> None:
    with queue.databases.session(Database.OPERATIONS, scope) as session:
        write_note.defer(session, words="poison")
    for _ in range(ATTEMPTS):
        queue.die_while_doing()
        queue.sweep()
    assert queue.states() == ["failed"]


def test_the_sweeper_leaves_living_workers_alone(queue: Queue, scope: Scope) -> None:
    with queue.databases.session(Database.OPERATIONS, scope) as session:
        write_note.defer(session, words="hello")
    queue.column("insert into procrastinate_workers default values returning id")
    worker = "(select id from procrastinate_workers)"
    queue.column(f"update procrastinate_jobs set status = 'doing', worker_id = {worker} returning id")
    assert queue.sweep() == (0, 0)


def test_old_finished_jobs_are_forgotten(queue: Queue, scope: Scope) -> None:
    with queue.databases.session(Database.OPERATIONS, scope) as session:
        write_note.defer(session, words="hello")
    queue.worker().run_waiting()
    with queue.system.begin() as connection:
        assert forget_finished(connection, days=1) == 0
        connection.execute(text("update procrastinate_events set at = now() - interval '2 days'"))
        assert forget_finished(connection, days=1) == 1
    assert queue.states() == []


def test_a_worker_wakes_up_for_a_job_and_ends_when_told(queue: Queue, scope: Scope) -> None:
    end = threading.Event()
    thread = threading.Thread(target=queue.worker().run, args=(end,))
    thread.start()
    with queue.databases.session(Database.OPERATIONS, scope) as session:
        write_note.defer(session, words="hello")
    wait_until(lambda: queue.states() == ["succeeded"])
    end.set()
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert queue.notes() == ["hello"]


def test_a_worker_outlives_kill_9_of_postgresql(tmp_path: Path, scope: Scope) -> None:
    cluster = Cluster(tmp_path / "data", options={"fsync": "off"})
    cluster.start()
    queue = Queue(Scratch("operations", cluster.urls()))
    end = threading.Event()
    thread = threading.Thread(target=queue.worker().run, args=(end,))
    thread.start()
    try:
        wait_until(lambda: queue.column("select id from procrastinate_workers") != [])
        os.kill(int((cluster.pgdata / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        cluster.start()
        with queue.databases.session(Database.OPERATIONS, scope) as session:
            write_note.defer(session, words="after")
        wait_until(lambda: queue.states() == ["succeeded"])
    finally:
        end.set()
        thread.join(timeout=60)
        queue.dispose()
        cluster.destroy()
    assert not thread.is_alive()


KILLED = """
import os, sys
from unison_server.kernel.database import Databases
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.jobs import Task, Worker

def hang(session, words):
    print("begun", flush=True)
    import time
    time.sleep(600)

Worker(Databases.connect(sys.argv[1], sys.argv[1]), sys.argv[2], [Task("tests.note.write", hang)]).run_waiting()
"""


def test_kill_9_of_a_worker_in_the_middle_of_a_job_loses_nothing(queue: Queue, scope: Scope) -> None:
    with queue.databases.session(Database.OPERATIONS, scope) as session:
        write_note.defer(session, words="hello")
    runtime_url = queue.databases.operations.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, runtime_url, queue.system_url], stdout=subprocess.PIPE, text=True
    ) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "begun\n"
        os.kill(victim.pid, signal.SIGKILL)
    assert queue.states() == ["doing"]
    queue.column("update procrastinate_workers set last_heartbeat = now() - interval '1 minute' returning id")
    assert queue.sweep() == (1, 0)
    queue.worker().run_waiting()
    assert queue.notes() == ["hello"]
