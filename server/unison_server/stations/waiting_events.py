"""Events that wait for a person: what no agent keeps and nobody decided yet."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, not_, select

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import COUNTED_ANEW
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent

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

    Parts the agent counts anew are settled by its next count, or wait behind it where that waits itself.
    """
    own = (QuarantinedEvent.organization_id == session.organization_id) & (QuarantinedEvent.agent_id == agent_id)
    needed = QuarantinedEvent.code != COUNTED_ANEW
    return session.scalar(select(QuarantinedEvent.id).where(own, needed, waits()).limit(1)) is not None


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
