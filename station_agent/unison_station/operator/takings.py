"""From what a person types, or takes back, to the event that tells it. Pure."""

from __future__ import annotations

from datetime import datetime

from unison_domain.codes.aim import split_symbol
from unison_domain.codes.events import ScanSource, ScanTaken, ScanUndone
from unison_domain.quality.events import ReadingSource, ReadingTaken, ReadingUndone
from unison_domain.quality.resolution import is_multiple
from unison_domain.stations.configuration import AgentConfiguration

from unison_station.operator.actions import Refused, TakeBack, TypeReading, TypeScan
from unison_station.operator.recent import Recent

_NUL = "\N{SYMBOL FOR NULL}"
_BLANKS = " \t\r\n"
"""What people leave around a text; separators of GS1 are none of it."""

TakingWord = ScanTaken | ReadingTaken | ScanUndone | ReadingUndone


def typed_scan(action: TypeScan, configuration: AgentConfiguration, now: datetime) -> tuple[ScanTaken, ScanUndone]:
    """The scan and what would take it back. Raises Refused."""
    _demand_station(action, configuration)
    symbol, text = split_symbol(action.text.strip(_BLANKS))
    if not text:
        raise Refused("no_text", f"{action.text!r} holds no text; type what stands under the code", 422)
    word = ScanTaken(
        at=now,
        id=action.id,
        station_id=action.station_id,
        source=ScanSource.TYPED,
        text=text.replace("\0", _NUL),
        symbology=symbol.identifier,
        person=action.person,
    )
    return word, ScanUndone(at=now, scan_id=word.id, person=action.person)


def typed_reading(
    action: TypeReading, configuration: AgentConfiguration, now: datetime
) -> tuple[ReadingTaken, ReadingUndone]:
    """The reading and what would take it back. Raises Refused."""
    _demand_station(action, configuration)
    measured = next((one for one in configuration.characteristics if one.id == action.characteristic_id), None)
    if measured is None:
        raise Refused("no_such_characteristic", "This characteristic is no longer measured; choose another one")
    if measured.resolution is not None and not is_multiple(action.value, measured.resolution):
        step = f"{measured.resolution:f} {measured.unit}".strip()
        words = f"{measured.name} is measured in steps of {step}"
        raise Refused("too_fine", words, 422, name=measured.name, step=step)
    word = ReadingTaken(
        at=now,
        id=action.id,
        station_id=action.station_id,
        characteristic_id=measured.id,
        source=ReadingSource.TYPED,
        value=action.value,
        unit=measured.unit,
        person=action.person,
    )
    return word, ReadingUndone(at=now, reading_id=word.id, person=action.person)


def taken_back(action: TakeBack, recent: Recent, now: datetime) -> tuple[ScanUndone | ReadingUndone, ...]:
    """The words that take back one of those that are shown, with all that counted together with it. Raises Refused."""
    together = recent.together(action.taking_id)
    if not together:
        raise Refused("no_such_taking", "This is not among the last ones any more; take it back in the desktop")
    counting = [taken.event for taken in together if not taken.is_undone]
    if not counting:
        raise Refused("is_so", "It was taken back already")
    return tuple(
        ScanUndone(at=now, scan_id=one.id, person=action.person)
        if isinstance(one, ScanTaken)
        else ReadingUndone(at=now, reading_id=one.id, person=action.person)
        for one in counting
    )


def _demand_station(action: TypeScan | TypeReading, configuration: AgentConfiguration) -> None:
    if all(station.id != action.station_id for station in configuration.stations):
        raise Refused("no_such_station", f"This agent has no station {action.station_id}", 404)
