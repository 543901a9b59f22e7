"""Processes to be killed that start at once: forked from one process per test run that has imported everything."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.station_agent.waiting import DEADLINE

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(["unison_station.cli", "tests.station_agent.uplink.killed"])


class Child:
    """`act(*arguments)` in a process of its own; what it returns is its exit code. Killed at the end of the block.

    Attributes:
        output: what it wrote to stdout and stderr.
    """

    def __init__(self, output: Path, act: Callable[..., int | None], *arguments: object) -> None:
        """Start it."""
        self.output = output
        self._process = _FORKS.Process(target=_run, args=(output, act, arguments), daemon=True)
        self._process.start()

    def __enter__(self) -> Self:
        """Kill at the end of the block."""
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        """Kill it if it still runs."""
        if self.is_running:
            self.end(signal.SIGKILL)

    @property
    def is_running(self) -> bool:
        """Not ended yet."""
        return self._process.exitcode is None

    @property
    def lines(self) -> list[str]:
        """The whole lines it wrote so far."""
        return self.output.read_text().rpartition("\n")[0].splitlines() if self.output.exists() else []

    def end(self, number: int | None = None) -> int:
        """Send a signal (or none) and wait for the end; returns the exit code, negative for a signal."""
        if number is not None:
            os.kill(self._process.pid or 0, number)
        self._process.join(DEADLINE)
        code = self._process.exitcode
        assert code is not None, "it does not end"
        return code


def _run(output: Path, act: Callable[..., int | None], arguments: tuple[object, ...]) -> None:
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os._exit(_code(act, arguments))


def _code(act: Callable[..., int | None], arguments: tuple[object, ...]) -> int:
    try:
        return act(*arguments) or 0
    except BaseException:
        import traceback

        traceback.print_exc()
        return 1
