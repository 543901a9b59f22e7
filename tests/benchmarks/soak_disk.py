"""A small disk under one agent, filled and freed again, and what the agent committed there.

An agent whose disk is full gives up first what the server has acknowledged. From then on its buffer no longer holds all
it committed, so the events are read from the buffer all the while the disk fills and kept here.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.benchmarks.kill_effects import Committed, committed_by

MIB = 1024 * 1024
DISK_MIB = 540
"""Samples are given up below 500 MiB of free space, everything below 8 MiB."""
NEARLY_FULL_MIB = 60
LOOK_SECONDS = 0.005
"""An event is on the server, and acknowledged, after some ten milliseconds at the soonest."""


class SmallDisk:
    """The disk under an agent's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._filler = folder / "filler"
        self._seen: dict[object, Committed] = {}
        self._newest = 0

    def fill(self, nearly_seconds: float, full_seconds: float) -> None:
        """Nearly full for so long, then full, also what the agent frees meanwhile, then as free as before."""
        self._look()
        with self._filler.open("wb", buffering=0) as filler:
            for _ in range(NEARLY_FULL_MIB):
                filler.write(bytes(MIB))
                self._look()
            self._hold(nearly_seconds)
            self._fill_up(filler.fileno())
            deadline = time.monotonic() + full_seconds
            while time.monotonic() < deadline:
                self._fill_up(filler.fileno())
                self._hold(LOOK_SECONDS)
        self._filler.unlink()
        self._look()

    def committed(self) -> list[Committed]:
        """All the agent committed, in order; it must have ended."""
        everything = self._seen | {event.key: event for event in committed_by(self._folder)}
        return sorted(everything.values(), key=lambda event: (event.epoch, event.seq))

    def _fill_up(self, filler: int) -> None:
        with suppress(OSError):
            while os.write(filler, bytes(MIB)):
                self._look()

    def _hold(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._look()
            time.sleep(LOOK_SECONDS)

    def _look(self) -> None:
        # A full disk has no room for the index of a log that nobody has open; then nobody writes to it either.
        with suppress(sqlite3.OperationalError):
            for event in committed_by(self._folder, after=self._newest):
                self._seen[event.key] = event
                self._newest = event.seq


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | None]:
    """A disk of its own for an agent's folder, so that filling it disturbs nobody; None where none can be made.

    What is on it stays in the folder afterwards.
    """
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=700", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
            shutil.copytree(folder, beside, dirs_exist_ok=True, ignore=shutil.ignore_patterns("filler", "ballast"))
            subprocess.run(["umount", str(folder)], check=False)
            shutil.copytree(beside, folder, dirs_exist_ok=True)
