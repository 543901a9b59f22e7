"""Identity and operations on two PostgreSQL servers: they share no transaction, so nothing may notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.pool import NullPool
from unison_server.app import create_app
from unison_server.identity.tables import Organization
from unison_server.kernel.backup import backup, restore
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.migrate import upgrade
from unison_server.kernel.outbox import record
from unison_server.kernel.settings import Settings

from tests.server.conftest import FAST
from tests.server.factories import make_organization
from tests.server.identity.test_inbox import until_told
from tests.server.identity.test_notifier import agent, happen
from tests.server.serving import serving, sign_in
from tests.server.stations.floor import build


@pytest.fixture
def clusters(tmp_path: Path) -> Iterator[dict[Database, Cluster]]:
    """One for each database."""
    clusters = {database: Cluster(tmp_path / database, options=FAST) for database in Database}
    yield clusters
    for cluster in clusters.values():
        cluster.destroy()


@pytest.fixture
def apart(tmp_path: Path, clusters: dict[Database, Cluster]) -> Settings:
    """Settings of a server whose databases live in two clusters."""
    settings = Settings(tmp_path / "data", password_time=1, password_memory=8)
    for database, cluster in clusters.items():
        cluster.start()
        urls = {name: url for name, url in cluster.urls().items() if name.startswith(database)}
        settings = settings.with_urls(urls)
        upgrade(database, settings.owner_url(database))
    return settings


@pytest.fixture
def both(apart: Settings) -> Iterator[tuple[Databases, Databases]]:
    """Engines as tests use them, and those of the system role."""
    engines = (apart.databases(), apart.system_databases())
    yield engines
    for each in engines:
        each.dispose()


@contextmanager
def served(settings: Settings) -> Iterator[httpx.Client]:
    """The server, as its clients see it."""
    with serving(create_app(settings)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def names(settings: Settings) -> list[str]:
    """Names of the people that operations knows."""
    engine = create_engine(settings.operations_owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        return list(connection.execute(text("select full_name from users")).scalars())


def test_people_sign_in_are_copied_over_told_and_come_back_from_a_backup(apart: Settings, tmp_path: Path) -> None:
    databases, system = apart.databases(), apart.system_databases()
    made = make_organization(databases, system)
    made.add_user("anna")
    with served(apart) as client:
        assert sign_in(client, made).get("/auth/me").status_code == 200
        until(lambda: names(apart) == ["Anna"])
        happen(made, agent(made), [None])
        assert [one["kind"] for one in until_told(sign_in(client, made), 1)] == ["agent_silent"]
    databases.dispose()
    system.dispose()
    backup(apart, tmp_path / "monday")
    former = restore(apart, tmp_path / "monday")
    assert set(former) == set(Database)
    assert names(apart) == ["Anna"]


def copies(settings: Settings) -> list[bool]:
    """Which organizations operations lets machines in of."""
    told = asked(settings.operations_owner_url, "select is_active from organization_copies")
    return [active is True for (active,) in told]


def asked(url: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def happenings(url: str) -> list[tuple[object, ...]]:
    """What happened in identity, in the order it is told in."""
    return asked(url, "select id, topic, entity from events where topic like 'identity.%' order by position")


def is_away(client: httpx.Client, part: str) -> bool:
    """Whether health names it as what does not answer."""
    parts = client.get("/api/v1/health").json()["parts"]
    return [one["name"] for one in parts if not one["ok"] and one["name"] in (*Database,)] == [part]


def test_stations_are_served_while_identity_is_down_and_what_comes_after_is_known(
    apart: Settings, clusters: dict[Database, Cluster], both: tuple[Databases, Databases]
) -> None:
    made = make_organization(*both)
    made.add_user("anna")
    with served(apart) as client:
        floor = build(sign_in(client, made), made)
        until(lambda: copies(apart) == [True])
        clusters[Database.IDENTITY].stop()
        assert floor.sender.call("GET", "/configuration").status_code == 200
        scan = {"id": str(uuid4()), "station_id": str(floor.station_id), "source": "scanner", "text": "PART-1"}
        answered = floor.sender.event("command_answered", command_id=str(uuid4()), ok=True)
        floor.sender.send([answered, floor.sender.event("scan_taken", 0, **scan)])
        assert floor.sender.call("GET", "/roster").status_code == 503
        until(lambda: is_away(client, "identity"))
        clusters[Database.IDENTITY].start()
        until(lambda: floor.sender.call("GET", "/roster").status_code == 200)
        made.add_user("berta")
        with made.databases.session(Database.IDENTITY, made.scope) as session:
            rest(session)
        until(lambda: copies(apart) == [False])
        assert set(names(apart)) == {"Anna", "Berta"}
        refused = floor.sender.call("GET", "/configuration")
        assert (refused.status_code, refused.json()["code"]) == (401, "organization_inactive")


def rest(session: TenantSession) -> None:
    """As a superadministrator has it."""
    organization = session.scalars(select(Organization)).one()
    organization.is_active = False
    session.flush()
    record(session, "identity.organization.deactivated", organization.id, version=organization.version)


def test_people_work_while_operations_is_down_and_all_of_it_arrives_once_and_in_order(
    apart: Settings, clusters: dict[Database, Cluster], both: tuple[Databases, Databases]
) -> None:
    made = make_organization(*both)
    made.add_user("anna")
    with served(apart) as client:
        anna = sign_in(client, made)
        until(lambda: names(apart) == ["Anna"])
        before = len(happenings(apart.identity_owner_url))
        clusters[Database.OPERATIONS].stop()
        until(lambda: is_away(client, "operations"))
        assert anna.get("/plants").status_code == 503
        for name in ("berta", "carl", "dora"):
            assert anna.post("/users", {"username": name, "full_name": name.title()}).status_code == 201
        make_organization(*both).add_user("eve")
        clusters[Database.OPERATIONS].start()
        until(lambda: set(names(apart)) == {"Anna", "Berta", "Carl", "Dora", "Eve"})
        assert copies(apart) == [True, True]
        told = happenings(apart.identity_owner_url)[before:]
        until(lambda: told[-1] in happenings(apart.operations_owner_url))
        assert happenings(apart.operations_owner_url)[-len(told) :] == told
        assert len({id_ for id_, *_ in told}) == len(told) >= 5
