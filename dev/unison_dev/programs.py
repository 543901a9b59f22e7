"""Processes of a demo or bench: started, watched, ended, each with a log of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

BIN = Path(sys.executable).parent


class ProgramEndedError(RuntimeError):
    """A program ended that should run; the message carries the end of its log."""


class Program:
    """One process in a session of its own, so that Ctrl+C reaches us alone and we end the rest in order.

    Attributes:
        name: what people read.
        log: file with all it prints.
    """

    def __init__(self, name: str, command: Sequence[str | Path], log: Path, environment: Mapping[str, str]) -> None:
        self.name, self.log = name, log
        self._command = [str(word) for word in command]
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its log is appended to."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Process id of the running program."""
        if self._process is None:
            raise ProgramEndedError(f"{self.name} was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        code = self._process.poll() if self._process else None
        if code is None:
            return "has not ended"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended it, so that it could not tidy up."""
        return self._process is not None and (self._process.poll() or 0) < 0

    def kill(self) -> None:
        """End it at once, as a power cut would (kill -9), together with what it started."""
        if self._process is not None:
            _signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self, seconds: float = 15) -> None:
        """Ask it to end, wait, and end it by force when it doesn't."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def wait(self) -> int:
        """Wait until it ends by itself; its exit code."""
        return self._process.wait() if self._process else 0

    def wait_until(self, ready: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait until `ready()`; raises with the end of the log when the program ends or time is up first."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise ProgramEndedError(f"{self.name} ended before {what}.\n{self.tail()}")
            if time.monotonic() > deadline:
                raise ProgramEndedError(f"{self.name}: {what} took more than {seconds:.0f} s.\n{self.tail()}")
            time.sleep(0.02)

    def tail(self, lines: int = 15) -> str:
        """The last lines of its log, and where the rest is."""
        written = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([*(f"  {line}" for line in written[-lines:]), f"  (all of it: {self.log})"])


class Leftovers:
    """Which processes a floor started, kept in a file, so that the next start ends what a killed one left behind."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def note(self, pid: int) -> None:
        """One more process; with its start time, because numbers are used again."""
        known = self._read()
        self._file.write_text(json.dumps({**known, str(pid): psutil.Process(pid).create_time()}), "utf-8")

    def end(self) -> int:
        """End those that still run, the last started first; says how many there were."""
        found = [process for pid, born in self._read().items() if (process := _alive(int(pid), born))]
        for process in reversed(found):
            process.terminate()
            try:
                process.wait(15)
            except psutil.TimeoutExpired:
                process.kill()
        self._file.unlink(missing_ok=True)
        return len(found)

    def _read(self) -> dict[str, float]:
        try:
            kept: dict[str, float] = json.loads(self._file.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return kept


def _alive(pid: int, born: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if process.create_time() == born else None
    except psutil.NoSuchProcess:
        return None


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
