"""systemd hears that the agent is ready, that its engine goes on, and that it ends; a socket stands for systemd."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from unison_station.agent import Agent
from unison_station.platform.service import Service

from tests.station_agent.configurations import configuration


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
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
            manager.settimeout(20)
            return True
    return False


def test_the_program_tells_ready_alive_and_stopping(tmp_path: Path, manager: socket.socket) -> None:
    file = tmp_path / "configuration.json"
    file.write_text(configuration().model_dump_json())
    words = ["run", "--data", str(tmp_path / "agent"), "--configuration", str(file), "--port", "0"]
    told = {"NOTIFY_SOCKET": address(manager), "WATCHDOG_USEC": "500000"}
    command = [sys.executable, "-m", "unison_station", *words]
    with subprocess.Popen(command, env={**os.environ, **told}, stderr=subprocess.DEVNULL) as process:
        said = [manager.recv(100) for _ in range(4)]
        assert sorted(said) == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        process.send_signal(signal.SIGTERM)
        while (last := manager.recv(100)) == b"WATCHDOG=1":
            pass
        assert last == b"STOPPING=1"
        assert process.wait(60) == 0


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
