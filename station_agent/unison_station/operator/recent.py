"""The last scans and readings of each station, folded from events as the floor is, and what was refused meanwhile.

recent = Recent.load(stored)
recent = recent.after(events)
state = recent.dump(events)            # to be committed with them
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, TypeAdapter
from unison_domain.codes.events import ScanTaken, ScanUndone
from unison_domain.quality.events import ReadingTaken, ReadingUndone
from unison_domain.stations.events import Event
from unison_domain.stations.peripheral_reports import RefusedValue

KEPT = 10
"""Scans of a station that are shown, codes that counted together as one, and as many readings."""

KEY = "recent"

Taking = ScanTaken | ReadingTaken


@dataclass(frozen=True, slots=True)
class Taken:
    """A scan or reading, and whether somebody took it back."""

    event: Taking
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a scanner, gauge or camera brought that is no event; `name` is the peripheral's, `words` say why.

    `told` is what the server is told of it, of the one whose id is `peripheral_id`; None of a badge that names nobody.
    """

    at: datetime
    station_id: UUID
    name: str
    words: str
    peripheral_id: UUID | None = None
    told: RefusedValue | None = None


@dataclass(frozen=True)
class Recent:
    """All stations of an agent; the takings of each are in the order they were committed."""

    stations: Mapping[UUID, tuple[Taken, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, stored: Mapping[str, bytes]) -> Recent:
        """What `dump` gave, over all its keys. Raises ValueError when it is no such thing."""
        found = {key.partition(":")[2]: value for key, value in stored.items() if key.startswith(f"{KEY}:")}
        return cls({UUID(station): tuple(map(_read, _ROWS.validate_json(value))) for station, value in found.items()})

    def after(self, events: Iterable[Event]) -> Recent:
        """What is known when these happened."""
        stations = dict(self.stations)
        for event in events:
            match event:
                case ScanTaken() | ReadingTaken():
                    stations[event.station_id] = _with(stations.get(event.station_id, ()), event)
                case ScanUndone(scan_id=id_) | ReadingUndone(reading_id=id_):
                    stations = {station: _without(takings, id_) for station, takings in stations.items()}
        return self if stations == self.stations else replace(self, stations=stations)

    def without(self, ids: Collection[UUID]) -> tuple[Recent, frozenset[UUID]]:
        """When these were taken back elsewhere, and the stations whose takings that changed."""
        stations = dict(self.stations)
        for id_ in ids:
            stations = {station: _without(takings, id_) for station, takings in stations.items()}
        touched = frozenset(station for station, takings in stations.items() if takings != self.stations[station])
        return (replace(self, stations=stations) if touched else self), touched

    def dump(self, events: Iterable[Event]) -> dict[str, bytes]:
        """What changed by these events, by key; a part of the agent's state."""
        return self.dump_stations(self._touched(events))

    def dump_stations(self, stations: Iterable[UUID]) -> dict[str, bytes]:
        """The takings of these stations, by key."""
        return {f"{KEY}:{station}": _ROWS.dump_json(_rows(self.stations[station])) for station in stations}

    def find(self, taking_id: UUID) -> Taken | None:
        """The scan or reading of this id, as long as it is remembered."""
        every = (taken for takings in self.stations.values() for taken in takings)
        return next((taken for taken in every if taken.event.id == taking_id), None)

    def together(self, taking_id: UUID) -> tuple[Taken, ...]:
        """The scan or reading of this id and what counted together with it, oldest first; none that is forgotten."""
        for takings in self.stations.values():
            for taken in takings:
                if taken.event.id == taking_id:
                    return tuple(one for one in takings if set_of(one.event) == set_of(taken.event))
        return ()

    def _touched(self, events: Iterable[Event]) -> Iterator[UUID]:
        for event in events:
            match event:
                case ScanTaken() | ReadingTaken():
                    yield event.station_id
                case ScanUndone(scan_id=id_) | ReadingUndone(reading_id=id_):
                    taken = self.find(id_)
                    if taken is not None:
                        yield taken.event.station_id


def set_of(event: Taking) -> UUID:
    """The same for codes that only count together; of any other its own."""
    return (event.group_id if isinstance(event, ScanTaken) else None) or event.id


_Row = tuple[datetime, bool, str]
"""Moment, whether it was undone, and the event as text: what was scanned may look like a moment, and it must stay as it
is when the moments of a former boot are moved to the server's time."""

_ROWS = TypeAdapter(list[_Row])
_EVENT: TypeAdapter[Taking] = TypeAdapter(Annotated[Taking, Field(discriminator="kind")])


def _rows(takings: Iterable[Taken]) -> list[_Row]:
    return [(taken.event.at, taken.is_undone, taken.event.model_dump_json()) for taken in takings]


def _read(row: _Row) -> Taken:
    at, is_undone, event = row
    return Taken(_EVENT.validate_json(event).model_copy(update={"at": at}), is_undone)


def _with(takings: tuple[Taken, ...], event: Taking) -> tuple[Taken, ...]:
    """With the newest; the oldest of its kind beyond those that are shown is forgotten."""
    alike = [taken.event for taken in takings if taken.event.kind == event.kind]
    sets = list(dict.fromkeys(set_of(one) for one in (*alike, event)))
    surplus = {one.id for one in alike if set_of(one) in sets[:-KEPT]}
    return (*(taken for taken in takings if taken.event.id not in surplus), Taken(event))


def _without(takings: tuple[Taken, ...], taking_id: UUID) -> tuple[Taken, ...]:
    return tuple(replace(taken, is_undone=True) if taken.event.id == taking_id else taken for taken in takings)
