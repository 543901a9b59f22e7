"""What happens to PCs of the shop floor, for those who look after them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from unison_domain.identity.notification_contracts import NotificationKind
from unison_domain.stations.events import DeviceState
from unison_domain.stations.peripheral_reports import PeripheralReport

from unison_server.identity.notices import Notice, Settlement, Sources, Subject
from unison_server.stations.expiry import CAME_DUE
from unison_server.stations.peripheral_tables import Peripheral
from unison_server.stations.silence import HEARD_AGAIN, NEVER_HEARD, SILENT
from unison_server.stations.silent_devices import SILENT as SILENT_DEVICE
from unison_server.stations.silent_peripherals import SILENT as SILENT_PERIPHERAL
from unison_server.stations.tables import Agent, AgentReport, Device, FleetEvent, Station
from unison_server.stations.waiting_events import EVENTS_DECIDED, WAIT_BEGAN, first_calling

_LOOKS_AFTER = "stations.agent.update"
_DECIDES = "stations.quarantine.accept"
MOST_SHOWN = 300
"""Characters of what a PC said."""


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


def _never_heard(sources: Sources, organization_id: UUID, entity: UUID | None) -> Subject | None:
    """Nothing where it was heard meanwhile."""
    statement = (
        select(Agent.name, Agent.hostname)
        .outerjoin(AgentReport, (AgentReport.organization_id == Agent.organization_id) & (AgentReport.id == Agent.id))
        .where(Agent.organization_id == organization_id, Agent.id == entity)
        .where(AgentReport.id.is_(None) | AgentReport.silent_since.is_not(None))
    )
    found = sources.operations.execute(statement).one_or_none()
    return None if found is None else Subject({"agent": found.name, "host": found.hostname or ""}, "agent", entity)


def _waiting(sources: Sources, organization_id: UUID, entity: UUID | None) -> Subject | None:
    """The first that calls; nothing where all are decided meanwhile."""
    subject = _agent(sources, organization_id, entity)
    if subject is None or entity is None:
        return None
    first = first_calling(sources.operations, organization_id, entity)
    return first and Subject({**subject.parameters, "message": first.message[:MOST_SHOWN]}, "agent", entity)


def _silent_device(sources: Sources, organization_id: UUID, entity: UUID | None) -> Subject | None:
    """Also where it answers meanwhile: it is told of no more for a while, so what was found worth a word is said."""
    found = sources.operations.execute(
        select(Device.name.label("device"), Agent.name.label("agent"), Agent.id)
        .join(Station, (Station.organization_id == Device.organization_id) & (Station.id == Device.station_id))
        .join(Agent, (Agent.organization_id == Station.organization_id) & (Agent.id == Station.agent_id))
        .where(Device.organization_id == organization_id, Device.id == entity, Device.is_active, Station.is_active)
    ).one_or_none()
    if found is None:
        return None
    message = sources.operations.scalar(
        select(FleetEvent.body["message"].astext)
        .where(FleetEvent.organization_id == organization_id, FleetEvent.agent_id == found.id)
        .where(FleetEvent.kind == "device_changed", FleetEvent.body["device_id"].astext == str(entity))
        .where(FleetEvent.body["state"].astext == DeviceState.OFFLINE)
        .order_by(FleetEvent.at.desc(), FleetEvent.seq.desc())
        .limit(1)
    )
    words = {"device": found.device, "agent": found.agent, "message": (message or "")[:MOST_SHOWN]}
    return Subject(words, "agent", found.id)


def _silent_peripheral(sources: Sources, organization_id: UUID, entity: UUID | None) -> Subject | None:
    """As of a device."""
    found = sources.operations.execute(
        select(Peripheral.name, Agent.name.label("agent"), Agent.id, AgentReport.peripherals)
        .join(Station, (Station.organization_id == Peripheral.organization_id) & (Station.id == Peripheral.station_id))
        .join(Agent, (Agent.organization_id == Station.organization_id) & (Agent.id == Station.agent_id))
        .join(AgentReport, (AgentReport.organization_id == Agent.organization_id) & (AgentReport.id == Agent.id))
        .where(Peripheral.organization_id == organization_id, Peripheral.id == entity)
        .where(Peripheral.is_active, Station.is_active)
    ).one_or_none()
    if found is None:
        return None
    reports = (PeripheralReport.model_validate(one) for one in found.peripherals)
    message = next((one.message for one in reports if one.peripheral_id == entity), None)
    words = {"device": found.name, "agent": found.agent, "message": (message or "")[:MOST_SHOWN]}
    return Subject(words, "agent", found.id)


def _none_waits(sources: Sources, organization_id: UUID, entity: UUID | None) -> bool:
    return entity is not None and first_calling(sources.operations, organization_id, entity) is None


_CONFLICTED = frozenset({NotificationKind.AGENT_CONFLICTED})
STATION_SETTLEMENTS = (
    Settlement(EVENTS_DECIDED, frozenset({NotificationKind.EVENTS_WAIT}), _none_waits),
    Settlement("stations.agent.enrolled", _CONFLICTED),
    Settlement("stations.agent.revoked", _CONFLICTED),
)
"""That a PC was silent stays to be read: that it is heard again is told beside it."""
STATION_NOTICES = (
    Notice(SILENT, NotificationKind.AGENT_SILENT, _LOOKS_AFTER, _agent),
    Notice(HEARD_AGAIN, NotificationKind.AGENT_HEARD_AGAIN, _LOOKS_AFTER, _agent),
    Notice(NEVER_HEARD, NotificationKind.AGENT_NEVER_HEARD, _LOOKS_AFTER, _never_heard),
    Notice(WAIT_BEGAN, NotificationKind.EVENTS_WAIT, _DECIDES, _waiting),
    Notice(SILENT_DEVICE, NotificationKind.DEVICE_SILENT, _LOOKS_AFTER, _silent_device),
    Notice(SILENT_PERIPHERAL, NotificationKind.DEVICE_SILENT, _LOOKS_AFTER, _silent_peripheral),
    Notice("stations.agent.conflicted", NotificationKind.AGENT_CONFLICTED, _LOOKS_AFTER, _agent),
    Notice(CAME_DUE, NotificationKind.AGENT_CERTIFICATE_DUE, _LOOKS_AFTER, _ending),
)
