"""How many refusals were not told one by one: a row for each window, so that a history shows the volume of a flood."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple
from uuid import UUID

MOST_KINDS = 2_000
"""Kept apart in one window; beyond them addresses, and then made-up organizations, are counted together."""
MANY = "many addresses"


class Untold(NamedTuple):
    """What is counted together. No organization: of none there is."""

    organization: UUID | None
    outcome: str
    address: str


class UntoldRefusals:
    """Counts them for a window; never grows beyond `MOST_KINDS` and one for each outcome.

    Args:
        window: seconds. now: a clock that never steps.
    """

    def __init__(self, window: float, now: Callable[[], float] = time.monotonic) -> None:
        self._window, self._now = window, now
        self._lock = threading.Lock()
        self._counts: Counter[Untold] = Counter()
        self._over = 0.0

    def note(self, organization: UUID | None, outcome: str, address: str) -> None:
        """One more."""
        with self._lock:
            if not self._counts:
                self._over = self._now() + self._window
            for kind in (Untold(organization, outcome, address), Untold(organization, outcome, MANY)):
                if kind in self._counts or len(self._counts) < MOST_KINDS:
                    self._counts[kind] += 1
                    return
            self._counts[Untold(None, outcome, MANY)] += 1

    def take(self, *, at_once: bool = False) -> Mapping[Untold, int]:
        """What was counted, once its window is over, or at once; counting begins anew."""
        with self._lock:
            if not self._counts or not (at_once or self._now() >= self._over):
                return {}
            taken, self._counts = self._counts, Counter()
            return taken
