"""The values on a chart: what was read, what came since, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from unison_domain.quality.contracts import CharacteristicAnswer, IndividualsAnswer, MeasurementAnswer
from unison_domain.quality.individuals import SETTLED, IndividualsChart, individuals_chart

from unison_desktop.frame.stretch import ALWAYS, Stretch
from unison_desktop.quality.sources import EVERY, Source


@dataclass(slots=True)
class Series:
    """The newest values of a characteristic, oldest first, without those that were taken back.

    Attributes:
        last: so many values are kept.
        source: where they came from.
        stretch: of which time they are. begins: since when that is, as of the last `move`.
        is_cut: there are older values in this time.
        undone: taken back, newest first.
        chart: of the values; None with fewer than two.
        outside, ranges_outside: places beyond a limit.
    """

    characteristic: CharacteristicAnswer
    last: int
    stretch: Stretch = ALWAYS
    source: Source = EVERY
    begins: datetime | None = None
    is_cut: bool = False
    values: list[MeasurementAnswer] = field(default_factory=list)
    undone: list[MeasurementAnswer] = field(default_factory=list)
    chart: IndividualsChart | None = None
    outside: frozenset[int] = frozenset()
    ranges_outside: frozenset[int] = frozenset()
    _places: dict[UUID, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        answer: IndividualsAnswer,
        last: int,
        now: datetime,
        stretch: Stretch = ALWAYS,
        source: Source = EVERY,
    ) -> Series:
        """As the server told it."""
        made = cls(answer.characteristic, last, stretch, source, is_cut=answer.is_cut)
        made.values, made.undone = list(answer.items), list(answer.undone)
        made._compute()
        made.move(now)
        return made

    def move(self, now: datetime) -> bool:
        """Leave behind what is no longer of the time; whether anything was."""
        self.begins = self.stretch.begins_at(now)
        values, undone = ([one for one in listed if self._is_of_time(one)] for listed in (self.values, self.undone))
        if (len(values), len(undone)) == (len(self.values), len(self.undone)):
            return False
        self.is_cut = self.is_cut and len(values) == len(self.values)
        self.values, self.undone = values, undone
        self._compute()
        return True

    def take(self, measured: Iterable[MeasurementAnswer], now: datetime) -> None:
        """What was measured or taken back since, in any order and as often as it comes."""
        self.move(now)
        values = {one.id: one for one in self.values}
        undone = {one.id: one for one in self.undone}
        for one in measured:
            if one.characteristic_id != self.characteristic.id or not self._is_of_time(one) or not self.source.has(one):
                continue
            values.pop(one.id, None)
            (values if one.undone_at is None and one.id not in undone else undone).setdefault(one.id, one)
        self.values = sorted(values.values(), key=_place)[-self.last :]
        self.is_cut = self.is_cut or len(values) > self.last
        self.undone = sorted(undone.values(), key=_place, reverse=True)
        self._compute()

    @property
    def is_preliminary(self) -> bool:
        """Limits of so few values may still move."""
        return len(self.values) < SETTLED

    def place_of(self, measurement_id: UUID) -> int | None:
        """Where a value is, None if it is not on the chart."""
        return self._places.get(measurement_id)

    def rows(self) -> list[MeasurementAnswer]:
        """All of them, newest first."""
        return sorted([*self.values, *self.undone], key=_place, reverse=True)

    def _is_of_time(self, one: MeasurementAnswer) -> bool:
        ends = self.stretch.ends
        return (self.begins is None or one.measured_at >= self.begins) and (ends is None or one.measured_at < ends)

    def _compute(self) -> None:
        self._places = {one.id: n for n, one in enumerate(self.values)}
        self.chart = individuals_chart([one.measured_value for one in self.values])
        self.outside = frozenset(self.chart.outside if self.chart else ())
        self.ranges_outside = frozenset(self.chart.ranges_outside if self.chart else ())


def _place(one: MeasurementAnswer) -> tuple[datetime, UUID]:
    return one.measured_at, one.id
