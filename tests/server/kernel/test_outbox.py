"""What happened gets its number in the order it became visible, once, whatever is killed."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, event, select, text
from unison_server.kernel import dispatcher
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.dispatcher import Worker, has_rows, number
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import Recorded, events, outbox, prune, record, record_all
from unison_server.kernel.relay import CURSOR, Relay
from unison_server.kernel.scope import Scope
from unison_server.sites.people import PeopleCopy
from unison_server.sites.tables import UserCopy

from tests.server.factories import Made

DEADLINE = 60.0


def eventually(true: Callable[[], bool]) -> None:
    """Wait for a condition."""
    until = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)


@pytest.fixture
def numbering(system_databases: Databases) -> Iterator[Worker]:
    """A dispatcher, unless the server of this worker runs one already; then that one does it."""
    worker = Worker("unison.dispatcher.operations", system_databases.operations, number, look=has_rows)
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def end_holder(cluster: Cluster, databases: Databases) -> Callable[[str], int]:
    """Ends the database connection that holds an advisory lock; gives how many it were."""

    def kill(lock: str) -> int:
        database = databases.operations.url.database
        assert database
        with cluster.connect(database, autocommit=True) as connection:
            ended = connection.execute(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted"
                " and ((classid::bigint << 32) | objid::bigint) = hashtext(%s)::bigint"
                " and database = (select oid from pg_database where datname = current_database())",
                (lock,),
            )
            return len(ended.fetchall())

    return kill


def topics(databases: Databases, scope: Scope) -> list[str]:
    with databases.session(Database.OPERATIONS, scope) as session:
        return list(session.scalars(select(events.c.topic).order_by(events.c.position)))


def positions(databases: Databases, scope: Scope) -> list[int]:
    with databases.session(Database.OPERATIONS, scope) as session:
        return list(session.scalars(select(events.c.position).order_by(events.c.position)))


def test_nothing_happens_without_commit(databases: Databases, scope: Scope, numbering: Worker) -> None:
    session = TenantSession(databases.operations, scope)
    record(session, "sites.plant.burnt")
    session.close()
    with databases.session(Database.OPERATIONS, scope) as session:
        record(session, "sites.plant.created")
    eventually(lambda: topics(databases, scope) == ["sites.plant.created"])


def test_a_late_commit_is_not_skipped(databases: Databases, scope: Scope, numbering: Worker) -> None:
    early = TenantSession(databases.operations, scope)
    record(early, "sites.plant.begun_first")
    with databases.session(Database.OPERATIONS, scope) as session:
        record(session, "sites.plant.committed_first")
    eventually(lambda: topics(databases, scope) == ["sites.plant.committed_first"])
    early.commit()
    early.close()
    eventually(lambda: topics(databases, scope) == ["sites.plant.committed_first", "sites.plant.begun_first"])


def test_interleaved_commits_keep_the_order_of_each_and_lose_none(
    databases: Databases, scope: Scope, numbering: Worker
) -> None:
    def write(writer: int) -> None:
        for count in range(25):
            with databases.session(Database.OPERATIONS, scope) as session:
                record_all(session, [Recorded(f"w{writer}.n{count}.{part}") for part in "abc"])

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: len(topics(databases, scope)) == 300)
    got = topics(databases, scope)
    for writer in range(4):
        expected = [f"w{writer}.n{count}.{part}" for count in range(25) for part in "abc"]
        assert [topic for topic in got if topic.startswith(f"w{writer}.")] == expected
    assert len(set(positions(databases, scope))) == 300


def test_of_two_dispatchers_one_works_until_it_is_gone(
    databases: Databases, system_databases: Databases, scope: Scope
) -> None:
    name = f"test.{scope.organization_id}"
    first, second = (Worker(name, system_databases.operations, number) for _ in range(2))
    first.start()
    assert first.working.wait(DEADLINE)
    second.start()
    assert not second.working.wait(0.1)
    first.stop()
    assert second.working.wait(DEADLINE)
    second.stop()


def test_it_survives_the_loss_of_its_connection(
    databases: Databases, system_databases: Databases, end_holder: Callable[[str], int], scope: Scope
) -> None:
    worker = Worker(f"test.{scope.organization_id}", system_databases.operations, number)
    worker.start()
    assert worker.working.wait(DEADLINE)
    assert end_holder(f"test.{scope.organization_id}") == 1
    eventually(lambda: not worker.working.is_set())
    assert worker.working.wait(DEADLINE)
    with databases.session(Database.OPERATIONS, scope) as session:
        record(session, "sites.plant.created")
    eventually(lambda: topics(databases, scope) == ["sites.plant.created"])
    worker.stop()


def test_pruned_events_are_told(
    databases: Databases, system_databases: Databases, scope: Scope, numbering: Worker
) -> None:
    with databases.session(Database.OPERATIONS, scope) as session:
        record(session, "sites.plant.created")
    eventually(lambda: len(topics(databases, scope)) == 1)
    [position] = positions(databases, scope)
    with system_databases.operations.begin() as connection:
        connection.execute(
            text("update events set at = '2001-01-01' where organization_id = :o"), {"o": scope.organization_id}
        )
        day = connection.execute(text("select '2001-01-02'::timestamptz")).scalar_one()
        assert prune(connection, day) == 1
        told = connection.execute(text("select value from platform_settings where key = 'events.pruned_through'"))
        assert told.scalar_one() >= position
        # Later tests of this database replay from the beginning.
        connection.execute(text("update platform_settings set value = to_jsonb(0) where key = 'events.pruned_through'"))


def people(databases: Databases, made: Made) -> dict[UUID, str]:
    with databases.session(Database.OPERATIONS, made.scope) as session:
        return {person.id: person.full_name for person in session.scalars(select(UserCopy))}


def carried(engine: Engine, made: Made) -> list[str]:
    with engine.connect() as connection:
        found = connection.scalars(select(outbox.c.topic).where(outbox.c.organization_id == made.id))
        gone = connection.scalars(select(events.c.topic).where(events.c.organization_id == made.id))
        return sorted([*found, *gone])


def test_the_relay_carries_people_exactly_once(databases: Databases, system_databases: Databases, made: Made) -> None:
    relay = Relay(system_databases.identity, PeopleCopy())
    with system_databases.identity.begin() as identity:
        while number(identity):
            pass
    with system_databases.operations.begin() as operations:
        while relay.step(operations):
            pass
    user = made.add_user("anna")
    with system_databases.identity.begin() as identity:
        number(identity)
    for _ in range(2):
        with system_databases.operations.connect() as operations:  # as if killed before the commit
            relay.step(operations)
    for _ in range(3):
        with system_databases.operations.begin() as operations:
            relay.step(operations)
    assert people(databases, made) == {user: "Anna"}
    assert carried(system_databases.operations, made).count("identity.user.created") == 1


def test_the_relay_carries_many_people_in_few_statements(
    databases: Databases, system_databases: Databases, made: Made
) -> None:
    relay = Relay(system_databases.identity, PeopleCopy())
    asked: list[str] = []

    def note(*said: Any) -> None:
        asked.append(said[2])

    def statements_for(people_made: int) -> int:
        for _ in range(people_made):
            made.add_user(f"p{new_id().hex}")
        with system_databases.identity.begin() as identity:
            while number(identity):
                pass
        with system_databases.operations.begin() as operations:
            asked.clear()
            while relay.step(operations):
                pass
            return len(asked)

    statements_for(1)
    for engine in (system_databases.identity, system_databases.operations):
        event.listen(engine, "before_cursor_execute", note)
    try:
        assert statements_for(20) == statements_for(1)
    finally:
        for engine in (system_databases.identity, system_databases.operations):
            event.remove(engine, "before_cursor_execute", note)
    assert len(people(databases, made)) == 22


def test_the_relay_starts_over_after_a_restore(databases: Databases, system_databases: Databases, made: Made) -> None:
    user = made.add_user("anna")
    with system_databases.operations.begin() as operations:
        operations.execute(
            text("update platform_settings set value = jsonb_set(value, '{epoch}', '\"gone\"') where key = :key"),
            {"key": CURSOR.name},
        )
        Relay(system_databases.identity, PeopleCopy()).step(operations)
    assert people(databases, made)[user] == "Anna"


def test_ids_sort_as_they_are_made() -> None:
    made = [new_id() for _ in range(2000)]
    assert sum(first > second for first, second in itertools.pairwise(made)) < 100
    assert {(id_.version, id_.variant) for id_ in made} == {(7, "specified in RFC 4122")}


def test_an_idle_worker_only_looks_and_takes_a_step_when_it_sees_something(
    system_databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "_STEP_SECONDS", 600.0)
    steps: list[Connection] = []
    looks: list[bool] = []
    seen = threading.Event()

    def look(connection: Connection) -> bool:
        has_rows(connection)
        looks.append(seen.is_set())
        return looks[-1]

    def step(connection: Connection) -> bool:
        steps.append(connection)
        seen.clear()
        return False

    worker = Worker("unison.test.idle", system_databases.operations, step, poll_seconds=0.001, look=look)
    worker.start()
    eventually(lambda: len(looks) > 20)
    assert len(steps) == 1
    seen.set()
    eventually(lambda: len(steps) == 2)
    worker.wake.set()
    eventually(lambda: len(steps) == 3)
    monkeypatch.setattr(dispatcher, "_STEP_SECONDS", 0.0)
    worker.wake.set()
    eventually(lambda: len(steps) > 5)
    worker.stop()
