"""The program `unison` as people run it: real processes on real folders."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import httpx
import psycopg
import pytest
from sqlalchemy import make_url
from unison_server.cli import main
from unison_server.cli.ground import running_databases
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.settings import Settings

UNISON = Path(sys.executable).with_name("unison")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with one person."""
    data = tmp_path_factory.mktemp("served")
    add = ("user", "add", "anna", "Anna", "--organization", "ACME", "--create-organization", "Acme", "--role", "admin")
    done = run(data, *add, typed="correct horse\n")
    assert done.returncode == 0, done.stderr
    yield data
    Cluster(data).destroy()


def environment(data: Path) -> dict[str, str]:
    least_cost = {"UNISON_PASSWORD_TIME": "1", "UNISON_PASSWORD_MEMORY": "8"}
    return {**os.environ, **least_cost, "UNISON_DATA": str(data), "UNISON_PORT": "0", "UNISON_LOG_FORMAT": "json"}


def run(data: Path, *words: str, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """A command to its end. Only the server is a process of its own: importing the rest each time took a minute."""
    settings = {**environment(data), **variables}
    if words[0] == "serve":
        return subprocess.run([UNISON, *words], input=typed, capture_output=True, text=True, env=settings)
    told, errors = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, settings, clear=True),
        mock.patch("sys.stdin", io.StringIO(typed)),
        redirect_stdout(told),
        redirect_stderr(errors),
    ):
        try:
            code = main(words)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return subprocess.CompletedProcess(words, code, told.getvalue(), errors.getvalue())


@contextmanager
def server(data: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """`unison serve` once it is ready, and a client of it."""
    log = data / "server.log"
    with log.open("w") as errors:
        settings = {**environment(data), **variables}
        process = subprocess.Popen([UNISON, "serve"], stdout=-1, stderr=errors, text=True, env=settings)
    try:
        assert process.stdout
        words = process.stdout.readline().split()
        assert words, log.read_text()
        with httpx.Client(base_url=words[-1], timeout=60) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def token(client: httpx.Client) -> dict[str, str]:
    told = client.post("/api/v1/auth/login", json={"user": "anna", "password": "correct horse"})
    assert told.status_code == 200, told.text
    return {"Authorization": f"Bearer {told.json()['access_token']}"}


def healthy(client: httpx.Client) -> bool:
    try:
        return client.get("/api/v1/health").status_code == 200
    except httpx.TransportError:
        return False


def wait_until_healthy(client: httpx.Client) -> None:
    deadline = time.monotonic() + 60
    while not healthy(client):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_sigterm_ends_it_with_postgresql_although_a_stream_is_open(data: Path) -> None:
    with server(data) as (process, client):
        wait_until_healthy(client)
        with client.stream("GET", "/api/v1/events", headers=token(client)) as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("id: ")
            process.send_signal(signal.SIGTERM)
            assert [line for line in lines if line.startswith("event: reset")] == []
        assert process.wait(60) == 0
    assert not Cluster(data).running()


def postmaster(cluster: Cluster) -> int | None:
    """The process that the cluster's file names; None while it names none."""
    try:
        return int((cluster.pgdata / "postmaster.pid").read_text().split()[0])
    except (OSError, IndexError):
        return None


def test_kill_9_of_the_server_then_of_postgresql_and_it_goes_on(data: Path) -> None:
    with server(data) as (process, client):
        signed_in = token(client)
        process.kill()
    cluster = Cluster(data)
    assert cluster.running()
    with server(data) as (process, client):
        wait_until_healthy(client)
        assert client.get("/api/v1/auth/me", headers=signed_in).status_code == 200
        killed = postmaster(cluster)
        assert killed
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while postmaster(cluster) in (None, killed) or client.get("/api/v1/auth/me", headers=signed_in).is_error:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        wait_until_healthy(client)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def wrong_tries(client: httpx.Client, user: str) -> list[int]:
    """Answers to a dozen wrong tries, each of which says that it was forwarded from somewhere else."""
    body = {"user": user, "password": "wrong"}
    sources = [{"X-Forwarded-For": f"10.0.0.{number}"} for number in range(12)]
    return [client.post("/api/v1/auth/login", json=body, headers=source).status_code for source in sources]


def test_only_a_trusted_proxy_says_where_a_request_comes_from(data: Path) -> None:
    with server(data) as (_, client):
        assert wrong_tries(client, "nobody") == [401] * 10 + [429] * 2
    with server(data, UNISON_TRUSTED_PROXIES="127.0.0.0/8") as (process, client):
        assert wrong_tries(client, "somebody") == [401] * 12
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 404
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def test_postgresql_killed_while_the_server_starts_is_started_anew(data: Path) -> None:
    cluster = Cluster(data)
    killed: list[int] = []

    def kill() -> None:
        deadline = time.monotonic() + 60
        while len(killed) < 3 and time.monotonic() < deadline:
            try:
                number = int((cluster.pgdata / "postmaster.pid").read_text().split()[0])
                # The last time once it serves: then the server migrates.
                if number not in killed and cluster.running() and (len(killed) < 2 or cluster.answers()):
                    os.kill(number, signal.SIGKILL)
                    killed.append(number)
            except (OSError, ValueError, IndexError):
                continue

    cluster.stop()
    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(kill)
        with server(data) as (process, client):
            killing.result()
            wait_until_healthy(client)
            assert len(set(killed)) == 3
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0


def test_there_is_one_server_for_a_data_folder(data: Path) -> None:
    with server(data) as (process, client):
        wait_until_healthy(client)
        second = run(data, "serve")
        assert second.returncode == 1
        assert f"a server runs on {data} already (process {process.pid})" in second.stderr
        assert "server runs on" in run(data, "restore", str(data / "nothing")).stderr
        assert run(data, "status").returncode == 0
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    stopped = run(data, "status")
    assert (stopped.returncode, stopped.stderr) == (1, "")
    assert "does not run" in stopped.stdout


def test_commands_end_postgresql_under_nobody(data: Path) -> None:
    loaded = Settings.load(environment(data))
    with running_databases(loaded) as early:
        with server(data) as (process, client):
            wait_until_healthy(client)
            with running_databases(loaded):
                pass
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        with psycopg.connect(make_url(early.identity_owner_url).set(drivername="postgresql").render_as_string(False)):
            assert Cluster(data).running()
    assert not Cluster(data).running()


def test_a_migration_is_taken_back_by_who_means_it_and_under_no_server(data: Path) -> None:
    asked = run(data, "migrate", "--down", "operations")
    assert (asked.returncode, "add --yes" in asked.stderr) == (1, True)
    with server(data) as (process, client):
        wait_until_healthy(client)
        assert "a server runs on" in run(data, "migrate", "--down", "operations", "--yes").stderr
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert run(data, "migrate", "--down", "operations", "--yes").returncode == 0
    with running_databases(Settings.load(environment(data))):
        told = run(data, "status")
        assert (told.returncode, "NOT OK: needs" in told.stdout) == (1, True)
    assert run(data, "migrate").returncode == 0


@pytest.mark.parametrize("code", [" lead", "tail ", "", "x" * 51])
def test_an_organization_nobody_could_sign_in_to_is_not_made(data: Path, code: str) -> None:
    add = ("user", "add", "ben", "Ben", f"--organization={code}", "--create-organization", "Ben's")
    told = run(data, *add, typed="correct horse\n")
    assert (told.returncode, f"--organization {code!r}" in told.stderr) == (1, True)


def test_who_reads_only_the_beginning_gets_no_traceback(tmp_path: Path) -> None:
    command = f"{UNISON} openapi | head -c 100"
    told = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment(tmp_path))
    assert (len(told.stdout), told.stderr) == (100, "")


