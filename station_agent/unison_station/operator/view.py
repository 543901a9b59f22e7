"""What one station's page shows, as JSON-able values: no words of people's language, only codes, names and moments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from unison_domain.identity.badge_contracts import RosterPerson
from unison_domain.machines.calls import CallKind, CallState
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.open_states import OpenState
from unison_domain.machines.stop_ends import MAY_LAST
from unison_domain.stations.configuration import MachineConfiguration, SignalRole, StationConfiguration
from unison_domain.stations.contracts import MachineReport
from unison_domain.stations.peripherals import ScannerConfiguration
from unison_domain.stations.readings import LastRead

from unison_station.clock import Line as Stamps
from unison_station.operator.awaited_badges import Tapped
from unison_station.operator.day_counts import DayCount
from unison_station.operator.decisions import SETTABLE, UNDO_SECONDS
from unison_station.operator.floor import Floor, MachineNotes, OpenCall
from unison_station.operator.people import Named, SignOn
from unison_station.operator.places import Places
from unison_station.operator.reasons import frequent_of, groups_of
from unison_station.operator.sentences import in_language
from unison_station.operator.stops import Stop, waiting
from unison_station.operator.takings_view import characteristics_view, measured_at
from unison_station.operator.unread_counts import unread_counts

CALLED = (CallKind.SETTER, CallKind.MAINTENANCE, CallKind.QUALITY, CallKind.LOGISTICS)

BEHIND = timedelta(seconds=10)
"""Events that wait longer than this for the server are told, also while it answers."""

RECENT = 8
"""How many stops that are over and were given a reason are shown, below all that wait for one."""

_COUNTERS = {
    "good": SignalRole.COUNT_GOOD,
    "scrap": SignalRole.COUNT_SCRAP,
    "total": SignalRole.COUNT_TOTAL,
}


@dataclass(frozen=True, slots=True)
class Line:
    """How sending fares.

    Attributes:
        server: `online`, `offline`, `refused` where it answers but takes nothing from this PC, `untrusted` where this
            PC does not believe its certificate, or `none` for an agent that has no server.
        waiting: events not yet acknowledged; oldest_at: when the first of them was stamped.
        refusal: why nothing is taken; None while all is.
        unsent: why nothing is sent until a person ends it, as server or link say; what is entered is kept meanwhile.
    """

    server: str
    waiting: int
    oldest_at: datetime | None
    refusal: str | None
    unsent: str | None = None

    def told_in(self, language: str) -> Line:
        """The same, its reasons in a language."""
        refusal, unsent = (why and in_language(why, language) for why in (self.refusal, self.unsent))
        return replace(self, refusal=refusal, unsent=unsent)

    def shown(self, now: datetime) -> dict[str, Any]:
        """As the page's lamp shows it: what is merely on its way is nothing to tell."""
        is_behind = self.oldest_at is not None and (self.server != "online" or now - self.oldest_at > BEHIND)
        return {
            "server": self.server,
            "waiting": self.waiting if is_behind else 0,
            "oldest_at": self.oldest_at if is_behind else None,
            "refusal": self.refusal,
            "unsent": self.unsent,
        }


def station_view(
    station: StationConfiguration,
    places: Places,
    floor: Floor,
    named: Named | None,
    reports: Iterable[MachineReport],
    read: Mapping[UUID, LastRead],
    told: Mapping[UUID, OpenState],
    line: Line,
    now: datetime,
    stamps: Stamps,
    *,
    can_override: bool,
) -> dict[str, Any]:
    """Who works at the station, its machines, and how sending fares; no moment, so that equal views are equal.

    `read`: what each tag gave last. `told`: which states the server has; shown while it is heard, for nobody here sees
    them end. `stamps`: what this PC's clock says by the server's, which is which day it is.
    `can_override`: a server told how a state is set by hand against the signals; where they don't know it, that is no
    override.
    """
    reported = {report.machine_id: report for report in reports}
    heard = told if line.server == "online" else {}
    return {
        "line": line.shown(now),
        "person": named.name if named else None,
        "sign_on": None if named is None or named.sign_on is None else _sign_on(named.sign_on),
        "machines": [
            _machine(machine, places, floor, reported.get(machine.id), read, now, stamps, can_override=can_override)
            | _told_state(read_elsewhere(machine.id, places, floor, heard.get(machine.id)))
            for machine in places.machines[station.id]
        ],
    }


