"""How long what agents told of faults, what they were asked, and what they held is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists

from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings
from unison_server.stations.former_holder_tables import FormerStationHolder, FormerTagHolder
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent
from unison_server.stations.tables import AgentCommand, FleetEvent


def forget_old_incidents(settings: Settings, system: Databases, now: datetime) -> None:
    """Forget what is over after `incidents_kept_days`: quarantined events, events of the fleet, commands, former holds.

    A quarantined event is over when it was decided, or when the agent was told to keep it: one that waits for a person
    is all there is of those parts. What a former holder of a tag or a station delivers later than that waits for one.
    """
    before = now - timedelta(days=settings.incidents_kept_days)
    with system.operations.begin() as connection:
        is_decided = exists().where(
            QuarantineDecision.organization_id == QuarantinedEvent.organization_id,
            QuarantineDecision.id == QuarantinedEvent.id,
        )
        is_settled = is_decided | QuarantinedEvent.rejected
        connection.execute(delete(QuarantinedEvent).where(QuarantinedEvent.received_at < before, is_settled))
        connection.execute(delete(FleetEvent).where(FleetEvent.at < before))
        connection.execute(delete(FormerTagHolder).where(FormerTagHolder.ended_at < before))
        connection.execute(delete(FormerStationHolder).where(FormerStationHolder.ended_at < before))
        is_over = AgentCommand.answered_at.is_not(None) | AgentCommand.expires_at.is_not(None)
        connection.execute(delete(AgentCommand).where(AgentCommand.created_at < before, is_over))
