"""Entries that were set aside, as a station's page tells them: codes, names and moments, and the reasons in words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from unison_domain.codes.events import ScanTaken
from unison_domain.stations.configuration import StationConfiguration
from unison_domain.stations.set_aside_words import SetAsideWord

from unison_station.operator.floor import Floor
from unison_station.operator.places import Places
from unison_station.operator.recent import Recent
from unison_station.operator.sentences import in_language
from unison_station.operator.set_aside import SetAside, is_moment_of, sight_of
from unison_station.wording import visible


def set_aside_view(
    station: StationConfiguration, places: Places, floor: Floor, recent: Recent, set_aside: SetAside, language: str
) -> dict[str, Any]:
    """What is told at this station, newest first: its own, and what belongs to no station of this PC."""
    here = (word for word in set_aside.unseen if _station_of(word, places, recent) in (None, station.id))
    return {"words": [_shown(word, places, floor, recent, language) for word in here]}


def _station_of(word: SetAsideWord, places: Places, recent: Recent) -> UUID | None:
    if word.machine_id is not None:
        return places.station_of.get(word.machine_id)
    taken = recent.find(word.taking_id) if word.taking_id is not None else None
    station_id = word.station_id or (taken.event.station_id if taken is not None else None)
    return station_id if station_id in places.machines else None


def _shown(word: SetAsideWord, places: Places, floor: Floor, recent: Recent, language: str) -> dict[str, Any]:
    machine = next((one for one in places.configuration.machines if one.id == word.machine_id), None)
    names = places.reasons[None if machine is None else machine.machine_type]
    return {
        "sight": sight_of(word),
        "kind": word.kind,
        "decision": _decision(word),
        "why": in_language(word.message, language) if word.reason is None else word.reason,
        "by": word.decided_by_name,
        "person": word.person,
        "said_at": word.said_at,
        "machine_id": word.machine_id,
        "machine": None if machine is None else machine.name,
        "stop": _stop_of(word, floor),
        "taking_id": word.taking_id,
        "state": word.state,
        "started_at": word.started_at,
        "reason": None if word.reason_id is None else names.get(word.reason_id),
        "called": word.called,
        "taken": _taken(word, recent),
    }


def _decision(word: SetAsideWord) -> str:
    """As the texts are named; what was given up at this PC has no reason that a server knows."""
    if word.decision is None:
        return "refused" if word.is_refused else "waits"
    return "given_up" if word.is_refused and word.reason is None else word.decision


def _stop_of(word: SetAsideWord, floor: Floor) -> str | None:
    """The stop it is about, as the page knows it."""
    notes = floor.machines.get(word.machine_id) if word.machine_id is not None else None
    if notes is None or word.kind != "stop_reasoned":
        return None
    return next((one.known_by for one in notes.stops if is_moment_of(word.started_at, one.started_at)), None)


def _taken(word: SetAsideWord, recent: Recent) -> str | None:
    """What was scanned or measured, as long as that is known here."""
    if word.value is not None:
        return f"{word.value:f}"
    taken = recent.find(word.taking_id) if word.taking_id is not None else None
    if taken is None:
        return None
    return visible(taken.event.text) if isinstance(taken.event, ScanTaken) else f"{taken.event.value:f}"