def _sign_on(sign_on: SignOn) -> dict[str, Any]:
    return {"is_verified": sign_on.is_verified, "tap": sign_on.tap}


def people_view(people: Iterable[RosterPerson], *, signs_on: bool, is_practice: bool) -> dict[str, Any]:
    """Who can sign on by PIN, whether names are signed on here at all, and whether nothing done here is real."""
    named = [{"id": one.id, "name": one.name, "told_apart_by": one.told_apart_by} for one in people if one.has_pin]
    return {"signs_on": signs_on, "is_practice": is_practice, "people": named}


def confirmer_view(shown: Tapped | None) -> dict[str, Any] | None:
    """Whose badge lies ready to confirm an override; `name` None where only the server may know it."""
    return None if shown is None else {"name": shown.name, "at": shown.at}


def catalogue(station: StationConfiguration, places: Places, floor: Floor) -> dict[str, Any]:
    """What changes seldom: whose clock is shown, who can be called, what can be set by hand, whether a badge can be
    shown, and the reasons for each kind of machine.
    """
    scanners = [one for one in places.configuration.peripherals if isinstance(one, ScannerConfiguration)]
    types = {machine.machine_type for machine in places.machines[station.id]}
    return {
        "zone": station.time_zone,
        "calls": CALLED,
        "states": SETTABLE,
        "has_scanner": any(one.station_id == station.id for one in scanners),
        "undo_seconds": UNDO_SECONDS,
        "characteristics": characteristics_view(measured_at(station, places.configuration)),
        "reasons": {type_ or "": _reasons(places, floor, type_) for type_ in types},
    }


def _reasons(places: Places, floor: Floor, machine_type: str | None) -> dict[str, Any]:
    groups = groups_of(places.configuration.reasons, machine_type, floor.uses)
    frequent = frequent_of(groups, floor.uses)
    return {
        "frequent": [] if frequent is None else [tile._asdict() for tile in frequent.tiles],
        "groups": [{"name": group.name, "tiles": [tile._asdict() for tile in group.tiles]} for group in groups],
    }


def _machine(
    machine: MachineConfiguration,
    places: Places,
    floor: Floor,
    report: MachineReport | None,
    read: Mapping[UUID, LastRead],
    now: datetime,
    stamps: Stamps,
    *,
    can_override: bool,
) -> dict[str, Any]:
    notes, by_hand = floor.machines.get(machine.id), machine.id in places.by_hand
    names = places.reasons[machine.machine_type]
    is_overridden = not by_hand and notes is not None and notes.by_hand
    state, since = _state(notes, report, by_hand or is_overridden)
    stop = _lasting(notes, state, machine, now)
    asking = waiting(notes.stops, machine.micro_stop_seconds) if notes is not None else frozenset()
    tells = notes is not None and notes.by_signals not in (None, MachineState.UNKNOWN)
    zone = places.zones.get(machine.id)
    counts = floor.counts.settled(machine.id, zone, stamps)
    made = counts.made_on(machine.id, stamps.settled(now).astimezone(zone).date())
    return {
        "id": machine.id,
        "code": machine.code,
        "name": machine.name,
        "type": machine.machine_type or "",
        "by_hand": by_hand,
        "overridden": is_overridden,
        "can_override": not by_hand and (can_override or not tells),
        "state": state,
        "since": since,
        "person": notes.person if notes is not None and (by_hand or is_overridden) else None,
        "confirmed_by": notes.confirmed_by if notes is not None and is_overridden else None,
        "elsewhere": notes is not None and (by_hand or is_overridden) and notes.is_elsewhere,
        "by_server": False,
        "stop": None if stop is None else _stop(stop, names, asking),
        "recent": [] if notes is None else [_stop(one, names, asking) for one in _recent(notes, asking)],
        "counts": _counts(made, machine.id, places),
        "unread_counts": _unread(unread_counts(machine, places.configuration, read, now)),
        "counts_since": counts.known_since(machine.id, now, zone, stamps),
        "waiting_counts": {str(kind): parts for kind, parts in made.waiting.items()},
        "calls": _calls(machine.id, floor),
    }


