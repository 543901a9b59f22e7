"""What happens to PCs of the shop floor, for those who look after them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from unison_domain.identity.notification_contracts import NotificationKind

from unison_server.identity.notices import Notice, Sources, Subject
from unison_server.stations.expiry import CAME_DUE
from unison_server.stations.silence import HEARD_AGAIN, SILENT
from unison_server.stations.tables import Agent, AgentReport

_LOOKS_AFTER = "stations.agent.update"


def _agent(sources: Sources, organization_id: UUID, entity: UUID | None) -> Subject | None:
    statement = select(Agent.name).where(Agent.organization_id == organization_id, Agent.id == entity)
    name = sources.operations.scalar(statement)
    return Subject({"agent": name}, "agent", entity) if name is not None else None


def _ending(sources: Sources, organization_id: UUID, entity: UUID | None) -> Subject | None:
    subject = _agent(sources, organization_id, entity)
    ends_at = sources.operations.scalar(
        select(func.least(AgentReport.certificate_ends_at, AgentReport.authority_ends_at)).where(
            AgentReport.organization_id == organization_id, AgentReport.id == entity
        )
    )
    if subject is None or ends_at is None:
        return None
    return Subject({**subject.parameters, "ends": f"{ends_at:%Y-%m-%d}"}, "agent", entity)


STATION_NOTICES = (
    Notice(SILENT, NotificationKind.AGENT_SILENT, _LOOKS_AFTER, _agent),
    Notice(HEARD_AGAIN, NotificationKind.AGENT_HEARD_AGAIN, _LOOKS_AFTER, _agent),
    Notice("stations.agent.conflicted", NotificationKind.AGENT_CONFLICTED, _LOOKS_AFTER, _agent),
    Notice(CAME_DUE, NotificationKind.AGENT_CERTIFICATE_DUE, _LOOKS_AFTER, _ending),
)
