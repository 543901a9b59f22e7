"""Events that wait for a person: what no agent keeps and nobody decided yet."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, and_, exists, func, not_, select
from unison_domain.stations.leases import Lease

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import COUNTED_ANEW
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent
from unison_server.stations.tables import Tag, TagLease

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


def any_waits(session: TenantSession, agent_id: UUID) -> bool:
    """Whether one of the agent's does that nothing but a person settles.

    Parts that are counted anew are in the next count of their counter: they are left out as long as that is to come.
    """
    own = (QuarantinedEvent.organization_id == session.organization_id) & (QuarantinedEvent.agent_id == agent_id)
    needed = QuarantinedEvent.code != COUNTED_ANEW
    if session.scalar(select(QuarantinedEvent.id).where(own, needed, waits()).limit(1)) is not None:
        return True
    columns = (TagLease.number, TagLease.held_since, TagLease.counted_since, TagLease.read_since)
    anew = (
        select(QuarantinedEvent.raw, func.coalesce(Tag.is_active, False), TagLease.counted_lease, *columns)
        .outerjoin(Tag, (Tag.organization_id == session.organization_id) & (Tag.id == QuarantinedEvent.tag_id))
        .outerjoin(TagLease, (TagLease.organization_id == Tag.organization_id) & (TagLease.id == Tag.id))
        .where(own, not_(needed), waits())
    )
    return any(
        not is_read or lease[0] is None or Lease(*lease).is_counted_on(orjson.loads(raw).get("lease", 0), reached)
        for raw, is_read, reached, *lease in session.execute(anew)
    )


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
