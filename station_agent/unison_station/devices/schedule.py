"""When a rate group is read: at t0 + k·T of the monotonic clock, whatever a reading took."""

from __future__ import annotations

import math


class Schedule:
    """The beats of one period. A beat that is missed is skipped and counted, never made up for in a burst.

    Attributes:
        period: seconds between two beats.
        due: monotonic time of the next beat, seconds.
        overruns: beats skipped so far.
    """

    def __init__(self, period: float, start: float) -> None:
        self.period = period
        self.due = start
        self.overruns = 0
        self._start = start
        self._beat = 0

    def advance(self, now: float) -> int:
        """Go on to the first beat after `now`; returns how many were skipped on the way."""
        following = max(self._beat + 1, math.floor((now - self._start) / self.period) + 1)
        skipped = following - self._beat - 1
        self._beat = following
        self.due = self._start + following * self.period
        self.overruns += skipped
        return skipped

    def postpone(self, until: float) -> None:
        """The next beat is not before `until`."""
        self.due = max(self.due, until)

    def hurry(self, now: float) -> None:
        """Read at `now`, whatever was missed before, and then on the beats as they always were."""
        self._beat = max(math.floor((now - self._start) / self.period), 0)
        self.due = now
