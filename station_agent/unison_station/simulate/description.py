"""How an agent is to be configured for a simulated shop: stations, devices with tags, machines."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unison_domain.kernel.contracts import Code, Request
from unison_domain.stations.configuration import (
    AgentConfiguration,
    DeviceConfiguration,
    MachineConfiguration,
    StationConfiguration,
)
from unison_domain.stations.device_settings import Driver, Parity

from unison_station.simulate.machine import simulated_id, tags_of
from unison_station.simulate.makers import MAKERS
from unison_station.simulate.scenario import MachinePlan, Scenario

DEFAULT_SERIAL_FOLDER = Path(tempfile.gettempdir()) / "unison-serial"
"""Where serial lines appear unless said otherwise."""


class ShopDescription(Request):
    """What the shop consists of; `plants` gives the plant code of every station code.

    Ids derive from the codes, so two runs describe the same things; a loader may replace them by its own.
    """

    name: str
    plants: dict[Code, Code]
    stations: tuple[StationConfiguration, ...]
    devices: tuple[DeviceConfiguration, ...]
    machines: tuple[MachineConfiguration, ...]

    @property
    def configuration(self) -> AgentConfiguration:
        """All of it for one agent that knows no server: what the commands take as `--configuration`."""
        return AgentConfiguration(
            agent_id=simulated_id("agent", self.name),
            organization_id=simulated_id("organization", self.name),
            version=1,
            name=self.name,
            stations=self.stations,
            devices=self.devices,
            machines=self.machines,
        )


def endpoint_of(plan: MachinePlan) -> str:
    """Name of the port a machine is behind."""
    return plan.endpoint or plan.code


def endpoints_of(scenario: Scenario) -> list[str]:
    """Names of all TCP ports of a shop, in order of their first machine."""
    lines = {line.code for line in scenario.serial_lines}
    return [name for name in dict.fromkeys(endpoint_of(plan) for plan in scenario.machines) if name not in lines]


def describe(
    scenario: Scenario,
    host: str,
    ports: Mapping[str, int],
    speed: float = 1.0,
    serial_folder: Path = DEFAULT_SERIAL_FOLDER,
) -> ShopDescription:
    """The configuration that fits a shop whose endpoints listen on these ports and whose serial lines are there."""
    places: dict[str, dict[str, Any]] = {name: {"host": host, "port": port} for name, port in ports.items()}
    for line in scenario.serial_lines:
        path = str((serial_folder / line.code).absolute())
        # Pseudo-terminals have no parity.
        settings = {"baud_rate": line.baud_rate, "parity": Parity.NONE}
        places[line.code] = {"driver": Driver.MODBUS_RTU, "serial_port": path, **settings}
    return ShopDescription(
        name=scenario.name,
        plants={station.code: station.plant for station in scenario.stations},
        stations=tuple(
            StationConfiguration(id=simulated_id("station", station.code), code=station.code, name=station.name)
            for station in scenario.stations
        ),
        devices=tuple(_device(plan, places[endpoint_of(plan)], speed) for plan in scenario.machines),
        machines=tuple(_machine(plan, speed) for plan in scenario.machines),
    )


def _device(plan: MachinePlan, place: Mapping[str, Any], speed: float) -> DeviceConfiguration:
    return DeviceConfiguration(
        id=simulated_id("device", plan.code),
        station_id=simulated_id("station", plan.station),
        name=f"{MAKERS[plan.maker].name}, {plan.name}",
        **place,
        unit_id=plan.unit_id,
        tags=tags_of(plan, speed),
    )


def _machine(plan: MachinePlan, speed: float) -> MachineConfiguration:
    return MachineConfiguration(
        id=simulated_id("machine", plan.code),
        station_id=simulated_id("station", plan.station),
        code=plan.code,
        name=plan.name,
        ideal_cycle_seconds=plan.ideal_cycle_seconds / speed,
        on_delay_seconds=plan.on_delay_seconds,
        off_delay_seconds=plan.off_delay_seconds,
        idle_after_seconds=plan.idle_after_seconds,
    )
