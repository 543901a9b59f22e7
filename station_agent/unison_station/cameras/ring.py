"""The last seconds of a camera, kept around the stops of machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

MOST_BYTES = 48 * 1024 * 1024
"""Of memory for one camera. What needs more is thinned out: all the seconds stay, with fewer pictures a second."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture as a JPEG file, when it was taken, and that on the monotonic clock (seconds)."""

    jpeg: bytes
    taken_at: datetime
    at: float


@dataclass(frozen=True, slots=True)
class _Stop:
    machine_id: UUID
    at: float


class Ring:
    """Pure: times come from outside. Every picture is given out once for a machine, however often that stops."""

    def __init__(self, seconds: float) -> None:
        """Keep so many seconds before and after a stop."""
        self._seconds = seconds
        self._shots: list[Shot] = []
        self._stops: list[_Stop] = []
        self._given: dict[UUID, float] = {}
        self._bytes = 0

    def add(self, shot: Shot, late: float = 0.0) -> None:
        """The newest picture; stops may be told so many seconds after they began."""
        self._shots.append(shot)
        self._bytes += len(shot.jpeg)
        while self._is_of_no_use(self._shots[0], shot.at - late):
            self._drop(0)
        while self._bytes > MOST_BYTES:
            self._drop(self._least_missed())

    def stopped(self, machine_id: UUID, at: float) -> None:
        """A machine stands since `at`."""
        self._stops = sorted([*self._stops, _Stop(machine_id, at)], key=lambda stop: stop.at)

    def due(self, now: float, *, is_last: bool = False) -> tuple[UUID, Sequence[Shot]] | None:
        """The pictures around the oldest stop whose seconds are over, with its machine; None while there is none.

        Args:
            is_last: nothing comes any more: what is there is all there will be.
        """
        if not self._stops or not (is_last or now >= self._stops[0].at + self._seconds):
            return None
        stop = self._stops.pop(0)
        given = self._given.get(stop.machine_id, float("-inf"))
        chosen = [shot for shot in self._shots if abs(shot.at - stop.at) <= self._seconds and shot.at > given]
        if chosen:
            self._given[stop.machine_id] = chosen[-1].at
        return stop.machine_id, chosen

    def _drop(self, place: int) -> None:
        self._bytes -= len(self._shots.pop(place).jpeg)

    def _least_missed(self) -> int:
        """The picture whose neighbours are nearest to each other, never the first or last; of several the oldest."""
        inner = range(1, len(self._shots) - 1)
        return min(inner, key=lambda place: self._shots[place + 1].at - self._shots[place - 1].at, default=0)

    def _is_of_no_use(self, shot: Shot, earliest: float) -> bool:
        return shot.at < min([earliest, *(stop.at for stop in self._stops)]) - self._seconds