def read_elsewhere(machine: UUID, places: Places, floor: Floor, told: OpenState | None) -> OpenState | None:
    """What another PC reads of a machine, as the server has it, where that is known and nobody here says more."""
    if told is None or told.source is not StateSource.SIGNAL or told.state is MachineState.UNKNOWN:
        return None
    if machine not in places.by_hand or _state(floor.machines.get(machine), None, by_hand=True)[0] is not None:
        return None
    return told


def _told_state(told: OpenState | None) -> dict[str, Any]:
    return {} if told is None else {"state": told.state, "since": told.started_at, "by_server": True}


def _state(
    notes: MachineNotes | None, report: MachineReport | None, by_hand: bool
) -> tuple[MachineState | None, datetime | None]:
    """None while nobody knows: no signal was read yet, or nobody said anything."""
    if by_hand:
        known = notes is not None and notes.by_hand and notes.state is not MachineState.UNKNOWN
        return (notes.state, notes.since) if notes is not None and known else (None, None)
    return (None, None) if report is None else (report.state, report.since)


def _lasting(
    notes: MachineNotes | None, state: MachineState | None, machine: MachineConfiguration, now: datetime
) -> Stop | None:
    """The stop that lasts; of time nothing is known of only what is longer than a micro-stop: a plug was loose."""
    stop = notes.stop if notes is not None else None
    if stop is None or not stop.is_silent:
        return stop if state in MAY_LAST else None
    is_long = (now - stop.started_at).total_seconds() > machine.micro_stop_seconds
    return stop if state is MachineState.UNKNOWN and is_long else None


def _recent(notes: MachineNotes, asking: frozenset[datetime]) -> list[Stop]:
    """Stops that are over and worth a word, newest first: those that wait for it, then what was said of others.

    One whose state is a cause by itself needs none.
    """
    over = [stop for stop in notes.stops[::-1] if stop.ended_at is not None]
    told = [stop for stop in over if stop.reason_id is not None and stop.started_at not in asking]
    return [stop for stop in over if stop.started_at in asking] + told[:RECENT]


def _stop(stop: Stop, names: Mapping[UUID, str], asking: frozenset[datetime]) -> dict[str, Any]:
    return {
        "id": stop.known_by,
        "started_at": stop.started_at,
        "ended_at": stop.ended_at,
        "state": stop.state,
        "signals": stop.signals,
        "explained": stop.started_at not in asking,
        "reason_id": stop.reason_id,
        "reason": names.get(stop.reason_id, "?") if stop.reason_id else None,
        "person": stop.person,
        "confirmed_by": stop.confirmed_by,
        "elsewhere": stop.is_elsewhere,
    }


def _counts(count: DayCount, machine_id: UUID, places: Places) -> dict[str, int | float]:
    """Only what the machine has counters for."""
    roles = places.counted.get(machine_id, frozenset())
    return {name: _shown(getattr(count, name)) for name, role in _COUNTERS.items() if role in roles}


def _unread(since: Mapping[SignalRole, datetime | None]) -> dict[str, datetime | None]:
    return {name: since[role] for name, role in _COUNTERS.items() if role in since}


def _shown(parts: int | Decimal) -> int | float:
    return int(parts) if parts == int(parts) else float(parts)


def _call_state(call: OpenCall) -> str:
    """With `answered` between called and arrived: somebody is on the way."""
    state = call.life.state
    return "answered" if state is CallState.CALLED and call.life.answered_at is not None else state


def _calls(machine_id: UUID, floor: Floor) -> list[dict[str, Any]]:
    return [
        {
            "id": id_,
            "called": call.called,
            "state": _call_state(call),
            "called_at": call.life.called_at,
            "arrived_at": call.life.arrived_at,
        }
        for id_, call in floor.calls.items()
        if call.machine_id == machine_id and call.life.is_open
    ]
