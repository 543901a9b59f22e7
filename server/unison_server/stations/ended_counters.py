"""Parts that wait for the next count of a counter call a person as soon as nothing reads it: none comes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from unison_domain.stations.contracts import AgentState

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import COUNTED_ANEW
from unison_server.stations.quarantine_tables import QuarantinedEvent
from unison_server.stations.resting_tags import is_read, machines_put_away
from unison_server.stations.tables import Agent, Device, Station, Tag
from unison_server.stations.telling import tell_of_agent
from unison_server.stations.waiting_events import WAIT_BEGAN, any_waits, waits


def call_about_ending(session: TenantSession, row: Agent | Station | Device | Tag) -> None:
    """Before something is written: where it ends the reading of counters, tell of the agents of which parts wait for
    their next count, if nothing of theirs calls a person already.
    """
    with session.no_autoflush:
        if not _lets_read(session, row):
            below = {Agent: Station.agent_id, Station: Station.id, Device: Device.id, Tag: Tag.id}[type(row)]
            _call_about(session, _read_until_now(session, below == row.id))


def call_about_resting(session: TenantSession, machine_id: UUID) -> None:
    """The same before a machine is put away: its counters rest with it."""
    with session.no_autoflush:
        _call_about(session, _read_until_now(session, Tag.machine_id == machine_id))


def _call_about(session: TenantSession, tags: Collection[UUID]) -> None:
    if tags:
        owners = select(QuarantinedEvent.agent_id).where(
            QuarantinedEvent.organization_id == session.organization_id,
            QuarantinedEvent.tag_id.in_(tags),
            QuarantinedEvent.code == COUNTED_ANEW,
            waits(),
        )
        for agent_id in sorted(session.scalars(owners.distinct())):
            if not any_waits(session, agent_id):
                tell_of_agent(session, WAIT_BEGAN, agent_id)


def _lets_read(session: TenantSession, row: Agent | Station | Device | Tag) -> bool:
    """Whether the row as it is to be written lets counters be read."""
    if isinstance(row, Agent):
        return row.state != AgentState.REVOKED
    if isinstance(row, Station) and row.is_active:
        return row.agent_id is not None and _lets_read(session, session.need(Agent, row.agent_id, "agent"))
    if isinstance(row, Tag) and row.is_active:
        return not machines_put_away(session, [row.machine_id])
    return row.is_active


def _read_until_now(session: TenantSession, which: ColumnElement[bool]) -> Collection[UUID]:
    """Those of these tags that are read, as all is written yet."""
    statement = (
        select(Tag.id)
        .join(Device, and_(Device.organization_id == Tag.organization_id, Device.id == Tag.device_id))
        .join(Station, and_(Station.organization_id == Device.organization_id, Station.id == Device.station_id))
        .join(Agent, and_(Agent.organization_id == Station.organization_id, Agent.id == Station.agent_id))
        .where(Tag.organization_id == session.organization_id, which, Agent.state != AgentState.REVOKED)
        .where(is_read(session.organization_id), Tag.is_active, Device.is_active, Station.is_active)
    )
    return session.scalars(statement).all()
