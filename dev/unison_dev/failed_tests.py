"""A plugin of pytest: writes which tests failed into the file that `UNISON_FAILED_TESTS` names (`asked_again.py`)."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

VARIABLE = "UNISON_FAILED_TESTS"
_OWN_STEPS = ("setup", "call")


class FailedTests:
    """Collects while tests run.

    Attributes:
        own: tests that failed by themselves. other: what no test alone stands for: a worker that crashed, a file that
            can't be imported, what the end of a test or of the session found.
    """

    def __init__(self, file: Path) -> None:
        self.own: list[str] = []
        self.other: list[str] = []
        self._file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            (self.own if report.when in _OWN_STEPS else self.other).append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.other.append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self._file.write_text(json.dumps({"own": self.own, "other": self.other}))


def pytest_configure(config: pytest.Config) -> None:
    """In the process that hears of all tests, not in each worker."""
    if VARIABLE in os.environ and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FailedTests(Path(os.environ[VARIABLE])))
