"""Tests of replies that come some milliseconds too late say nothing while the machine stands still for as long.

A test of the agent that fails while it did is run anew at once. One that fails while the machine kept up has failed,
and so has one that the machine never let pass.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest
from _pytest.runner import runtestprotocol

STALL = 0.01
"""So long a thread may wait for its turn before what others measured meanwhile is void, seconds."""
ATTEMPTS = 6
_BEAT = 0.002


class Stalls:
    """Measures inside `with`.

    Attributes:
        longest: so much too late this process once was, seconds.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stalls", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        due = time.monotonic() + _BEAT
        while not self._done.wait(max(0.0, due - time.monotonic())):
            now = time.monotonic()
            self.longest = max(self.longest, now - due)
            due = now + _BEAT


class AskedAnew:
    """A plugin of pytest: tests below this folder are run anew while they fail for want of time."""

    def __init__(self, folder: Path, stalls: Callable[[], Stalls] = Stalls) -> None:
        self._folder = folder
        self._stalls = stalls

    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run one test, as often as it takes; only the last attempt is told."""
        if not item.path.is_relative_to(self._folder):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in self._run(item, nextitem):
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _run(self, item: pytest.Item, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
        stood: list[str] = []
        while True:
            with self._stalls() as stalls:
                reports = runtestprotocol(item, log=False, nextitem=nextitem)
            failed = [report for report in reports if report.failed]
            stood.append(f"{1000 * stalls.longest:.0f} ms")
            hung = any("from pytest-timeout" in report.longreprtext for report in failed)
            if not failed or hung or stalls.longest < STALL or len(stood) == ATTEMPTS:
                break
        for report in failed:
            report.sections.append(("the machine stood still, attempt by attempt", ", ".join(stood)))
        return reports
