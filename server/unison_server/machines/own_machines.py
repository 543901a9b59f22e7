"""Which machines an agent speaks of: those at its stations, and those its devices read."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_, select

from unison_server.kernel.database import TenantSession
from unison_server.machines.tables import Machine
from unison_server.stations.queries import assignment_of


def own_machines(session: TenantSession, agent_id: UUID) -> frozenset[UUID]:
    """They, also those that are no longer active."""
    assignment = assignment_of(session, agent_id)
    is_its = or_(Machine.id.in_(set(assignment.tags.values()) - {None}), Machine.station_id.in_(assignment.stations))
    return frozenset(session.scalars(select(Machine.id).where(is_its)))
