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
    """A picture as a JPEG file.

    Attributes:
        taken_at: the stamp it was given when it was taken.
        at: when that was on the monotonic clock, seconds.
        boot: whose stamp it is; see `Timeline`.
    """

    jpeg: bytes
    taken_at: datetime
    at: float
    boot: int = 0


@dataclass(frozen=True, slots=True)
class _Stop:
    """One that counts where it lasts longer than until `beyond`, which is known at `told_by` at the latest."""

    machine_id: UUID
    at: float
    beyond: float
    told_by: float


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
        earliest = shot.at - late - self._seconds
        while (place := self._of_no_use(earliest)) is not None:
            self._drop(place)
        while self._bytes > MOST_BYTES:
            self._drop(self._least_missed())

    def stopped(self, machine_id: UUID, at: float, beyond: float = float("-inf"), late: float = 0.0) -> None:
        """A machine stands since `at`: it counts once that lasts beyond `beyond`, told so many seconds `late`."""
        stop = _Stop(machine_id, at, beyond, beyond + late)
        self._stops = sorted([*self._stops, stop], key=lambda one: one.at)

    def counts(self, machine_id: UUID) -> None:
        """The stop a machine is in counts, however short it gets."""
        self._stops = [
            _Stop(machine_id, one.at, float("-inf"), float("-inf")) if one.machine_id == machine_id else one
            for one in self._stops
        ]

    def over(self, machine_id: UUID, at: float) -> None:
        """A machine stands no more: a stop that did not last long enough is none to keep."""
        self._stops = [one for one in self._stops if one.machine_id != machine_id or at > one.beyond]

    def due(self, now: float, *, is_last: bool = False) -> tuple[UUID, Sequence[Shot]] | None:
        """The pictures around the oldest stop whose seconds are over, with its machine; None while there is none.

        Args:
            is_last: nothing comes any more: what is there is all there will be.
        """
        due = (one for one in self._stops if is_last or now >= max(one.at + self._seconds, one.told_by))
        if (stop := next(due, None)) is None:
            return None
        self._stops = [one for one in self._stops if one is not stop]
        chosen = self._around(stop)
        if chosen:
            self._given[stop.machine_id] = chosen[-1].at
        return stop.machine_id, chosen

    def around_stops(self) -> list[tuple[UUID, Shot]]:
        """What `due` may still give out, as far as it came, with its machine."""
        return [(stop.machine_id, shot) for stop in self._stops for shot in self._around(stop)]

    def _around(self, stop: _Stop) -> list[Shot]:
        given = self._given.get(stop.machine_id, float("-inf"))
        return [shot for shot in self._shots if abs(shot.at - stop.at) <= self._seconds and shot.at > given]

    def _drop(self, place: int) -> None:
        self._bytes -= len(self._shots.pop(place).jpeg)

    def _least_missed(self) -> int:
        """The picture whose neighbours are nearest to each other, never the first or last; of several the oldest."""
        inner = range(1, len(self._shots) - 1)
        return min(inner, key=lambda place: self._shots[place + 1].at - self._shots[place - 1].at, default=0)

    def _of_no_use(self, earliest: float) -> int | None:
        """The first picture of before `earliest` that lies around no stop; they are in order of time."""
        old = ((place, shot.at) for place, shot in enumerate(self._shots) if shot.at < earliest)
        return next((place for place, at in old if not self._is_around_stop(at)), None)

    def _is_around_stop(self, at: float) -> bool:
        return any(abs(at - stop.at) <= self._seconds for stop in self._stops)
