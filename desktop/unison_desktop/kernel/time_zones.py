"""Time zones as people choose them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from unison_domain.sites.contracts import PlantAnswer


def zone_names() -> list[str]:
    """Names of the IANA list that say a place, in their order."""
    return [name for name in sorted(available_timezones()) if "/" in name and not name.startswith("Etc")]


def zones_of(plants: Iterable[PlantAnswer]) -> dict[UUID, tzinfo]:
    """The zones of plants by their ids, as far as this PC knows them."""
    zones: dict[UUID, tzinfo] = {}
    for plant in plants:
        try:
            zones[plant.id] = ZoneInfo(plant.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return zones
