"""`./unison test`: everything that has to hold before a change is taken."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from unison_dev.asked_again import ask_again, run_tests
from unison_dev.clone import ROOT

_BIN = Path(sys.executable).parent


_POSTGRESQL_15 = Path("/usr/lib/postgresql/15/bin")
_SCHEMA_TESTS = tuple(f"tests/server/kernel/test_{name}.py" for name in ("catalogue", "migrations", "two_tenants"))


class Check(NamedTuple):
    """One program that has to succeed, and what to do when it doesn't.

    Attributes:
        variables: of its environment. needs: left out where this file is missing.
    """

    name: str
    command: tuple[str, ...]
    remedy: str
    variables: Mapping[str, str] = {}
    needs: Path = ROOT


class Failure(NamedTuple):
    """A check that failed.

    Attributes:
        tests: they alone failed, and are few enough to be asked again.
    """

    check: Check
    tests: tuple[str, ...]


_QUICK = (
    Check("format", ("ruff", "format", "--check", "--quiet", "."), "./unison test --fix formats it"),
    Check("lint", ("ruff", "check", "--quiet", "."), "./unison test --fix mends what can be mended by rule"),
    Check("imports", ("lint-imports", "--no-cache"), "the contracts stand in pyproject.toml under importlinter"),
)
_TYPES = (
    Check("types", ("mypy", "domain", "server", "station_agent", "desktop", "dev", "tests"), "mypy runs strict"),
    Check(
        "types on win32",
        ("mypy", "--platform", "win32", "domain", "desktop", "station_agent/unison_station"),
        "planners use Windows",
    ),
)
# In one process of their own: xdist waits for ever where a crash of Qt takes one of its workers away.
_DESKTOP = Check("tests of the desktop", ("pytest", "-q", "tests/desktop"), "run one alone: .venv/bin/pytest PATH")
_WHOLE_PROGRAMS = ("tests/system", "tests/server/test_fuzz.py")
_DEMO_TEST = "tests/system/test_demo.py"
_TESTS = Check(
    "tests",
    # Files that start whole programs come first: at the end one of them would be waited for alone.
    (
        *("pytest", "-q", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"),
        *(f"--ignore={path}" for path in ("tests/desktop", *_WHOLE_PROGRAMS)),
        *("tests/server/cli", "tests"),
    ),
    "run one alone: .venv/bin/pytest PATH",
)
_WHOLE = Check(
    "tests of whole programs",
    ("pytest", "-q", "-n", "2", "--dist", "loadfile", f"--ignore={_DEMO_TEST}", *_WHOLE_PROGRAMS),
    "run one alone: .venv/bin/pytest PATH",
)
_DEMO = Check("test of the demo", ("pytest", "-q", _DEMO_TEST), "run it alone: ./unison demo --check")
_POSTGRESQL_15_TESTS = Check(
    "tests on PostgreSQL 15",
    ("pytest", "-q", "-n", "2", "--dist", "loadgroup", *_SCHEMA_TESTS),
    "the oldest PostgreSQL that is supported",
    {"UNISON_POSTGRES": str(_POSTGRESQL_15)},
    _POSTGRESQL_15 / "postgres",
)
_OF_BOTH_DATABASES = tuple(
    f"tests/server/identity/test_{name}.py" for name in ("users", "roles_by_place", "practice", "notifier")
)
_TWO_CLUSTERS = Check(
    "tests on two clusters",
    ("pytest", "-q", "-n", "2", "--dist", "loadfile", *_OF_BOTH_DATABASES, "tests/server/sites", _SCHEMA_TESTS[-1]),
    "people are in a PostgreSQL of their own, and nothing may ask both in one statement",
    {"UNISON_TWO_CLUSTERS": "yes"},
)

STAGES: tuple[tuple[tuple[Check, ...], ...], ...] = (
    (_QUICK,),
    # Tests wait for half of their time, for other programs and for deadlines: the rest fits beside them.
    ((_TESTS,), (*_TYPES, _DESKTOP, _WHOLE, _POSTGRESQL_15_TESTS, _TWO_CLUSTERS)),
    # Its machines must be seen within a second, which nobody can beside two other runs.
    ((_DEMO,),),
)
"""One stage after the other; of each, its lanes beside one another; of each lane, its checks in order."""

CHECKS = tuple(check for stage in STAGES for lane in stage for check in lane)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `test`."""
    parser.add_argument("--fix", action="store_true", help="format and mend lint first")
    parser.add_argument("--only", choices=[check.name for check in CHECKS], help="run one check")
    parser.add_argument("paths", nargs="*", help="run only these tests, skipping the other checks")


