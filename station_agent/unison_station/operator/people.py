"""Who works at each station, as told on its page: until somebody else is named, or nobody, also through restarts.

A name belongs to the workplace, not to a browser: what scanners, gauges and cameras send there stands under it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import TypeAdapter
from unison_domain.codes.events import ScanTaken
from unison_domain.quality.events import ReadingTaken
from unison_domain.stations.events import Event

KEY = "people"

_NAMES = TypeAdapter(dict[UUID, str])


@dataclass(frozen=True)
class People:
    """The name at each station; stations where nobody is named are not in it."""

    names: Mapping[UUID, str] = field(default_factory=dict)

    @classmethod
    def load(cls, stored: Mapping[str, bytes]) -> People:
        """What `dump` gave. Raises ValueError when it is no such thing."""
        return cls(_NAMES.validate_json(stored.get(KEY, b"{}")))

    def dump(self) -> dict[str, bytes]:
        """A part of the agent's state."""
        return {KEY: _NAMES.dump_json(dict(self.names))}

    def named(self, station_id: UUID, name: str | None) -> People:
        """With another name at this station; None: nobody's."""
        others = {station: known for station, known in self.names.items() if station != station_id}
        return People(others if name is None else {**others, station_id: name})

    def stamped(self, events: Iterable[Event]) -> list[Event]:
        """The same events; scans and readings that name nobody are those of the person at their station."""
        return [self._stamped(event) for event in events]

    def _stamped(self, event: Event) -> Event:
        match event:
            case ScanTaken(person=None) | ReadingTaken(person=None) if event.station_id in self.names:
                return event.model_copy(update={"person": self.names[event.station_id]})
        return event
