"""Agents that went silent are told once, and once more when they are heard again.

Silence is judged by this server's clock from the last heartbeat, and only while it could have heard one: a server that
was down itself says nothing of anybody's silence until it has listened as long.
"""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from unison_domain.stations.contracts import SILENT_AFTER_SECONDS

from unison_server.kernel.database import Database, Databases
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings
from unison_server.stations.tables import AgentReport
from unison_server.stations.telling import tell_of_agent

SILENT, HEARD_AGAIN = "stations.agent.silent", "stations.agent.heard_again"

_SILENT = text(
    """
    select r.organization_id, r.id from agent_reports as r
    join agents as a on a.organization_id = r.organization_id and a.id = r.id
    where r.silent_since is null and r.last_seen_at < :before
        and a.is_active and a.state in ('enrolled', 'conflict')
    """
)
"""PCs that share an identity are to be heard as well: they go on collecting until a person decides."""


class SilenceWatch:
    """A chore of the upkeep."""

    def __init__(self) -> None:
        self._listening_since = time.monotonic()

    def __call__(self, _settings: Settings, system: Databases, now: datetime) -> None:
        """Find the agents that went silent, of all organizations."""
        if time.monotonic() - self._listening_since < SILENT_AFTER_SECONDS:
            return
        before = now - timedelta(seconds=SILENT_AFTER_SECONDS)
        found: defaultdict[UUID, list[UUID]] = defaultdict(list)
        with system.operations.connect() as connection:
            for organization_id, agent_id in connection.execute(_SILENT, {"before": before}):
                found[organization_id].append(agent_id)
        for organization_id, agents in found.items():
            for agent_id in agents:
                _tell(system, organization_id, agent_id, before)


def _tell(system: Databases, organization_id: UUID, agent_id: UUID, before: datetime) -> None:
    with system.session(Database.OPERATIONS, Scope(organization_id)) as session:
        report = session.scalars(
            select(AgentReport)
            .where(AgentReport.organization_id == organization_id, AgentReport.id == agent_id)
            .with_for_update()
        ).one_or_none()
        if report is None or report.silent_since is not None or report.last_seen_at >= before:
            return  # heard meanwhile, or told by another server
        report.silent_since = report.last_seen_at
        tell_of_agent(session, SILENT, agent_id)