def test_a_port_in_use_is_told_and_nothing_stays_behind(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        taken = run(data, "serve", UNISON_PORT=port)
    assert taken.returncode == 1
    assert f"127.0.0.1:{port} can't be served" in taken.stderr
    assert "Traceback" not in taken.stderr
    assert not Cluster(data).running()


def test_backup_and_restore_by_command(data: Path, tmp_path: Path) -> None:
    made = run(data, "backup", str(tmp_path / "monday"))
    assert made.returncode == 0, made.stderr
    twice = run(data, "backup", str(tmp_path / "monday"))
    assert (twice.returncode, "is not an empty folder" in twice.stderr) == (1, True)
    nowhere = run(data, "backup", "/proc/monday")
    told = "/proc/monday can't be written (No such file or directory): name another folder\n"
    assert (nowhere.returncode, nowhere.stderr) == (1, f"unison backup: {told}")
    restored = run(data, "restore", str(tmp_path / "monday"))
    assert restored.returncode == 0, restored.stderr
    assert "identity_before_" in restored.stdout
    assert "no access was taken away since the backup\n" in restored.stdout
    dropped = run(data, "restore", "--drop-former")
    assert dropped.returncode == 0, dropped.stderr
    assert "deleted: operations_before_" in dropped.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [(["--help"], 0, "serve"), (["--version"], 0, "unison 0"), (["frobnicate"], 2, "no command 'frobnicate'")],
)
def test_help_is_instant_and_plain(words: list[str], code: int, told: str, tmp_path: Path) -> None:
    done = run(tmp_path, *words)
    assert done.returncode == code
    assert told in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_choices_are_told_as_they_are_typed(tmp_path: Path) -> None:
    told = run(tmp_path, "migrate", "--down", "nope")
    assert told.returncode == 2
    assert "identity" in told.stderr
    assert "<Database" not in told.stderr


def test_openapi_needs_no_database(tmp_path: Path) -> None:
    document = json.loads(run(tmp_path, "openapi").stdout)
    assert "/api/v1/health" in document["paths"]
    assert list(tmp_path.iterdir()) == []
