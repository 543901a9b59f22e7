"""What follows from a configuration for the page: whose machines, in which zone, with or without signals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from unison_domain.machines.tracking import MachineRules
from unison_domain.stations.configuration import (
    AgentConfiguration,
    MachineConfiguration,
    SignalRole,
    StationConfiguration,
)


@dataclass(frozen=True)
class Places:
    """Worked out once per configuration.

    Attributes:
        machines: of each station, by their code: those that stand at it, and those whose tags a device of it has
            while they stand at no station of this agent.
        by_hand: machines whose signals say nothing about their state.
        zones: of the plants of the machines at a station; where it is not known, that of this PC.
        counted: roles of the counters each machine has.
        micro_stops: seconds up to which a stop of each machine asks nobody.
    """

    configuration: AgentConfiguration
    machines: Mapping[UUID, tuple[MachineConfiguration, ...]]
    by_hand: frozenset[UUID]
    zones: Mapping[UUID, tzinfo]
    counted: Mapping[UUID, frozenset[SignalRole]]
    micro_stops: Mapping[UUID, float]

    @classmethod
    def of(cls, configuration: AgentConfiguration) -> Self:
        """The places of this configuration."""
        stations = {station.id: station for station in configuration.stations}
        zones = {id_: _zone(station) for id_, station in stations.items()}
        tags = [tag for device in configuration.devices for tag in device.tags]
        station_of: dict[UUID, UUID | None] = {
            tag.machine_id: device.station_id
            for device in configuration.devices
            for tag in device.tags
            if tag.machine_id is not None
        }
        station_of.update(
            (machine.id, machine.station_id) for machine in configuration.machines if machine.station_id in stations
        )
        machines = sorted(configuration.machines, key=lambda machine: machine.code)
        placed = {id_: tuple(one for one in machines if station_of.get(one.id) == id_) for id_ in stations}
        return cls(
            configuration=configuration,
            machines=placed,
            by_hand=frozenset(one.id for one in machines if not MachineRules.of(one, tags).state.stale_seconds),
            zones={machine: zones[station] for machine, station in station_of.items() if station in zones},
            counted={one.id: frozenset(tag.role for tag in tags if tag.machine_id == one.id) for one in machines},
            micro_stops={one.id: one.micro_stop_seconds for one in machines},
        )

    def station(self, code: str) -> StationConfiguration | None:
        """The station of this code."""
        return next((one for one in self.configuration.stations if one.code == code), None)


def _zone(station: StationConfiguration | None) -> tzinfo:
    here = datetime.now().astimezone().tzinfo or UTC
    if station is None or station.time_zone is None:
        return here
    try:
        return ZoneInfo(station.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return here
