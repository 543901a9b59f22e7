"""Python's garbage, collected by the clock: rings of exceptions and frames that failures leave, which no count frees.

A failed connection to a database leaves some hundred objects that hold each other, and while it is away a dozen threads
try again every second. They are young, so looking through what is new frees them, in well under a millisecond; looking
through everything takes some 30 ms and is done once a minute; then what is free goes back to the system.
"""

from __future__ import annotations

import gc
import threading

from unison_server.kernel.memory import give_back

NEW_OBJECTS_BEFORE_COLLECTING = 50_000
"""Of Python's collector, which asks for 700: a batch of events makes some thousands that die by count anyway, and
looking through them again and again took a tenth of ingestion."""
SECONDS_BETWEEN_COLLECTIONS = 5.0
_ROUNDS_TO_A_WHOLE_ONE = 12
_YOUNG = 1

_failed = threading.Event()


def note_failure() -> None:
    """A connection failed: what that left is freed within `SECONDS_BETWEEN_COLLECTIONS`, where `collect` runs."""
    _failed.set()


def collect_seldom() -> None:
    """Let the collector count to more new objects before it looks by itself."""
    gc.set_threshold(NEW_OBJECTS_BEFORE_COLLECTING, *gc.get_threshold()[1:])


def collect(end: threading.Event) -> None:
    """Free what failures leave until `end` is set; for a thread."""
    rounds = 0
    while not end.wait(SECONDS_BETWEEN_COLLECTIONS):
        rounds += 1
        if rounds % _ROUNDS_TO_A_WHOLE_ONE == 0:
            _failed.clear()
            gc.collect()
            give_back()
        elif _failed.is_set():
            _failed.clear()
            gc.collect(_YOUNG)
