"""Few of many refusals are told one by one; the others are counted, and rows show their volume.

A flood must neither fill a history nor keep the database busy. Each server process allows and counts for itself; one
that is killed loses what it counted in the last minute, and of kinds that are not among the most frequent in the last
hour.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

import anyio
import anyio.to_thread

WINDOW_SECONDS = 3600.0
LOOK_SECONDS = 60.0
SOON_SECONDS, MOST_SOON = 60.0, 10
"""So many kinds, the most frequent ones, are written so often: 600 rows an hour."""
MOST_KINDS = 2_000
"""Kept apart in one window; beyond them what is alike is counted together."""

Kind = TypeVar("Kind", bound=Hashable)


class Allowance:
    """So many of each in a window; counts no more than it allows, so that no flood makes it grow."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._taken: Counter[Hashable] = Counter()
        self._over = 0.0

    def begin_anew(self) -> None:
        """Nothing was taken yet: a server starts."""
        with self._lock:
            self._over = 0.0

    def takes(self, *limits: tuple[Hashable, int]) -> bool:
        """Whether there is room for one more in each of what is counted, the most of it; takes it then."""
        with self._lock:
            if self._now() >= self._over:
                self._taken.clear()
                self._over = self._now() + WINDOW_SECONDS
            if any(self._taken[counted] >= most for counted, most in limits):
                return False
            self._taken.update(counted for counted, _ in limits)
            return True


class Volume(NamedTuple):
    """How many of a kind there were, and over how many seconds: from the first until they are told."""

    times: int
    seconds: int


class UntoldRefusals(Generic[Kind]):
    """Counts them for a window; never grows beyond `MOST_KINDS` and the coarsest kinds.

    Args:
        window: seconds. now: a clock that never steps.
    """

    def __init__(self, window: float = WINDOW_SECONDS, now: Callable[[], float] = time.monotonic) -> None:
        self._window, self._now = window, now
        self._lock = threading.Lock()
        self._counts: Counter[Kind] = Counter()
        self._first: dict[Kind, float] = {}
        self._over = self._soon = 0.0

    def note(self, *kinds: Kind) -> None:
        """One more, of the first kind there is room for: each is coarser than the one before, the last has room."""
        with self._lock:
            if not self._counts:
                self._over, self._soon = self._now() + self._window, self._now() + SOON_SECONDS
            has_room = len(self._counts) < MOST_KINDS
            counted = next((kind for kind in kinds if has_room or kind in self._counts), kinds[-1])
            self._counts[counted] += 1
            self._first.setdefault(counted, self._now())

    def take(self, *, at_once: bool = False) -> Mapping[Kind, Volume]:
        """What was counted, once its window is over, or at once, and the most of it earlier; counting begins anew."""
        with self._lock:
            now = self._now()
            if at_once or now >= self._over:
                return self._taken(len(self._counts), now)
            if now < self._soon:
                return {}
            self._soon = now + SOON_SECONDS
            return self._taken(MOST_SOON, now)

    def _taken(self, most: int, now: float) -> Mapping[Kind, Volume]:
        return {
            kind: Volume(self._counts.pop(kind), max(1, math.ceil(now - self._first.pop(kind))))
            for kind, _ in self._counts.most_common(most)
        }


class TellsVolumes(Protocol):
    """Whoever keeps count of what it did not tell."""

    def tell_volumes(self, *, at_once: bool = False) -> None:
        """Write how many were not told one by one, if it is time, or at once."""


async def keep_telling_volumes(*tellers: TellsVolumes) -> None:
    """Until it is cancelled."""
    while True:
        await anyio.sleep(LOOK_SECONDS)
        for teller in tellers:
            await anyio.to_thread.run_sync(teller.tell_volumes)
