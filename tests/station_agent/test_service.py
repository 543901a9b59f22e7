"""systemd hears that the agent is ready, that its engine goes on, and that it ends; a socket stands for systemd."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from unison_station.agent import Agent
from unison_station.platform.service import Service
from unison_station.uplink.enrolment import enrol

from tests.station_agent.configurations import configuration
from tests.station_agent.uplink.server import FakeServer, running


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        yield manager


def address(manager: socket.socket) -> str:
    name: str = manager.getsockname()
    return name


def falls_silent(manager: socket.socket, seconds: float) -> bool:
    manager.settimeout(seconds)
    for _ in range(100):
        try:
            manager.recv(100)
        except TimeoutError:
            manager.settimeout(60)
            return True
    return False


@contextmanager
def program(manager: socket.socket, *words: str) -> Iterator[subprocess.Popen[str]]:
    """`unison-station run` as a service; killed where a test fails before it has ended."""
    command = [sys.executable, "-m", "unison_station", "run", *words, "--port", "0"]
    told = {**os.environ, "NOTIFY_SOCKET": address(manager), "WATCHDOG_USEC": "500000"}
    with subprocess.Popen(command, env=told, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def ends_in_order(process: subprocess.Popen[str], manager: socket.socket) -> str:
    """Gives what it logged, once it was told to stop and has."""
    process.send_signal(signal.SIGTERM)
    while (last := manager.recv(100)) != b"STOPPING=1":
        assert last in (b"WATCHDOG=1", b"READY=1")
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    return log


def test_the_program_tells_ready_alive_and_stopping(tmp_path: Path, manager: socket.socket) -> None:
    file = tmp_path / "configuration.json"
    file.write_text(configuration().model_dump_json())
    with program(manager, "--data", str(tmp_path / "agent"), "--configuration", str(file)) as process:
        said = [manager.recv(100) for _ in range(4)]
        assert sorted(said) == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        ends_in_order(process, manager)


def test_a_service_waits_for_its_enrolment_and_begins_by_itself(tmp_path: Path, manager: socket.socket) -> None:
    folder = tmp_path / "agent"
    with running(FakeServer()) as server, program(manager, "--data", str(folder)) as process:
        said = [manager.recv(100) for _ in range(4)]
        assert said == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        enrol(folder, server.url, "code_of_the_test", version="1.2.3")
        while not server.heartbeats:
            assert manager.recv(100) in (b"WATCHDOG=1", b"READY=1"), "it ended"
        log = ends_in_order(process, manager)
    assert log.count("run `unison-station enrol`") == 1, log


def test_a_service_that_waits_for_its_enrolment_ends_in_order(tmp_path: Path, manager: socket.socket) -> None:
    with program(manager, "--data", str(tmp_path / "agent")) as process:
        assert manager.recv(100) == b"READY=1"
        ends_in_order(process, manager)


def test_an_engine_that_hangs_on_a_dead_disk_feeds_nobody(
    tmp_path: Path, manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program lives, its loop turns, only the engine waits: that is what must not look well."""
    agent = Agent(tmp_path / "agent", configuration=configuration(), service=Service(address(manager), 0.6))
    mended = threading.Event()
    with agent:
        assert manager.recv(100) in (b"READY=1", b"WATCHDOG=1")
        monkeypatch.setattr(agent.engine._group, "add", lambda *_: mended.wait(60))
        assert falls_silent(manager, 1.5)
        mended.set()
        assert manager.recv(100) == b"WATCHDOG=1"


def test_a_watchdog_meant_for_another_process_is_not_fed(manager: socket.socket) -> None:
    environment = {"NOTIFY_SOCKET": address(manager), "WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}
    assert Service.of_environment(environment).feeding_seconds == 0
    assert Service.of_environment({**environment, "WATCHDOG_PID": str(os.getpid())}).watchdog_seconds == 0.5


def test_nothing_is_said_without_a_manager_or_to_one_that_is_gone() -> None:
    Service.of_environment({}).ready()
    Service("/nonexistent/notify", 1.0).alive()
    Service("@unison-nobody-listens-here", 1.0).alive()
