"""Setting up a whole shop at once, from a description of its stations, devices, tags and machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from unison_domain.kernel.contracts import Code
from unison_domain.machines.contracts import MachineCreate
from unison_domain.stations.configuration import (
    DeviceConfiguration,
    DeviceSettings,
    MachineConfiguration,
    StationConfiguration,
    TagSettings,
)

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.orm import Master
from unison_server.kernel.resource import Resource, assign
from unison_server.machines.api import MACHINE_ROOM, machines
from unison_server.machines.tables import Machine
from unison_server.sites.tables import Plant
from unison_server.stations.api import devices, stations, tags_resource
from unison_server.stations.tables import Device, Station, Tag

T = TypeVar("T", bound=Master)


class Shop(BaseModel):
    """What a shop consists of, as `unison-station simulate --describe` prints it.

    Its ids only tie its parts together: rows are found again by code (devices and tags by name) and have ids of their
    own. `plants` gives the plant code of every station code.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    plants: dict[Code, Code]
    stations: tuple[StationConfiguration, ...]
    devices: tuple[DeviceConfiguration, ...]
    machines: tuple[MachineConfiguration, ...]


@dataclass(frozen=True, slots=True)
class LoadedShop:
    """Ids of the rows, by code of station and machine."""

    stations: Mapping[str, UUID]
    machines: Mapping[str, UUID]


def load_shop(session: TenantSession, shop: Shop, agents: Mapping[str, UUID]) -> LoadedShop:
    """Make or mend stations, machines, devices and tags so that they are as described; the plants must be there.

    Args:
        agents: by station code, the agent that serves it.

    Raises:
        Invalid: a plant is missing, or a part names another that the description lacks.
    """
    plants = {row.code: row.id for row in session.execute(select(Plant.code, Plant.id))}
    if missing := sorted({code for code in shop.plants.values() if code not in plants}):
        raise Invalid(f"Plant {missing[0]} of shop {shop.name} is not there; make it first", code="no_such")
    at = {
        station.id: _load_station(session, station, plants[shop.plants[station.code]], agents)
        for station in shop.stations
    }
    by_machine = {machine.id: _load_machine(session, machine, at) for machine in shop.machines}
    for device in shop.devices:
        _load_device(session, device, _named(at, device.station_id, f"device {device.name}"), by_machine)
    return LoadedShop(
        {row.code: row.id for row in at.values()}, {row.machine_code: row.id for row in by_machine.values()}
    )


def _load_station(
    session: TenantSession, station: StationConfiguration, plant_id: UUID, agents: Mapping[str, UUID]
) -> Station:
    found = session.scalar(select(Station).where(Station.code == station.code))
    values = {"plant_id": plant_id, "code": station.code, "name": station.name, "agent_id": agents.get(station.code)}
    return _put(session, stations, found, values)


def _load_machine(session: TenantSession, machine: MachineConfiguration, at: Mapping[UUID, Station]) -> Machine:
    if machine.station_id is None:
        raise Invalid(f"Machine {machine.code} names no station, so its plant is not known", code="no_such")
    station = _named(at, machine.station_id, f"machine {machine.code}")
    found = session.scalar(select(Machine).where(Machine.machine_code == machine.code))
    said = machine.model_dump(exclude={"id", "code", "station_id"})
    values = {**said, "machine_code": machine.code, "plant_id": station.plant_id, "station_id": station.id}
    defaults = {} if found else MachineCreate(**values).model_dump()
    return _put(session, machines, found, {**defaults, **values})


def _load_device(
    session: TenantSession, device: DeviceConfiguration, station: Station, by_machine: Mapping[UUID, Machine]
) -> None:
    found = session.scalar(select(Device).where(Device.station_id == station.id, Device.name == device.name))
    settings = device.model_dump(include=set(DeviceSettings.model_fields))
    row = _put(session, devices, found, {**settings, "station_id": station.id})
    tags = tags_resource(MACHINE_ROOM)
    known = {tag.name: tag for tag in session.scalars(select(Tag).where(Tag.device_id == row.id))}
    for tag in device.tags:
        values = tag.model_dump(mode="json", include=set(TagSettings.model_fields))
        machine = _named(by_machine, tag.machine_id, f"tag {tag.name}") if tag.machine_id else None
        own = {**values, "device_id": row.id, "machine_id": machine.id if machine else None}
        _put(session, tags, known.get(tag.name), own)


def _put(session: TenantSession, resource: Resource[T], found: T | None, values: Mapping[str, Any]) -> T:
    row = found or resource.table()
    assign(row, {**values, "is_active": True})
    if found is None:
        session.add(row)
        resource.write(session, row, "created")
    elif session.is_modified(row):
        resource.write(session, row, "updated")
    return row


def _named(rows: Mapping[UUID, T], id_: UUID, by: str) -> T:
    if id_ not in rows:
        raise Invalid(f"The description has no {id_}, which {by} names", code="no_such")
    return rows[id_]
