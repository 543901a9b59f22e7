"""Health asks every part for real, names the one that is not well, and tells nobody where it lives."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, text
from starlette.requests import Request
from unison_domain.kernel.contracts import HealthAnswer
from unison_server.certificates.tls import tls_health
from unison_server.kernel.database import Databases
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.errors import NotFound, NotSignedIn
from unison_server.kernel.files import Files
from unison_server.kernel.health import KEPT_SECONDS, RETRY_SECONDS, HealthCheck, KeptHealth
from unison_server.kernel.in_time import InTime
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
    health = HealthCheck(databases, system_databases, files).ask()
    assert health.ok
    assert [part.name for part in health.parts] == ["identity", "operations", "queue", "storage"]


def test_jobs_without_a_worker_are_told(databases: Databases, system_databases: Databases, files: Files) -> None:
    health = HealthCheck(databases, system_databases, files).ask()
    assert not health.ok
    ok, detail = by_name(health)["queue"]
    assert not ok
    assert detail.startswith("no worker runs")


@pytest.mark.usefixtures("worker")
def test_a_database_that_is_gone_is_named_without_its_address(
    nowhere: Databases, system_databases: Databases, files: Files
) -> None:
    health = HealthCheck(nowhere, system_databases, files).ask()
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
    health = HealthCheck(databases, system_databases, files).ask()
    assert by_name(health)["storage"] == (False, "takes no files; the server's log says why")
    assert str(tmp_path) not in health.model_dump_json()


def test_a_certificate_that_is_gone_is_told_without_its_place(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.pem")
    said = tls_health(Settings(tmp_path, tls_certificate=gone, tls_key=gone))
    assert said == (False, "can't be read; the server's log says why")


ANSWERED = b"unison_pool_in_use"
"""What metrics have once the databases said something, be it that they can't be read."""


@contextmanager
def standing_still(cluster: Cluster) -> Iterator[None]:
    """Its processes are there and do nothing, as on a disk that hangs."""
    postmaster = int((cluster.pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
    stopped: list[int] = []
    try:
        # The postmaster first: it would notice children that stand and make new ones.
        os.kill(postmaster, signal.SIGSTOP)
        stopped.append(postmaster)
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for child in map(int, children):
            os.kill(child, signal.SIGSTOP)
            stopped.append(child)
        yield
    finally:
        for process in reversed(stopped):
            os.kill(process, signal.SIGCONT)


def test_databases_that_hang_are_not_well_and_hold_nobody_up(
    tmp_path: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(tmp_path / "own", options={"fsync": "off"})
    cluster.start()
    settings = Settings(tmp_path / "own").with_urls(cluster.urls())
    databases = settings.databases()
    try:
        check, metrics = HealthCheck(databases, databases, files), Metrics(databases, databases)
        assert by_name(check.ask())["identity"][0]
        with standing_still(cluster), monkeypatch.context() as hurry:
            for module in ("health", "metrics"):
                hurry.setattr(f"unison_server.kernel.{module}.PATIENCE_SECONDS", 0.5)
            hurry.setattr("unison_server.kernel.metrics.KEPT_SECONDS", 0.0)
            for _ in range(2):
                parts = by_name(check.ask())
                assert [parts[name][0] for name in ("identity", "operations", "storage")] == [False, False, True]
            assert parts["identity"] == (False, "hangs: no answer within 0.5 s")
            assert ANSWERED not in metrics.exposition()
        # Until nobody who was left behind holds a connection any more.
        until = time.monotonic() + 60
        while not (by_name(check.ask())["identity"][0] and ANSWERED in metrics.exposition()):
            assert time.monotonic() < until
    finally:
        databases.dispose()
        cluster.destroy()


def test_what_hangs_is_not_asked_again() -> None:
    go_on, asked = threading.Event(), []

    def ask() -> int:
        asked.append(1)
        assert go_on.wait(60)
        return len(asked)

    part = InTime(ask)
    waiting = {part.begin() for _ in range(5)}
    assert len(waiting) == 1
    go_on.set()
    assert waiting.pop().result(60) == 1
    assert part.begin().result(60) == 2


class Asked:
    """Counts how often health is really asked."""

    def __init__(self, *, ok: bool) -> None:
        self.count = 0
        self.ok = ok
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self) -> HealthAnswer:
        assert self.go_on.wait(60)
        self.count += 1
        return HealthAnswer(ok=self.ok, version=str(self.count), time=datetime.now(UTC), parts=[])


@pytest.mark.parametrize(("ok", "kept"), [(True, KEPT_SECONDS), (False, RETRY_SECONDS)])
def test_an_answer_is_given_again_for_a_while(ok: bool, kept: float) -> None:
    asked, now = Asked(ok=ok), 100.0
    health = KeptHealth(asked, clock=lambda: now)
    assert [health.answer().version for _ in range(3)] == ["1"] * 3
    now += kept - 0.01
    assert health.answer().version == "1"
    now += 0.02
    assert health.answer().version == "2"


def test_while_a_part_hangs_others_get_the_answer_before() -> None:
    asked, now = Asked(ok=True), 100.0
    health = KeptHealth(asked, clock=lambda: now)
    health.answer()
    now += KEPT_SECONDS + 1
    asked.go_on.clear()
    one = threading.Thread(target=health.answer)
    one.start()
    until = time.monotonic() + 60
    while not health.is_asking:
        assert time.monotonic() < until
    assert health.answer().version == "1"
    asked.go_on.set()
    one.join()
    assert health.answer().version == "2"


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
    told: list[str] = []
    demand_reader(asking(address), "", told.append)


@pytest.mark.parametrize("address", ["10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "", "localhost"])
def test_metrics_are_for_nobody_elsewhere(address: str) -> None:
    told: list[str] = []
    with pytest.raises(NotFound):
        demand_reader(asking(address), "", told.append)


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-proto"])
def test_a_proxy_on_this_machine_makes_nobody_else_a_program_of_it(header: str) -> None:
    told: list[str] = []
    with pytest.raises(NotFound, match="metrics_token"):
        demand_reader(asking("127.0.0.1", **{header: "10.0.0.1"}), "", told.append)
    demand_reader(
        asking("127.0.0.1", **{header: "10.0.0.1", "authorization": "Bearer open-it"}), "open-it", told.append
    )


def test_a_token_for_metrics_is_asked_of_everybody() -> None:
    told: list[str] = []
    demand_reader(asking("10.0.0.1", authorization="Bearer open-it"), "open-it", told.append)
    for wrong in ({}, {"authorization": "Bearer other"}, {"authorization": "open-it"}):
        with pytest.raises(NotSignedIn):
            demand_reader(asking("127.0.0.1", **wrong), "open-it", told.append)
    assert told == ["127.0.0.1"] * 3


def test_metrics_survive_a_database_that_is_gone(nowhere: Databases) -> None:
    lines = Metrics(nowhere, nowhere).exposition().decode().splitlines()
    assert 'unison_database_up{database="identity"} 0.0' in lines
