"""The agent works under the system calls that its unit allows."""

from __future__ import annotations

import ctypes.util
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from unison_station.uplink import enrol

from tests.station_agent.uplink.server import FakeServer, running
from tests.systemd.test_units import STATION, unit

CONFINED = Path(__file__).with_name("confined.py")

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None or ctypes.util.find_library("seccomp") is None,
    reason="systemd-analyze or libseccomp is not installed",
)


def confined(*command: str) -> list[str]:
    return [sys.executable, str(CONFINED), unit(STATION)["Service"]["SystemCallFilter"], *command]


def test_a_call_outside_ends_the_program() -> None:
    swaps = "import ctypes; ctypes.CDLL(None).swapoff(b'/nonexistent')"
    assert subprocess.run(confined(sys.executable, "-c", swaps), timeout=60).returncode == -signal.SIGSYS


def test_the_agent_works_with_its_server(tmp_path: Path) -> None:
    with running(FakeServer()) as server:
        enrol(tmp_path, server.url, "code_12345678", version="test")
        command = [sys.executable, "-m", "unison_station", "run", "--data", str(tmp_path), "--port", "0"]
        with subprocess.Popen(confined(*command), stderr=subprocess.PIPE, text=True) as agent:
            try:
                server.wait_for(lambda: len(server.heartbeats) >= 2)
            finally:
                agent.send_signal(signal.SIGTERM)
                _, told = agent.communicate(timeout=60)
        assert agent.returncode == 0, told
