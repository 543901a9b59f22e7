"""How long what agents told of faults, and what they were asked, is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings
from unison_server.stations.tables import AgentCommand, FleetEvent, QuarantinedEvent


def forget_old_incidents(settings: Settings, system: Databases, now: datetime) -> None:
    """Forget quarantined events, events of the fleet and commands that are over after `incidents_kept_days`."""
    before = now - timedelta(days=settings.incidents_kept_days)
    with system.operations.begin() as connection:
        connection.execute(delete(QuarantinedEvent).where(QuarantinedEvent.received_at < before))
        connection.execute(delete(FleetEvent).where(FleetEvent.at < before))
        is_over = AgentCommand.answered_at.is_not(None) | AgentCommand.expires_at.is_not(None)
        connection.execute(delete(AgentCommand).where(AgentCommand.created_at < before, is_over))
