"""Failed tests that are asked once more: a race is told and forgiven, whatever else fails is not."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Protocol

import pytest
from unison_dev import checks
from unison_dev.clone import ROOT

RACE = """
from pathlib import Path

def test_race():
    first = not Path("was_here").exists()
    Path("was_here").touch()
    assert not first
"""
FAULT = "def test_fault(): assert 1 == 2\n"
GOOD = "def test_good(): pass\n"
UNCLEARED = """
import pytest
from pathlib import Path

@pytest.fixture
def cleared_up():
    yield
    first = not Path("was_here").exists()
    Path("was_here").touch()
    assert not first

def test_uncleared(cleared_up): pass
"""
KILLED = """
import os, signal
from pathlib import Path

def test_killed():
    if not Path("was_here").exists():
        Path("was_here").touch()
        os.kill(os.getpid(), signal.SIGKILL)
"""
MANY = """
import pytest
from pathlib import Path

@pytest.mark.parametrize("number", range(13))
def test_many(number):
    first = not Path(f"was_here_{number}").exists()
    Path(f"was_here_{number}").touch()
    assert not first
"""


WORKER = ("-p", "xdist", "-n", "1")


class Clone(Protocol):
    """`./unison test` of a clone that holds only these files of tests."""

    def __call__(self, *files: str, options: tuple[str, ...] = ()) -> int: ...


@pytest.fixture
def test_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "dev"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # what Qt and others need to begin, these tests don't
    for variable in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_TESTRUNUID", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(variable, raising=False)

    def run(*files: str, options: tuple[str, ...] = ()) -> int:
        named = [f"test_{number}.py" for number in range(len(files))]
        for name, content in zip(named, files, strict=True):
            (tmp_path / name).write_text(content)
        check = checks.Check("tests", ("pytest", "-q", *options, *named), "run one alone", needs=tmp_path)
        monkeypatch.setattr(checks, "STAGES", (((check,),),))
        return checks.run(argparse.Namespace(fix=False, only=None, paths=[]))

    return run


def test_what_passes_when_asked_again_is_told_and_does_not_fail_the_run(
    test_all: Clone, capfd: pytest.CaptureFixture[str]
) -> None:
    assert test_all(RACE, GOOD, options=WORKER) == 0
    told = capfd.readouterr()
    assert told.out.endswith("passed only when asked again: a race, mend it\n  test_0.py::test_race\n")
    assert told.err == ""


def test_what_fails_twice_fails_the_run_beside_a_race(test_all: Clone, capfd: pytest.CaptureFixture[str]) -> None:
    assert test_all(RACE, FAULT) == 1
    told = capfd.readouterr()
    assert "mend it\n  test_0.py::test_race\n" in told.out
    assert told.err == "test_1.py::test_fault failed twice\ntests failed: run one alone\n"


@pytest.mark.parametrize("file", [UNCLEARED, KILLED, MANY, "import nothing_of_this_name\n"])
def test_whatever_no_few_tests_stand_for_is_not_asked_again(
    test_all: Clone, file: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert test_all(file) == 1
    told = capfd.readouterr()
    assert "asked again" not in told.out
    assert told.err == "tests failed: run one alone\n"


def test_a_worker_that_crashed_is_not_asked_again(test_all: Clone, capfd: pytest.CaptureFixture[str]) -> None:
    assert test_all(KILLED, GOOD, options=WORKER) == 1
    told = capfd.readouterr()
    assert "asked again" not in told.out
    assert told.err == "tests failed: run one alone\n"
