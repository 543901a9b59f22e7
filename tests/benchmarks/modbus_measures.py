"""What the Modbus benches have in common: looks at slaves, windows of faults, what follows from both."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

SLAVES = 8
POLL_SECONDS = 1.0
BROKEN = 3
"""The slave that fails."""


class Look(NamedTuple):
    """One look at one slave: when, how many values came, how many of them wrong, processor seconds used until then.

    Attributes:
        doubted: how many of the values were told as uncertain.
    """

    at: float
    slave: int
    values: int
    wrong: int
    cpu: float
    doubted: int = 0


class Window(NamedTuple):
    """A fault and the time it lasted, seconds of the machine's monotonic clock."""

    fault: str
    begin: float
    end: float


class Times(NamedTuple):
    """How long all is well at first, how long each fault lasts and how long the slave is left alone after it."""

    calm: float
    fault: float
    rest: float


@contextmanager
def process(body: Any, *arguments: Any) -> Iterator[Connection]:
    """A process of its own with a pipe to it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=body, args=(*arguments, there))
    child.start()
    try:
        yield here
        child.join(10)
    finally:
        if child.is_alive():
            child.kill()
            child.join()


def live_rate(looks: Sequence[Look], window: Window, values: int) -> float:
    """Least share of their `values` a poll that a slave other than the broken one kept delivering.

    Taken from the last look before the fault to the first after it, so that a delay at either end counts.
    """
    rates = []
    for slave in set(range(SLAVES)) - {BROKEN}:
        own = [look for look in looks if look.slave == slave]
        first = max((look.at for look in own if look.at < window.begin), default=window.begin)
        last = min((look.at for look in own if look.at >= window.end), default=float("inf"))
        delivered = sum(look.values for look in own if first < look.at <= last)
        rates.append(delivered / ((last - first) / POLL_SECONDS * values))
    return min(rates)


def good_share(looks: Sequence[Look]) -> float:
    """Share of the values of the slaves other than the broken one that were told as good."""
    own = [look for look in looks if look.slave != BROKEN]
    return sum(look.values - look.doubted for look in own) / max(1, sum(look.values for look in own))


def recovery(looks: Sequence[Look], window: Window, until: float, values: int) -> float:
    """Seconds from the end of the fault to the first whole look at the slave; infinite when there was none."""
    whole = (
        look.at - window.end
        for look in looks
        if look.slave == BROKEN and window.end <= look.at < until and look.values == values
    )
    return next(whole, float("inf"))
