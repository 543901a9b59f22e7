"""What an agent knows and this server does not, because it was restored from a backup: it is asked for first.

An agent keeps acknowledged events for 14 days. What the restored server lacks of them it asks for again, and gives no
configuration before it has them: the baseline of a counter is only right when all is there that was counted before.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from unison_domain.stations.contracts import AgentState

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Unavailable
from unison_server.stations.leases import fence_agent
from unison_server.stations.tables import Agent, AgentCursor

RESENDING_SECONDS = 1


class Known(NamedTuple):
    """What an agent says of itself when it asks for its configuration.

    Attributes:
        running: version of the configuration it runs.
        epoch, acknowledged: up to where its events were acknowledged; None from agents that do not say.
    """

    running: int = 0
    epoch: UUID | None = None
    acknowledged: int = 0


def missing_from(session: TenantSession, agent_id: UUID, epoch: UUID | None, acknowledged: int) -> int | None:
    """The first event that was acknowledged once and is not here; None when all are."""
    if epoch is None or acknowledged == 0:
        return None
    through = session.scalar(
        select(AgentCursor.acked_through).where(
            AgentCursor.organization_id == session.organization_id,
            AgentCursor.agent_id == agent_id,
            AgentCursor.epoch == epoch,
        )
    )
    return None if (through or 0) >= acknowledged else (through or 0) + 1


def prepare_configuration(session: TenantSession, agent: Agent, known: Known) -> None:
    """Hold the agent against changes of what it is told, and settle what a restore left open.

    An agent that runs a version this server never gave it was told things that are undone now: what it and others held
    since can't be known, so all its leases get new numbers and it goes on from what is counted here. Its answer is the
    present version, noted as told.

    Raises:
        Unavailable: events that were acknowledged before the restore have not come again yet.
    """
    session.refresh(agent, with_for_update=True)
    missing = missing_from(session, agent.id, known.epoch, known.acknowledged)
    if missing is not None and agent.state != AgentState.CONFLICT:
        raise Unavailable(
            f"The server was restored and lacks the events {missing} to {known.acknowledged} of this agent: "
            "send them again, then ask for the configuration",
            code="events_missing",
            headers={"Retry-After": str(RESENDING_SECONDS)},
            resend_from=missing,
        )
    if known.running > agent.told_version:
        fence_agent(session, agent.id)
        session.refresh(agent)
    if agent.told_version != agent.configuration_version:
        told = update(Agent).where(Agent.organization_id == session.organization_id, Agent.id == agent.id)
        session.execute(told.values(told_version=agent.configuration_version))  # no change by a person: no new ETag
