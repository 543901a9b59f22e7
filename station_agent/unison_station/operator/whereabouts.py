"""At which station something was said or wanted."""

from __future__ import annotations

from uuid import UUID

from unison_domain.codes.events import ScanTaken, ScanUndone
from unison_domain.quality.events import ReadingTaken, ReadingUndone
from unison_domain.stations.events import CallChanged, Event, StateSet, StopReasoned

from unison_station.operator.places import Places
from unison_station.operator.recent import Recent


def station_of(event: Event, recent: Recent, places: Places) -> UUID | None:
    """Where a person's word was said; None where nobody knows, or no person said it."""
    match event:
        case ScanTaken() | ReadingTaken():
            return event.station_id
        case ScanUndone(scan_id=id_) | ReadingUndone(reading_id=id_):
            taken = recent.find(id_)
            return taken.event.station_id if taken else None
        case StateSet() | StopReasoned() | CallChanged():
            return places.station_of.get(event.machine_id)
    return None


def station_of_peripheral(peripheral_id: UUID, places: Places) -> UUID | None:
    """Where a scanner, gauge or camera stands; None where none of this id is configured."""
    peripherals = places.configuration.peripherals
    return next((one.station_id for one in peripherals if one.id == peripheral_id), None)
