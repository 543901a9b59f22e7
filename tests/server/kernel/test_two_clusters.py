"""Identity and operations on two PostgreSQL servers: they share no transaction, so nothing may notice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool
from unison_server.app import create_app
from unison_server.kernel.backup import backup, restore
from unison_server.kernel.database import Database
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.migrate import upgrade
from unison_server.kernel.settings import Settings

from tests.server.conftest import FAST
from tests.server.factories import make_organization
from tests.server.identity.test_inbox import until_told
from tests.server.identity.test_notifier import agent, happen
from tests.server.serving import serving, sign_in


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a server whose databases live in two clusters."""
    clusters = {database: Cluster(tmp_path / database, options=FAST) for database in Database}
    settings = Settings(tmp_path / "data", password_time=1, password_memory=8)
    for database, cluster in clusters.items():
        cluster.start()
        urls = {name: url for name, url in cluster.urls().items() if name.startswith(database)}
        settings = settings.with_urls(urls)
        upgrade(database, settings.owner_url(database))
    yield settings
    for cluster in clusters.values():
        cluster.destroy()


def names(settings: Settings) -> list[str]:
    """Names of the people that operations knows."""
    engine = create_engine(settings.operations_owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        return list(connection.execute(text("select full_name from users")).scalars())


def test_people_sign_in_are_copied_over_told_and_come_back_from_a_backup(apart: Settings, tmp_path: Path) -> None:
    databases, system = apart.databases(), apart.system_databases()
    made = make_organization(databases, system)
    made.add_user("anna")
    with serving(create_app(apart)) as address, httpx.Client(base_url=address, timeout=20) as client:
        assert sign_in(client, made).get("/auth/me").status_code == 200
        deadline = time.monotonic() + 60
        while names(apart) != ["Anna"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        happen(made, agent(made), [None])
        assert [one["kind"] for one in until_told(sign_in(client, made), 1)] == ["agent_silent"]
    databases.dispose()
    system.dispose()
    backup(apart, tmp_path / "monday")
    former = restore(apart, tmp_path / "monday")
    assert set(former) == set(Database)
    assert names(apart) == ["Anna"]
