"""Time zones as people choose them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from PySide6.QtCore import QTimeZone
from unison_domain.sites.contracts import PlantAnswer


def zone_names() -> list[str]:
    """Names of the IANA list that say a place, in their order."""
    return [name for name in sorted(available_timezones()) if "/" in name and not name.startswith("Etc")]


def zone_name_here(otherwise: str) -> str:
    """The zone of `zone_names` this PC is set to; `otherwise` where it is set to none of them, e.g. to UTC."""
    set_to = bytes(QTimeZone.systemTimeZoneId().data()).decode()
    return set_to if set_to in zone_names() else otherwise


def zones_of(plants: Iterable[PlantAnswer]) -> dict[UUID, tzinfo]:
    """The zones of plants by their ids, as far as this PC knows them."""
    zones: dict[UUID, tzinfo] = {}
    for plant in plants:
        try:
            zones[plant.id] = ZoneInfo(plant.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return zones


def zone_of(zones: Mapping[UUID, tzinfo], plant_id: UUID | None, now: datetime) -> tzinfo | None:
    """The clock of the plant that is looked at, or of all of them (None); None where their clocks differ."""
    looked_at = zones.values() if plant_id is None else [zones.get(plant_id)]
    clocks = {now.astimezone(zone).utcoffset(): zone for zone in looked_at}
    return next(iter(clocks.values())) if len(clocks) == 1 else None
