"""The last seconds of a camera, kept around the stops of machines."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

MOST_BYTES = 48 * 1024 * 1024
"""Of memory for one camera; the oldest pictures go first."""


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
    """Pure: times come from outside. Every picture is given out once, however many stops it belongs to."""

    def __init__(self, seconds: float) -> None:
        """Keep so many seconds before and after a stop."""
        self._seconds = seconds
        self._shots: deque[Shot] = deque()
        self._stops: list[_Stop] = []
        self._bytes = 0

    def add(self, shot: Shot) -> None:
        """The newest picture."""
        self._shots.append(shot)
        self._bytes += len(shot.jpeg)
        while self._bytes > MOST_BYTES or self._is_of_no_use(self._shots[0], shot.at):
            self._bytes -= len(self._shots.popleft().jpeg)

    def stopped(self, machine_id: UUID, at: float) -> None:
        """A machine stands since `at`."""
        self._stops.append(_Stop(machine_id, at))

    def due(self, now: float) -> tuple[UUID, Sequence[Shot]] | None:
        """The pictures around the oldest stop whose seconds are over, with its machine; None while there is none."""
        if not self._stops or now < self._stops[0].at + self._seconds:
            return None
        stop = self._stops.pop(0)
        chosen = [shot for shot in self._shots if abs(shot.at - stop.at) <= self._seconds]
        self._shots = deque(shot for shot in self._shots if shot not in chosen)
        self._bytes = sum(len(shot.jpeg) for shot in self._shots)
        return stop.machine_id, chosen

    def _is_of_no_use(self, shot: Shot, now: float) -> bool:
        oldest = min([now, *(stop.at for stop in self._stops)])
        return shot.at < oldest - self._seconds
