"""What tests of the server stand on: one embedded cluster, databases per worker cloned from those the migrations built.

Tests connect as the runtime role, commit for real, clean nothing, and each makes an organization of its own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg import sql
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.keys import new_id
from unison_server.kernel.migrate import upgrade
from unison_server.kernel.roles import create_database
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings

from tests import secret_watch
from tests.server import late_workers

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
"""Not for data anybody wants to keep."""


def pytest_configure() -> None:
    """Before any server is made."""
    late_workers.install()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One PostgreSQL for all workers; the last one to finish deletes it."""
    with _shared(tmp_path_factory, "cluster", os.environ.get("UNISON_POSTGRES", "")) as cluster:
        yield cluster
        leaks = secret_watch.WATCH.leaks_in(secret_watch.logs(cluster.folder))
        assert not leaks, f"PostgreSQL logged a secret: {leaks}"


@pytest.fixture(scope="session")
def identity_cluster(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Where people are: the same, or with `UNISON_TWO_CLUSTERS` one of its own, of the wheel's PostgreSQL."""
    if "UNISON_TWO_CLUSTERS" not in os.environ:
        yield cluster
        return
    with _shared(tmp_path_factory, "identity_cluster", "") as other:
        yield other


@pytest.fixture(scope="session")
def settings(cluster: Cluster, identity_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a server over this worker's migrated databases, with the least cost of passwords."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    urls: dict[str, str] = {}
    for database, home in {Database.IDENTITY: identity_cluster, Database.OPERATIONS: cluster}.items():
        with _alone(home.data):
            there = home.urls({database: _clone(home, database, worker)})
        urls |= {name: url for name, url in there.items() if name.startswith(database)}
    data = tmp_path_factory.mktemp("data")
    return Settings(data=data, pool_size=10, password_time=1, password_memory=8).with_urls(urls)


@pytest.fixture(scope="session")
def databases(settings: Settings) -> Iterator[Databases]:
    """Both databases as the runtime role."""
    engines = settings.databases()
    yield engines
    engines.dispose()


@pytest.fixture(scope="session")
def system_databases(settings: Settings) -> Iterator[Databases]:
    """Both databases as the system role."""
    engines = settings.system_databases()
    yield engines
    engines.dispose()


@pytest.fixture(scope="session")
def owner_urls(settings: Settings) -> dict[Database, str]:
    """Addresses of both databases as their owner."""
    return {database: settings.owner_url(database) for database in Database}


@dataclass(frozen=True)
class Scratch:
    """An empty database of its own, with addresses of all three roles by settings field."""

    name: str
    urls: dict[str, str]

    @property
    def owner_url(self) -> str:
        """Its address as owner."""
        return self.urls["operations_owner_url"]


@pytest.fixture
def scratch(cluster: Cluster) -> Iterator[Callable[[], Scratch]]:
    """Makes empty databases, dropped at the end of the test."""
    made: list[str] = []

    def make(template: str = "template0") -> Scratch:
        name = f"scratch_{new_id().hex}"
        with cluster.connect(autocommit=True) as connection:
            create_database(connection, name, template)
        made.append(name)
        return Scratch(name, cluster.urls(dict.fromkeys(Database, name)))

    yield make
    with cluster.connect(autocommit=True) as connection:
        for name in made:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def migrated(cluster: Cluster, scratch: Callable[..., Scratch]) -> Callable[[Database], Scratch]:
    """Makes databases of one's own that all migrations were applied to, in a tenth of the time these take."""

    def make(database: Database) -> Scratch:
        with _alone(cluster.data):
            return scratch(_template(cluster, database))

    return make


@pytest.fixture
def scope() -> Scope:
    """The system acting in a new organization that no table knows yet."""
    return Scope(organization_id=new_id())


def _clone(cluster: Cluster, database: Database, worker: str) -> str:
    template, name = _template(cluster, database), f"{database}_{worker}"
    with cluster.connect(autocommit=True) as connection:
        create_database(connection, name, template)
    return name


def _template(cluster: Cluster, database: Database) -> str:
    """The name of the one that all migrations were applied to; for who is alone."""
    template = f"template_{database}"
    with cluster.connect(autocommit=True) as connection:
        present = {name for (name,) in connection.execute("select datname from pg_database")}
        if template not in present:
            create_database(connection, template)
            upgrade(database, cluster.urls({database: template})[f"{database}_owner_url"])
    return template


@contextmanager
def _shared(tmp_path_factory: pytest.TempPathFactory, name: str, binaries: str) -> Iterator[Cluster]:
    """A cluster of all workers of this run, begun by the first and deleted by the last."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    users = shared / f"{name}_users"
    with _alone(shared):
        cluster = Cluster(shared / name, binaries, FAST)
        cluster.start()
        users.write_text(str(_count(users) + 1))
    yield cluster
    with _alone(shared):
        users.write_text(str(_count(users) - 1))
        if _count(users) == 0:
            cluster.destroy()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "tests.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _count(file: Path) -> int:
    return int(file.read_text()) if file.exists() else 0
