"""What lies on each channel of a scale that is asked on a beat, through new starts and changed settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, Self
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from unison_domain.stations.gauge_settings import GaugeChannel
from unison_domain.stations.scale_load import Load


class _Row(NamedTuple):
    channel: str | None
    characteristic_id: UUID
    value: Decimal | None
    is_light: bool
    told_below: Decimal | None


_ROWS = TypeAdapter(list[_Row])
_NOTHING = Load()


@dataclass(frozen=True)
class Loads:
    """The load of each channel by its name; channels where nothing lies are not in it."""

    channels: Mapping[str | None, Load] = field(default_factory=dict)

    @classmethod
    def load(cls, stored: bytes | None, measured: tuple[GaugeChannel, ...]) -> Self:
        """What `dump` gave, of channels that measure what they did then; nothing where it can't be read."""
        try:
            rows = _ROWS.validate_json(stored or b"[]")
        except ValidationError:
            return cls()
        known = {(one.channel, one.characteristic_id) for one in measured}
        kept = [row for row in rows if (row.channel, row.characteristic_id) in known]
        return cls({row.channel: Load(row.value, row.is_light, row.told_below) for row in kept})

    def dump(self, measured: tuple[GaugeChannel, ...]) -> bytes:
        """As the buffer keeps it."""
        rows = [
            _Row(one.channel, one.characteristic_id, load.value, load.is_light, load.told_below)
            for one in measured
            if (load := self.channels.get(one.channel)) is not None
        ]
        return _ROWS.dump_json(rows)

    def on(self, channel: str | None) -> Load:
        """What lies there."""
        return self.channels.get(channel, _NOTHING)

    def having(self, channel: str | None, load: Load) -> Self:
        """After this is what lies there."""
        others = {name: known for name, known in self.channels.items() if name != channel}
        return type(self)(others if load == _NOTHING else {**others, channel: load})
