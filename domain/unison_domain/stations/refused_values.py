"""What scanners, gauges and cameras brought that became no scan and no reading, as it is told and kept for long."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

from pydantic import Field

from unison_domain.kernel.contracts import Answer, Instant
from unison_domain.stations.fact import Fact
from unison_domain.stations.peripheral_reports import RefusedValue
from unison_domain.stations.peripherals import PeripheralKind
from unison_domain.stations.told import Told

QUIET_SECONDS = 60.0
"""What is refused again within this time of its like is the same row; counts that grew are told so often."""
LONGEST_SECONDS = 3600.0
"""A row covers no more: who looks for an hour finds it."""
AT_ONCE = 10
"""So many different values of one peripheral become a row each, however fast they come."""
REFILL_SECONDS = 20.0
"""After this time one more of them does; what is beyond that is counted in one row of all others."""


class ValueRefused(Fact):
    """Something that came before a scanner, gauge or camera and became no event; told again when it came more often.

    Attributes:
        at: when it came first.
        id: of the row that counts it; told again, it has more `times`.
        raw, reason, remedy: as in `RefusedValue`; with `others`, of the last one.
        times: how often since then.
        lasted_seconds: from the first to the last of them.
        others: various values that came too fast to be told one by one.
    """

    kind: Literal["value_refused"] = "value_refused"
    id: UUID
    station_id: UUID
    peripheral_id: UUID
    raw: Told = ""
    reason: Told
    remedy: Told | None = None
    times: Annotated[int, Field(ge=1, lt=2**31)] = 1
    lasted_seconds: Annotated[float, Field(ge=0)] = 0.0
    others: bool = False


class RefusedValueAnswer(Answer):
    """A row of the history: a value that was refused, once or several times.

    Attributes:
        peripheral_name, kind: of the scanner, gauge or camera; None where it is not known any more.
        first_at, last_at: when it came first and last.
        raw, reason, remedy, times, others: as in `ValueRefused`.
    """

    id: UUID
    plant_id: UUID
    station_id: UUID
    station_code: str | None = None
    station_name: str | None = None
    peripheral_id: UUID
    peripheral_name: str | None = None
    kind: PeripheralKind | None = None
    first_at: Instant
    last_at: Instant
    received_at: Instant
    times: int
    raw: str
    reason: str
    remedy: str | None = None
    others: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    """One that may still count more; seconds are of the monotonic clock."""

    id: UUID
    at: datetime
    began: float
    last: float
    value: RefusedValue
    times: int = 1
    told: int = 0

    def again(self, value: RefusedValue, now: float) -> _Row:
        return replace(self, value=value, times=self.times + 1, last=now)

    def is_over(self, now: float) -> bool:
        return now - self.last >= QUIET_SECONDS or now - self.began >= LONGEST_SECONDS


_Likeness = tuple[str, str] | None
"""What came and why it is refused; None is of all others."""


@dataclass(slots=True)
class RefusalLedger:
    """Makes few rows of what one peripheral is refused, and loses no count: a chattering device can't flood.

    ledger.refused(value, at, seconds)     # what is to be told at once
    ledger.due(seconds)                    # every `QUIET_SECONDS`, and at the end: counts that grew
    """

    station_id: UUID
    peripheral_id: UUID
    _rows: dict[_Likeness, _Row] = field(default_factory=dict)
    _left: float = float(AT_ONCE)
    _filled: float = 0.0

    def refused(self, value: RefusedValue, at: datetime, now: float) -> list[ValueRefused]:
        """It came, at a moment and in monotonic seconds: what is to be told at once."""
        self._left = min(float(AT_ONCE), self._left + (now - self._filled) / REFILL_SECONDS)
        self._filled = now
        told = self.due(now) if any(row.is_over(now) for row in self._rows.values()) else []
        likeness: _Likeness = (value.raw, value.reason)
        if likeness not in self._rows and self._left < 1:
            likeness = None
        row = self._rows.get(likeness)
        if row is not None:
            self._rows[likeness] = row.again(value, now)
            return told
        if likeness is None:
            self._rows[likeness] = _Row(uuid4(), at, now, now, value)
            return told
        self._left -= 1
        self._rows[likeness] = row = _Row(uuid4(), at, now, now, value, told=1)
        return [*told, self._event(likeness, row)]

    def due(self, now: float, *, ends: bool = False) -> list[ValueRefused]:
        """What grew since it was told; rows that are over count no more, and with `ends` none does."""
        told = [self._event(likeness, row) for likeness, row in self._rows.items() if row.times > row.told]
        left = {} if ends else {likeness: row for likeness, row in self._rows.items() if not row.is_over(now)}
        self._rows = {likeness: replace(row, told=row.times) for likeness, row in left.items()}
        return told

    @property
    def is_empty(self) -> bool:
        """Nothing counts any more."""
        return not self._rows

    def _event(self, likeness: _Likeness, row: _Row) -> ValueRefused:
        return ValueRefused(
            at=row.at,
            id=row.id,
            station_id=self.station_id,
            peripheral_id=self.peripheral_id,
            raw=row.value.raw,
            reason=row.value.reason,
            remedy=row.value.remedy,
            times=row.times,
            lasted_seconds=round(row.last - row.began, 3),
            others=likeness is None,
        )