def run(arguments: argparse.Namespace) -> int:
    """Run the checks in order, all of them even when one fails; 1 when any failed."""
    if arguments.fix:
        subprocess.run([_BIN / "ruff", "format", "--quiet", "."], cwd=ROOT, check=False)
        subprocess.run([_BIN / "ruff", "check", "--quiet", "--fix", "."], cwd=ROOT, check=False)
    if arguments.paths:
        return _execute(Check("tests", ("pytest", "-q", *arguments.paths), ""), is_shown_at_once=True)
    failures = [failure for stage in STAGES for failure in _run_stage(stage, arguments.only)]
    raced: list[str] = []
    failed: list[str] = []
    for failure in failures:
        twice = _ask_again(failure)
        raced += [test for test in failure.tests if test not in twice]
        failed += [f"{test} failed twice" for test in twice]
        if twice or not failure.tests:
            failed.append(f"{failure.check.name} failed: {failure.check.remedy}")
    if raced:
        print(
            "\n".join(["passed only when asked again: a race, mend it", *(f"  {test}" for test in raced)]), flush=True
        )
    for words in failed:
        print(words, file=sys.stderr)
    return 1 if failed else 0


def _run_stage(lanes: Sequence[Sequence[Check]], only: str | None) -> list[Failure]:
    """Run what is wanted of a stage; what failed of it."""
    wanted = [[check for check in lane if only in (None, check.name)] for lane in lanes]
    is_alone = sum(map(bool, wanted)) < 2

    def run_lane(lane: Sequence[Check]) -> list[Failure]:
        outcomes = [_run(check, is_shown_at_once=is_alone) for check in lane]
        return [failure for failure in outcomes if failure]

    with ThreadPoolExecutor(len(lanes)) as threads:
        return [failure for failures in threads.map(run_lane, wanted) for failure in failures]


def _run(check: Check, *, is_shown_at_once: bool) -> Failure | None:
    """Run one check; what is there to say when it failed."""
    if not check.needs.exists():
        print(f"== {check.name}: left out, {check.needs} is not there", flush=True)
        return None
    if check.command[0] != "pytest":
        return Failure(check, ()) if _execute(check, is_shown_at_once=is_shown_at_once) else None

    def run_it(command: Sequence[str], variables: Mapping[str, str]) -> int:
        told = check._replace(command=tuple(command), variables={**check.variables, **variables})
        return _execute(told, is_shown_at_once=is_shown_at_once)

    code, tests = run_tests(check.command, run_it)
    return Failure(check, tests) if code else None


def _ask_again(failure: Failure) -> tuple[str, ...]:
    """Those of its tests that fail also alone, now that nothing runs beside them."""
    if not failure.tests:
        return ()

    def run_it(command: Sequence[str], variables: Mapping[str, str]) -> int:
        variables = {**failure.check.variables, **variables}
        return _execute(
            Check(f"{failure.check.name}, asked again", tuple(command), "", variables), is_shown_at_once=True
        )

    return ask_again(failure.tests, run_it)


def _execute(check: Check, *, is_shown_at_once: bool) -> int:
    """Run a program; its exit code. What runs beside another is shown when it has ended, not line by line."""
    started = time.monotonic()
    print(f"== {check.name}", flush=True)
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, **check.variables}
    command = [str(_BIN / check.command[0]), *check.command[1:]]
    output = None if is_shown_at_once else subprocess.PIPE
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, stdout=output, stderr=output and subprocess.STDOUT
    )
    code, told = ended.returncode, [(ended.stdout or b"").decode(errors="replace").rstrip()]
    if code < 0:
        told.append(f"== {check.name}: ended by signal {-code}: a crash, and no failed test")
    told.append(f"== {check.name}: {'ok' if code == 0 else 'failed'} in {time.monotonic() - started:.0f} s")
    print("\n".join(filter(None, told)), flush=True)
    return code
