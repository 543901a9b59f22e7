"""How a running command is told to end."""

from __future__ import annotations

import signal
from collections.abc import Callable


def on_stop(act: Callable[[], object]) -> None:
    """Have `act` called for SIGTERM and Ctrl+C, between two steps of the main thread: it should only tell somebody."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: act())
