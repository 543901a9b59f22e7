"""Whether what a program holds stays flat: a line through all that was seen of it, not its first against its last."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import combinations
from typing import NamedTuple

import psutil

from tests.benchmarks.report import result

WARM_UP_SECONDS = 600.0
"""After its last start a program fills its caches for so long, or for a third of its life where that is shorter."""
_BLOCKS = 24
_MIB = 1024 * 1024


class Sample(NamedTuple):
    """One look at a program or several, `at` seconds after the beginning.

    `memory` in MiB is its own: without pages of files and those shared with others, which the system takes and gives.
    """

    at: float
    name: str
    pid: int
    memory: float
    files: int
    threads: int

    def __str__(self) -> str:
        return f"{self.name} {self.memory:.1f} MiB, {self.files} files, {self.threads} threads"


def look(at: float, name: str, pid: int) -> list[Sample]:
    """What the program holds now, then what the programs it started do, together. Raises psutil.NoSuchProcess."""
    program = psutil.Process(pid)
    own = Sample(at, name, pid, *_held(program))
    theirs = []
    for child in program.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it ends at this moment
            theirs.append(_held(child))
    return [own, Sample(at, helpers_of(name), pid, *map(sum, zip(*theirs, strict=True)))] if theirs else [own]


def helpers_of(name: str) -> str:
    """What the programs that a program started are called, together."""
    return f"{name}'s own programs"


def _held(process: psutil.Process) -> tuple[float, int, int]:
    memory = process.memory_info()
    return (memory.rss - memory.shared) / _MIB, process.num_fds(), process.num_threads()


_MEASURES: tuple[tuple[str, str, float, Callable[[Sample], float]], ...] = (
    ("memory", "MiB", 0.05, lambda sample: sample.memory),
    ("open files", "files", 0.10, lambda sample: float(sample.files)),
    ("threads", "threads", 0.10, lambda sample: float(sample.threads)),
)
"""Name, unit, most growth. A leak of one file with each fault would be more than 100 % in an hour."""


def flatness(name: str, samples: Sequence[Sample]) -> Iterator[bool]:
    """For each measure of the last life of a program: whether its trend after the warm-up stays under the limit."""
    if not samples:
        yield result("soak", f"{name}, seen", 0, "times", reach="value > 0", ok=False)
        return
    life = [sample for sample in samples if sample.pid == samples[-1].pid]
    began, ended = life[0].at, life[-1].at
    warm = [sample for sample in life if sample.at - began >= min(WARM_UP_SECONDS, (ended - began) / 3)]
    minutes = (warm[-1].at - warm[0].at) / 60
    for what, unit, most, of in _MEASURES:
        seen = [(sample.at / 60, of(sample)) for sample in warm]
        usual, highest = statistics.median(value for _, value in seen), max(value for _, value in seen)
        growth = trend(seen) * minutes
        result("soak", f"{name}, {what}, usual", round(usual, 1), unit, reach="information", ok=True)
        result("soak", f"{name}, {what}, highest", round(highest, 1), unit, reach="information", ok=True)
        row = f"{name}, trend of {what} over {minutes:.1f} min"
        ok = growth < most * usual
        yield result("soak", row, round(100 * growth / usual, 2), "%", reach=f"value < {100 * most:g}", ok=ok)


def trend(seen: Sequence[tuple[float, float]]) -> float:
    """Slope of a line through points in order of time, which single peaks do not bend (Theil 1950; Sen 1968).

    Neighbouring points are first joined to their median, so that an hour of looks takes no time.
    """
    size = max(1, len(seen) // _BLOCKS)
    blocks = [seen[begin : begin + size] for begin in range(0, len(seen), size)]
    points = [(statistics.median(x for x, _ in block), statistics.median(y for _, y in block)) for block in blocks]
    return statistics.median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))
