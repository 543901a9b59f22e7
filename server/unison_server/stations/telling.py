"""What happens to agents, devices and tags is told where their stations are: ids are no other plant's business."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select

from unison_server.kernel.database import TenantSession
from unison_server.kernel.outbox import Recorded, record_all
from unison_server.stations.peripheral_tables import Peripheral
from unison_server.stations.queries import AGENT_PLANTS
from unison_server.stations.tables import Device, Station, Tag


def tell_of_agent(session: TenantSession, topic: str, agent_id: UUID, *, version: int | None = None) -> None:
    """Record what happened to an agent, once in each plant it serves; of one that serves none, in no plant.

    Whoever reads several of its plants hears of it several times, with the same entity and version.
    """
    plants = [row.plant_id for row in session.execute(AGENT_PLANTS, {"agent": agent_id})]
    record_all(session, [Recorded(topic, agent_id, plant_id, version) for plant_id in plants or [None]])


def plants_of_devices(session: TenantSession, ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    """The plant of each of these devices."""
    statement = select(Device.id, Station.plant_id).join(
        Station, (Station.organization_id == Device.organization_id) & (Station.id == Device.station_id)
    )
    rows = session.execute(statement.where(Device.organization_id == session.organization_id, Device.id.in_(ids)))
    return {row.id: row.plant_id for row in rows}


def plant_of_device(session: TenantSession, device: Device | Peripheral) -> UUID:
    """The plant of a device, by its station."""
    return session.need(Station, device.station_id, "station").plant_id


def plant_of_tag(session: TenantSession, tag: Tag) -> UUID:
    """The plant of a tag, by its device."""
    return plant_of_device(session, session.need(Device, tag.device_id, "device"))
