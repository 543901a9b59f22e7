"""Commands to agents: rows that wait for their agent, told by the event stream, answered by an event of the agent.

Whether a command still waits is decided here, by this server's clock; an agent that is late is not given it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy import ColumnElement, Select, func, or_, select, update
from unison_domain.kernel.contracts import FieldError
from unison_domain.kernel.contracts import Request as Body
from unison_domain.stations.camera_commands import CalibratePlane, FindBoard, Measure, TakePicture, TryTool
from unison_domain.stations.commands import (
    EXPIRY_SECONDS,
    PARAMETERS,
    CommandAnswer,
    CommandCreate,
    CommandKind,
    CommandState,
    TestRead,
)
from unison_domain.stations.contracts import AgentState
from unison_domain.stations.events import CommandAnswered
from unison_domain.stations.peripherals import PeripheralKind

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid, TooMany
from unison_server.sites.queries import demand_writable
from unison_server.stations.arrival import Arrival, Arrived, EventRoom, Refused
from unison_server.stations.in_use import demand_configured
from unison_server.stations.peripheral_tables import Peripheral
from unison_server.stations.queries import demand_agent_writable
from unison_server.stations.resting_tags import demand_read
from unison_server.stations.tables import Agent, AgentCommand, Device, Station, Tag
from unison_server.stations.telling import tell_of_agent

log = structlog.get_logger(__name__)

MOST_WAITING = 100
"""Commands one agent has before it; more would only pile up while it is away."""
COMMANDED, ANSWERED = "stations.agent.commanded", "stations.agent.command_answered"


def command(session: TenantSession, agent: Agent, wanted: CommandCreate) -> AgentCommand:
    """Ask an agent to do something once.

    Raises:
        Invalid: the parameters are not those of the kind, or name what is not the agent's.
        NotAllowed: the device, the camera or the agent is of a plant that is not writable.
        Clash: no PC runs as this agent. TooMany: too many commands wait already.
    """
    parameters = _parameters(wanted)
    if isinstance(parameters, TestRead):
        _demand_own_device(session, agent, parameters)
    elif isinstance(parameters, TakePicture | CalibratePlane | FindBoard | TryTool | Measure):
        _demand_own_camera(session, agent, parameters.peripheral_id)
    else:
        demand_agent_writable(session, agent)
    if agent.state != AgentState.ENROLLED:
        raise Clash(
            f"Agent {agent.name} is {agent.state}: no PC would carry this out; enrol one first",
            code="agent_not_enrolled",
        )
    if count_waiting(session, agent.id) >= MOST_WAITING:
        raise TooMany(f"{MOST_WAITING} commands wait for agent {agent.name} already; wait until it is back")
    seconds = EXPIRY_SECONDS[wanted.kind]
    now = datetime.now(UTC)
    row = AgentCommand(
        agent_id=agent.id,
        kind=wanted.kind,
        parameters=parameters.model_dump(mode="json"),
        created_at=now,
        created_by=session.scope.user_id,
        expires_at=None if seconds is None else now + timedelta(seconds=seconds),
    )
    session.add(row)
    session.flush()
    tell_of_agent(session, COMMANDED, agent.id)
    return row


def waiting(agent_id: UUID) -> Select[AgentCommand]:
    """What the agent is to do, oldest first."""
    return select(AgentCommand).where(*_waits(agent_id)).order_by(AgentCommand.created_at, AgentCommand.id)


def count_waiting(session: TenantSession, agent_id: UUID) -> int:
    """How many commands the agent may fetch now."""
    return session.scalar(select(func.count()).select_from(AgentCommand).where(*_waits(agent_id))) or 0


def answer_of(row: AgentCommand) -> CommandAnswer:
    """A command as people see it."""
    fields = {name: getattr(row, name) for name in CommandAnswer.model_fields if name != "state"}
    return CommandAnswer(**fields, state=_state(row))


def take(session: TenantSession, arrival: Arrival, events: Sequence[Arrived]) -> list[Refused]:
    """Keep what came of commands; of two answers to one command the first stands.

    An answer nobody here waits for is dropped: its command was asked after the backup this server was restored from.
    """
    answered = False
    for _, event in events:
        command_id: UUID = event.command_id
        mine = (
            AgentCommand.organization_id == session.organization_id,
            AgentCommand.agent_id == arrival.agent_id,
            AgentCommand.id == command_id,
        )
        said: dict[str, Any] = {
            "answered_at": arrival.received_at,
            "ok": event.ok,
            "message": event.message,
            "answer": event.answer or None,
        }
        changed = session.execute(
            update(AgentCommand)
            .where(*mine, AgentCommand.answered_at.is_(None))
            .values(said)
            .returning(AgentCommand.id)
        ).first()
        answered = answered or changed is not None
        if changed is None and session.execute(select(AgentCommand.id).where(*mine)).first() is None:
            log.info("an answer to no command here", agent=str(arrival.agent_id), command=str(command_id))
    if answered:
        tell_of_agent(session, ANSWERED, arrival.agent_id)
    return []


def who_asked_to_measure(
    session: TenantSession, agent_id: UUID, command_ids: Collection[UUID]
) -> Mapping[tuple[UUID, UUID], UUID]:
    """Who gave an agent these commands, by command and camera; what nobody gave is not in it."""
    if not command_ids:
        return {}
    given = session.scalars(
        select(AgentCommand).where(
            AgentCommand.id.in_(command_ids),
            AgentCommand.agent_id == agent_id,
            AgentCommand.kind == CommandKind.MEASURE,
        )
    )
    return {
        (one.id, Measure.model_validate(one.parameters).peripheral_id): one.created_by
        for one in given
        if one.created_by is not None
    }


COMMAND_EVENTS = EventRoom({"command_answered": CommandAnswered}, take)


def _parameters(wanted: CommandCreate) -> Body:
    try:
        return PARAMETERS[wanted.kind].model_validate(wanted.parameters)
    except ValidationError as error:
        errors = [_field_error(entry) for entry in error.errors(include_url=False, include_input=False)]
        raise Invalid("; ".join(f"{one.field}: {one.message}" for one in errors[:5]), errors=errors) from None


def _field_error(entry: Any) -> FieldError:
    field = ".".join(map(str, ("parameters", *entry["loc"])))
    return FieldError(field=field, code=entry["type"], message=entry["msg"].removeprefix("Value error, "))


def _demand_own_device(session: TenantSession, agent: Agent, read: TestRead) -> None:
    """Whether what is to be read is configured, of this agent, and at a plant that may be changed."""
    tag = session.need(Tag, read.tag_id, "tag") if read.tag_id else None
    device = session.need(Device, tag.device_id if tag else read.device_id, "device")  # type: ignore[arg-type]  # one of both is given
    station = session.need(Station, device.station_id, "station")
    demand_writable(session, station.plant_id)
    if station.agent_id != agent.id:
        raise Invalid(f"{device.name} is not a device of agent {agent.name}", code="not_of_agent")
    demand_configured(device, station, tag)
    if tag is not None:
        demand_read(session, tag)


def _demand_own_camera(session: TenantSession, agent: Agent, camera_id: UUID) -> None:
    """Whether a camera is configured, of this agent, and at a plant that may be changed."""
    camera = session.need(Peripheral, camera_id, "camera")
    station = session.need(Station, camera.station_id, "station")
    demand_writable(session, station.plant_id)
    if camera.kind != PeripheralKind.CAMERA:
        raise Invalid(f"{camera.name} is a {camera.kind}: only cameras take pictures", code="not_a_camera")
    if station.agent_id != agent.id:
        raise Invalid(f"{camera.name} is not a camera of agent {agent.name}", code="not_of_agent")
    demand_configured(camera, station)


def _waits(agent_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        AgentCommand.agent_id == agent_id,
        AgentCommand.answered_at.is_(None),
        or_(AgentCommand.expires_at.is_(None), AgentCommand.expires_at > datetime.now(UTC)),
    )


def _state(row: AgentCommand) -> CommandState:
    if row.ok is not None:
        return CommandState.DONE if row.ok else CommandState.FAILED
    if row.expires_at is not None and row.expires_at <= datetime.now(UTC):
        return CommandState.EXPIRED
    return CommandState.WAITING
