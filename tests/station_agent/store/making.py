"""Events, stores and a PC whose clocks the test sets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from unison_domain.machines.contracts import CountKind
from unison_domain.stations.events import Counted, Sample
from unison_station.store import Limits, Store

TAG = UUID("00000000-0000-7000-8000-000000000001")
START = datetime(2026, 11, 20, 6, tzinfo=UTC)

ROOMY = Limits(min_free_bytes=0, ballast_bytes=0)
"""Limits for tests: nothing is refused because the test machine's disk is nearly full."""


class Pc:
    """Clocks that move when told to, and a boot that begins when told to."""

    def __init__(self, wall: datetime = START) -> None:
        self._wall = wall.timestamp()
        self._monotonic = 100.0
        self._boot = 1
        self.synchronised = False

    def wall(self) -> float:
        return self._wall

    def monotonic(self) -> float:
        return self._monotonic

    def boot_id(self) -> str:
        return f"boot-{self._boot}"

    def is_synchronised(self) -> bool:
        return self.synchronised

    def pass_seconds(self, seconds: float) -> None:
        self._wall += seconds
        self._monotonic += seconds

    def set_clock(self, seconds: float) -> None:
        self._wall += seconds

    def reboot(self, wall: datetime) -> None:
        self._boot += 1
        self._monotonic = 1.0
        self._wall = wall.timestamp()


def sample(value: float = 0.0, at: datetime = START) -> Sample:
    return Sample(at=at, tag_id=TAG, value=value)


def samples(count: int) -> list[Sample]:
    return [sample(float(n)) for n in range(count)]


def counted(number: int, at: datetime = START) -> Counted:
    return Counted(
        at=at, tag_id=TAG, count=CountKind.GOOD, delta=1, started_at=at - timedelta(seconds=1), raw_to=number
    )


def store_in(folder: Path, limits: Limits = ROOMY, pc: Pc | None = None) -> Store:
    return Store.open(folder, limits, pc)
