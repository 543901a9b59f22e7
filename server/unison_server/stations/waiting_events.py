"""Events that wait for a person: what no agent keeps and nobody decided yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Connection, and_, exists, func, not_, select
from unison_domain.stations.contracts import AgentState
from unison_domain.stations.leases import Lease

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import COUNTED_ANEW
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent
from unison_server.stations.resting_tags import is_read
from unison_server.stations.tables import Agent, Device, Station, Tag, TagLease

WAIT_BEGAN = "stations.agent.events_wait"
"""The topic of the first event that waits of an agent of which none did: one word for however many come."""
EVENTS_DECIDED = "stations.agent.quarantine_decided"
"""The topic of what of an agent was decided, once for however many."""


def waits() -> ColumnElement[bool]:
    """The condition on `quarantine`; what an agent was told to keep waits among its dead letters."""
    is_decided = exists().where(
        QuarantineDecision.organization_id == QuarantinedEvent.organization_id,
        QuarantineDecision.id == QuarantinedEvent.id,
    )
    return and_(not_(QuarantinedEvent.rejected), not_(is_decided))


class Calling(NamedTuple):
    """What waits and nothing but a person settles: when it came, and why it was set aside."""

    received_at: datetime
    message: str


def any_waits(session: TenantSession, agent_id: UUID) -> bool:
    """Whether one of the agent's does that nothing but a person settles."""
    return any(True for _ in _calling(session, session.organization_id, agent_id))


def first_calling(connection: Connection, organization_id: UUID, agent_id: UUID) -> Calling | None:
    """The oldest of the agent's that nothing but a person settles."""
    return min(_calling(connection, organization_id, agent_id), default=None)


def _calling(session: TenantSession | Connection, organization_id: UUID, agent_id: UUID) -> Iterator[Calling]:
    """The oldest of what calls by itself, and all that is to be counted anew and can't.

    Parts that are counted anew are in the next count of their counter: they are left out as long as that is to come,
    which takes a counter in use, of a machine in use, and a PC that reads it.
    """
    own = (QuarantinedEvent.organization_id == organization_id) & (QuarantinedEvent.agent_id == agent_id)
    needed = QuarantinedEvent.code != COUNTED_ANEW
    said = QuarantinedEvent.received_at, QuarantinedEvent.message
    oldest = select(*said).where(own, needed, waits()).order_by(QuarantinedEvent.received_at).limit(1)
    for row in session.execute(oldest):
        yield Calling(*row)
    in_use = Tag.is_active & is_read(organization_id) & Device.is_active & Station.is_active
    read = func.coalesce(in_use & (Agent.state != AgentState.REVOKED), False)
    lease = (TagLease.number, TagLease.held_since, TagLease.counted_since, TagLease.read_since)
    anew = (
        select(*said, QuarantinedEvent.raw, read, TagLease.counted_lease, *lease)
        .outerjoin(Tag, (Tag.organization_id == QuarantinedEvent.organization_id) & (Tag.id == QuarantinedEvent.tag_id))
        .outerjoin(Device, (Device.organization_id == Tag.organization_id) & (Device.id == Tag.device_id))
        .outerjoin(Station, (Station.organization_id == Device.organization_id) & (Station.id == Device.station_id))
        .outerjoin(Agent, (Agent.organization_id == Station.organization_id) & (Agent.id == Station.agent_id))
        .outerjoin(TagLease, (TagLease.organization_id == Tag.organization_id) & (TagLease.id == Tag.id))
        .where(own, not_(needed), waits())
    )
    for received_at, message, raw, may_come, reached, *numbers in session.execute(anew):
        if (
            not may_come
            or numbers[0] is None
            or Lease(*numbers).is_counted_on(orjson.loads(raw).get("lease", 0), reached)
        ):
            yield Calling(received_at, message)


def waiting_of(session: TenantSession, agents: Collection[UUID]) -> dict[UUID, int]:
    """How many wait of each agent that has any."""
    statement = (
        select(QuarantinedEvent.agent_id, func.count())
        .where(
            QuarantinedEvent.organization_id == session.organization_id, QuarantinedEvent.agent_id.in_(agents), waits()
        )
        .group_by(QuarantinedEvent.agent_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}
