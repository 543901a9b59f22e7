"""Health asks every part for real, names the one that is not well, and tells nobody where it lives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from starlette.requests import Request
from unison_domain.kernel.contracts import HealthAnswer
from unison_server.kernel.database import Databases
from unison_server.kernel.errors import NotFound, NotSignedIn
from unison_server.kernel.files import Files
from unison_server.kernel.health import check_health
from unison_server.kernel.metrics import Metrics, demand_reader
from unison_server.kernel.settings import Settings


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files.open(Settings(tmp_path))


@pytest.fixture
def worker(system_databases: Databases) -> Iterator[None]:
    """A worker that lives."""
    with system_databases.operations.begin() as connection:
        insert = text("insert into procrastinate_workers default values returning id")
        number = connection.execute(insert).scalar_one()
    yield
    with system_databases.operations.begin() as connection:
        connection.execute(text("delete from procrastinate_workers where id = :id"), {"id": number})


@pytest.fixture
def nowhere(settings: Settings) -> Iterator[Databases]:
    """Databases that nobody serves."""
    gone = "postgresql+psycopg://unison_runtime:secret@/identity?host=/nonexistent"
    databases = Databases.connect(gone, settings.operations_url)
    yield databases
    databases.dispose()


def by_name(health: HealthAnswer) -> dict[str, tuple[bool, str]]:
    return {part.name: (part.ok, part.detail) for part in health.parts}


@pytest.mark.usefixtures("worker")
def test_all_is_well(databases: Databases, system_databases: Databases, files: Files) -> None:
    health = check_health(databases, system_databases, files)
    assert health.ok
    assert [part.name for part in health.parts] == ["identity", "operations", "queue", "storage"]


def test_jobs_without_a_worker_are_told(databases: Databases, system_databases: Databases, files: Files) -> None:
    health = check_health(databases, system_databases, files)
    assert not health.ok
    ok, detail = by_name(health)["queue"]
    assert not ok
    assert detail.startswith("no worker runs")


@pytest.mark.usefixtures("worker")
def test_a_database_that_is_gone_is_named_without_its_address(
    nowhere: Databases, system_databases: Databases, files: Files
) -> None:
    health = check_health(nowhere, system_databases, files)
    parts = by_name(health)
    assert not health.ok
    assert parts["identity"] == (False, "does not answer (OperationalError)")
    assert parts["operations"][0]
    assert "secret" not in health.model_dump_json()


@pytest.mark.usefixtures("worker")
def test_a_full_storage_is_told(
    databases: Databases, system_databases: Databases, files: Files, tmp_path: Path
) -> None:
    (tmp_path / "files").rmdir()
    (tmp_path / "files").write_text("in the way")
    assert not by_name(check_health(databases, system_databases, files))["storage"][0]


def test_metrics_count_requests_and_ask_the_databases(databases: Databases, system_databases: Databases) -> None:
    metrics = Metrics(databases, system_databases)
    metrics.request("GET", "/api/v1/machines/{id}", 200, 0.004)
    lines = metrics.exposition().decode().splitlines()
    assert 'unison_request_seconds_count{method="GET",route="/api/v1/machines/{id}",status="200"} 1.0' in lines
    assert 'unison_database_up{database="operations"} 1.0' in lines
    assert any(line.startswith('unison_jobs{status="todo"}') for line in lines)


def test_who_reads_metrics_often_asks_the_databases_once(databases: Databases, system_databases: Databases) -> None:
    metrics = Metrics(databases, system_databases)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(system_databases.operations, "before_cursor_execute", note)
    try:
        first = metrics.exposition()
        once = len(asked)
        assert b"unison_outbox_waiting" in first
        assert b"unison_outbox_waiting" in metrics.exposition()
    finally:
        event.remove(system_databases.operations, "before_cursor_execute", note)
    assert 0 < once == len(asked)


def asking(address: str, **headers: str) -> Request:
    shown = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "client": (address, 1), "headers": shown})


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_metrics_are_for_programs_on_this_machine(address: str) -> None:
    demand_reader(asking(address), "")


@pytest.mark.parametrize("address", ["10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "", "localhost"])
def test_metrics_are_for_nobody_elsewhere(address: str) -> None:
    with pytest.raises(NotFound):
        demand_reader(asking(address), "")


def test_a_token_for_metrics_is_asked_of_everybody() -> None:
    demand_reader(asking("10.0.0.1", authorization="Bearer open-it"), "open-it")
    for wrong in ({}, {"authorization": "Bearer other"}, {"authorization": "open-it"}):
        with pytest.raises(NotSignedIn):
            demand_reader(asking("127.0.0.1", **wrong), "open-it")


def test_metrics_survive_a_database_that_is_gone(nowhere: Databases) -> None:
    lines = Metrics(nowhere, nowhere).exposition().decode().splitlines()
    assert 'unison_database_up{database="identity"} 0.0' in lines
