"""Configurations of devices and machines, made in one line."""

from typing import Any
from uuid import UUID, uuid5

from unison_domain.stations.configuration import (
    AgentConfiguration,
    DeviceConfiguration,
    MachineConfiguration,
    RegisterTable,
    SignalRole,
    StationConfiguration,
    TagConfiguration,
    ValueType,
)

SPACE = UUID("018f6f4e-0000-7000-8000-000000000000")
STATION = uuid5(SPACE, "station")
MACHINE = uuid5(SPACE, "machine")


def tag(device: str, name: str, address: int, **more: Any) -> TagConfiguration:
    """A holding register as uint16 unless said otherwise; its id follows from the names."""
    fields: dict[str, Any] = {"table": RegisterTable.HOLDING_REGISTER, "type": ValueType.UINT16, "poll_seconds": 0.1}
    return TagConfiguration(
        id=uuid5(SPACE, f"{device} {name}"),
        device_id=uuid5(SPACE, device),
        name=name,
        address=address,
        **{**fields, **more},
    )


def device(name: str, port: int | None, *tags: TagConfiguration, **more: Any) -> DeviceConfiguration:
    """A slave on loopback that gets 0.1 s for a reply and is probed every 0.2 s."""
    fields: dict[str, Any] = {"host": "127.0.0.1", "timeout_seconds": 0.1, "probe_seconds": 0.2}
    return DeviceConfiguration(
        id=uuid5(SPACE, name),
        station_id=STATION,
        name=name,
        port=port,
        tags=tags,
        **{**fields, **more},
    )


def machine_tags(device_name: str, **more: Any) -> tuple[TagConfiguration, ...]:
    """A run bit, an alarm word, a 16-bit good counter and a temperature, from register 0 on."""
    return (
        tag(device_name, "run", 0, type=ValueType.BOOL, role=SignalRole.RUN, machine_id=MACHINE, **more),
        tag(device_name, "alarm", 1, role=SignalRole.ALARM, machine_id=MACHINE, alarms={0: "door open"}, **more),
        tag(device_name, "good", 2, role=SignalRole.COUNT_GOOD, machine_id=MACHINE, max_rate=1000.0, **more),
        tag(device_name, "temperature", 3, scale=0.1, unit="°C", deadband=0.5, **more),
    )


def configuration(*devices: DeviceConfiguration, version: int = 1, **machine: Any) -> AgentConfiguration:
    """One agent, one station, one machine without debounce."""
    fields: dict[str, Any] = {"on_delay_seconds": 0.0, "off_delay_seconds": 0.0}
    return AgentConfiguration(
        agent_id=uuid5(SPACE, "agent"),
        organization_id=uuid5(SPACE, "organization"),
        version=version,
        name="test bench",
        stations=(StationConfiguration(id=STATION, code="S1", name="Station 1"),),
        devices=devices,
        machines=(
            MachineConfiguration(id=MACHINE, station_id=STATION, code="M1", name="Machine 1", **{**fields, **machine}),
        ),
    )
