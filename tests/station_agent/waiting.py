"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable

DEADLINE = 60.0


def until(condition: Callable[[], bool]) -> None:
    """Return when it holds; fail after `DEADLINE` seconds."""
    ends = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < ends, "the deadline passed"
        time.sleep(0.005)
