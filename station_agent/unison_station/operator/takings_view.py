"""The last scans and readings of a station as its page shows them, with what each code means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from unison_domain.codes.contracts import ScanPart, ScanReading
from unison_domain.codes.events import ScanTaken
from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.codes.reading import reading_of
from unison_domain.codes.scanned_text import read_text
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.quality.events import ReadingTaken
from unison_domain.quality.plausible import plausible_range
from unison_domain.sentences import code_part
from unison_domain.stations.configuration import AgentConfiguration, StationConfiguration
from unison_domain.stations.gauge_formats import poll_command
from unison_domain.stations.peripheral_reports import PeripheralReport
from unison_domain.stations.peripherals import CameraConfiguration, GaugeConfiguration, PeripheralConfiguration

from unison_station.operator.recent import Recent, Refusal, Taken, set_of
from unison_station.operator.sentences import in_language
from unison_station.wording import visible

REFUSAL_SEEN = timedelta(minutes=1)
"""How long a refusal stays at least: in a burst of scans the next good one must not hide the one that is missing."""


@dataclass(frozen=True)
class Takings:
    """What the view is made of; `today` says which century a date of six digits is in, `language` is the page's."""

    configuration: AgentConfiguration
    recent: Recent
    refusals: tuple[Refusal, ...]
    reports: tuple[PeripheralReport, ...]
    today: date
    language: str = "en"

    def said(self, sentence: str | None) -> str | None:
        """What is wrong with something, in the language of the page."""
        return sentence and in_language(sentence, self.language)


def measured_at(station: StationConfiguration, configuration: AgentConfiguration) -> list[CharacteristicConfiguration]:
    """Characteristics of the station's plant, by name; all of them where its plant is not known."""
    here = (one for one in configuration.characteristics if station.plant_id in (None, one.plant_id))
    return sorted(here, key=lambda one: one.name)


def takings_view(station: StationConfiguration, takings: Takings) -> dict[str, Any]:
    """The newest first."""
    taken = takings.recent.stations.get(station.id, ())[::-1]
    peripherals = [one for one in takings.configuration.peripherals if one.station_id == station.id]
    names = {one.id: one.name for one in peripherals}
    measured = {one.id: one for one in takings.configuration.characteristics}
    reports = {report.peripheral_id: report for report in takings.reports}
    return {
        "scans": _scans(taken, names, takings),
        "readings": [_reading(one, one.event, names, measured) for one in taken if isinstance(one.event, ReadingTaken)],
        "refusals": [_refusal(one, takings) for one in _refusals(station.id, taken, names, takings)],
        "peripherals": [
            {
                "id": one.id,
                "name": one.name,
                "state": reports[one.id].state,
                "message": takings.said(reports[one.id].message),
                "answers": _answers(one),
            }
            for one in peripherals
            if one.id in reports
        ],
    }


def characteristics_view(measured: Iterable[CharacteristicConfiguration]) -> list[dict[str, Any]]:
    """What may be chosen for a typed value, and beyond what it is asked about before it is kept."""
    return [{"id": one.id, "name": one.name, "unit": one.unit, **_plausible(one)} for one in measured]


def _plausible(one: CharacteristicConfiguration) -> dict[str, str | None]:
    low, high = plausible_range(one.lsl, one.usl)
    limits = {"lsl": one.lsl, "usl": one.usl, "low": low, "high": high}
    return {name: None if limit is None else f"{limit:f}" for name, limit in limits.items()}


def _answers(one: PeripheralConfiguration) -> bool:
    """Whether it measures when a person asks it."""
    if isinstance(one, CameraConfiguration):
        return bool(one.tools)
    return isinstance(one, GaugeConfiguration) and poll_command(one) is not None


def _scans(taken: Iterable[Taken], names: dict[UUID, str], takings: Takings) -> list[dict[str, Any]]:
    """Codes that counted together are one row, in their order: those that count still, or all where none does."""
    sets: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for one in taken:
        if isinstance(one.event, ScanTaken):
            sets[set_of(one.event)].insert(0, _scan(one, one.event, names, takings))
    return [codes[0] if len(codes) == 1 else _set_row(codes) for codes in sets.values()]


def _set_row(codes: list[dict[str, Any]]) -> dict[str, Any]:
    counting = [one for one in codes if not one["undone"]]
    shown = counting or codes
    warnings = list(dict.fromkeys(warning for one in shown for warning in one["warnings"]))
    return {**codes[0], "set": shown, "undone": not counting, "warnings": warnings}


def _scan(taken: Taken, event: ScanTaken, names: dict[UUID, str], takings: Takings) -> dict[str, Any]:
    read = _read(event.text, event.symbology, takings.configuration.item_patterns, takings.today)
    return {
        **_common(taken, event, names),
        "text": visible(event.text),
        "symbology": read.symbology_name,
        "part": event.part,
        "kind": read.kind,
        "perhaps": not read.is_certain,
        "meanings": [[_part(part, takings.language) for part in meaning.parts] for meaning in read.meanings],
        "warnings": [takings.said(warning) for warning in read.warnings],
    }


def _part(part: ScanPart, language: str) -> dict[str, str | None]:
    return {"name": code_part(part.name, language), "identifier": part.identifier, "shown": part.shown}


@lru_cache(256)
def _read(text: str, symbology: str, patterns: tuple[ItemPattern, ...], today: date) -> ScanReading:
    return reading_of(read_text(text, symbology, patterns), today)


def _reading(
    taken: Taken, event: ReadingTaken, names: dict[UUID, str], measured: dict[UUID, CharacteristicConfiguration]
) -> dict[str, Any]:
    characteristic = measured.get(event.characteristic_id)
    return {
        **_common(taken, event, names),
        "characteristic": characteristic.name if characteristic else "?",
        "value": f"{event.value:f}",
        "unit": event.unit,
        "uncertainty": None if event.uncertainty is None else f"{event.uncertainty:f}",
        "outside": _outside(event.value, characteristic) if characteristic else None,
    }


def _outside(value: Decimal, characteristic: CharacteristicConfiguration) -> dict[str, str] | None:
    """The limit that is passed; None within them."""
    if characteristic.lsl is not None and value < characteristic.lsl:
        return {"side": "below", "limit": f"{characteristic.lsl:f}"}
    if characteristic.usl is not None and value > characteristic.usl:
        return {"side": "above", "limit": f"{characteristic.usl:f}"}
    return None


def _common(taken: Taken, event: ScanTaken | ReadingTaken, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": event.id,
        "at": event.at,
        "source": event.source,
        "by": " · ".join(filter(None, (names.get(event.peripheral_id) if event.peripheral_id else "", event.person))),
        "undone": taken.is_undone,
    }


def _refusals(station_id: UUID, taken: Iterable[Taken], names: dict[UUID, str], takings: Takings) -> list[Refusal]:
    """Those that still tell something, the newest first: not of what gave something good well after it."""
    good: dict[str, datetime] = {}
    for one in taken:
        if one.event.peripheral_id in names:
            good.setdefault(names[one.event.peripheral_id], one.event.at)
    here = (one for one in reversed(takings.refusals) if one.station_id == station_id)
    return [one for one in here if one.name not in good or good[one.name] - one.at < REFUSAL_SEEN]


def _refusal(refusal: Refusal, takings: Takings) -> dict[str, Any]:
    return {"at": refusal.at, "name": refusal.name, "words": takings.said(refusal.words)}
