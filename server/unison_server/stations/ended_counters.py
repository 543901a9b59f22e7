"""Parts that wait for the next count of a counter call a person once that counter is taken out of use: none comes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import COUNTED_ANEW
from unison_server.stations.quarantine_tables import QuarantinedEvent
from unison_server.stations.tables import Device, Station, Tag
from unison_server.stations.telling import tell_of_agent
from unison_server.stations.waiting_events import WAIT_BEGAN, any_waits, waits


def call_about_ended(session: TenantSession, row: Station | Device | Tag) -> None:
    """Once something was written: where it is out of use, tell of the agents of which something waits for good now."""
    if row.is_active or not (tags := _read_until_now(session, row)):
        return
    owners = select(QuarantinedEvent.agent_id).where(
        QuarantinedEvent.organization_id == session.organization_id,
        QuarantinedEvent.tag_id.in_(tags),
        QuarantinedEvent.code == COUNTED_ANEW,
        waits(),
    )
    for agent_id in sorted(session.scalars(owners.distinct())):
        if any_waits(session, agent_id) and not any_waits(session, agent_id, still_read=tags):
            tell_of_agent(session, WAIT_BEGAN, agent_id)


def _read_until_now(session: TenantSession, row: Station | Device | Tag) -> Collection[UUID]:
    """The tags that nothing else keeps from being read."""
    others = [table.is_active for table in (Station, Device, Tag) if not isinstance(row, table)]
    below = {Station: Station.id, Device: Device.id, Tag: Tag.id}[type(row)]
    statement = (
        select(Tag.id)
        .join(Device, (Device.organization_id == Tag.organization_id) & (Device.id == Tag.device_id))
        .join(Station, (Station.organization_id == Device.organization_id) & (Station.id == Device.station_id))
        .where(Tag.organization_id == session.organization_id, below == row.id, *others)
    )
    return session.scalars(statement).all()
