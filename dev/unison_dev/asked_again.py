"""Few failed tests are asked once more, alone, when all else has ended: who passes then raced with something.

A race must be mended, and is named at the end; but it is no reason to refuse what the tests found nothing wrong with.
What fails twice fails the run, and so does whatever no single test stands for: a crash, a file that can't be
imported, what is found when a test or the session is cleared up.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from unison_dev import failed_tests

MOST = 12
"""So many fail where the PC does too much else at once; more than these don't fail for a race."""
_FAILED = 1  # pytest: some tests failed, and nothing else went wrong

Run = Callable[[Sequence[str], Mapping[str, str]], int]
"""Runs a command with more variables; its exit code."""


def run_tests(command: Sequence[str], run: Run) -> tuple[int, tuple[str, ...]]:
    """Run pytest; its exit code and the tests that may be asked again, none where more is wrong than a few tests."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "failed.json"
        code = run([*command, "-p", failed_tests.__name__], {failed_tests.VARIABLE: str(file)})
        if code != _FAILED or not file.exists():
            return code, ()
        told = json.loads(file.read_text())
        few = dict.fromkeys(told["own"])
        return code, () if told["other"] or len(few) > MOST else tuple(few)


def ask_again(tests: Sequence[str], run: Run) -> tuple[str, ...]:
    """Run these tests alone in one process; those that failed again, all of them where that can't be told."""
    code, again = run_tests(["pytest", "-q", *tests], run)
    return again or (tuple(tests) if code else ())
