"""A failed test is run anew where the machine stood still, and only there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFTEST = """
from pathlib import Path
from tests.station_agent.stalls import AskedAnew, Stalls

class Machine(Stalls):
    def __exit__(self, *words):
        super().__exit__(*words)
        self.longest = {stall}

def pytest_configure(config):
    config.pluginmanager.register(AskedAnew(Path(__file__).parent, Machine))
"""
TESTS = """
import itertools, pytest
attempts = itertools.count(1)

@pytest.fixture
def attempt():
    return next(attempts)

def test_passes_at_the_third_attempt(attempt):
    print(f"attempt {attempt}")
    assert attempt == 3

def test_never_passes():
    assert False
"""


@pytest.mark.parametrize(
    ("stall", "failed", "passed", "told"), [(0.5, 1, 1, "500 ms, 500 ms"), (0.0, 2, 0, "attempt 1")]
)
def test_only_who_was_held_up_is_asked_anew(tmp_path: Path, stall: float, failed: int, passed: int, told: str) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST.format(stall=stall))
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "."]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert f"{failed} failed" in ran.stdout, ran.stdout + ran.stderr
    assert (f"{passed} passed" in ran.stdout) == bool(passed)
    assert told in ran.stdout
