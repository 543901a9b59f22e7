"""What follows from a configuration for the page: whose machines, in which zone, with or without signals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from unison_domain.machines.tracking import MachineRules
from unison_domain.stations.configuration import (
    COUNT_ROLES,
    AgentConfiguration,
    MachineConfiguration,
    SignalRole,
    StationConfiguration,
)

from unison_station.operator.reasons import names_of


@dataclass(frozen=True)
class Places:
    """Worked out once per configuration.

    Attributes:
        machines: of each station, by their code, as `machine_stations` says.
        station_of: the same by machine.
        by_hand: machines whose signals say nothing about their state.
        zones: of the plants of the machines at a station; where it is not known, that of this PC.
        counted: roles of the tags each machine has.
        micro_stops: seconds up to which a stop of each machine asks nobody.
        reasons: what each reason is called at machines of a type, and where no machine is known.
    """

    configuration: AgentConfiguration
    machines: Mapping[UUID, tuple[MachineConfiguration, ...]]
    station_of: Mapping[UUID, UUID]
    by_hand: frozenset[UUID]
    zones: Mapping[UUID, tzinfo]
    counted: Mapping[UUID, frozenset[SignalRole]]
    micro_stops: Mapping[UUID, float]
    reasons: Mapping[str | None, Mapping[UUID, str]]

    @classmethod
    def of(cls, configuration: AgentConfiguration) -> Self:
        """The places of this configuration."""
        stations = {station.id: station for station in configuration.stations}
        zones = {id_: _zone(station) for id_, station in stations.items()}
        tags = [tag for device in configuration.devices for tag in device.tags]
        station_of = machine_stations(configuration)
        machines = sorted(configuration.machines, key=lambda machine: machine.code)
        placed = {id_: tuple(one for one in machines if station_of.get(one.id) == id_) for id_ in stations}
        types = {None, *(one.machine_type for one in machines)}
        return cls(
            configuration=configuration,
            machines=placed,
            station_of=station_of,
            by_hand=frozenset(one.id for one in machines if not MachineRules.of(one, tags).state.stale_seconds),
            zones={machine: zones[station] for machine, station in station_of.items() if station in zones},
            counted={one.id: frozenset(tag.role for tag in tags if tag.machine_id == one.id) for one in machines},
            micro_stops={one.id: one.micro_stop_seconds for one in machines},
            reasons={type_: names_of(configuration.reasons, type_) for type_ in types},
        )

    @property
    def counters(self) -> frozenset[UUID]:
        """Machines whose parts are counted here."""
        return frozenset(id_ for id_, roles in self.counted.items() if not roles.isdisjoint(COUNT_ROLES))

    def days_of(self, machines: Iterable[UUID], now: datetime) -> frozenset[date]:
        """The calendar days it is in the plants of these machines."""
        return frozenset(now.astimezone(self.zones.get(machine)).date() for machine in machines)

    def station(self, code: str) -> StationConfiguration | None:
        """The station of this code."""
        return next((one for one in self.configuration.stations if one.code == code), None)


def machine_stations(configuration: AgentConfiguration) -> dict[UUID, UUID]:
    """The station of each machine: where it stands; if that is none of this agent, that of a device that reads it.

    A machine that stands elsewhere, and of which something is only recorded here, is nobody's here.
    """
    stations = {station.id for station in configuration.stations}
    stands = {one.id: one.station_id for one in configuration.machines if one.station_id is not None}
    read_at = {
        tag.machine_id: device.station_id
        for device in configuration.devices
        for tag in device.tags
        if tag.machine_id is not None and (tag.role is not SignalRole.SAMPLE or tag.machine_id not in stands)
    }
    return read_at | {machine: station for machine, station in stands.items() if station in stations}


def _zone(station: StationConfiguration | None) -> tzinfo:
    here = datetime.now().astimezone().tzinfo or UTC
    if station is None or station.time_zone is None:
        return here
    try:
        return ZoneInfo(station.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return here
