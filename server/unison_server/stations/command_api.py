"""Endpoints of commands to agents: people ask, agents fetch."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import select
from unison_domain.identity.device_rights import DeviceRight
from unison_domain.kernel.contracts import Page
from unison_domain.stations.commands import PARAMETERS, CommandAnswer, CommandConfiguration, CommandCreate
from unison_domain.stations.contracts import AgentState

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import NotFound
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.route import OperationsRoute, SessionDep, demand_too
from unison_server.stations.api import ActingAgent
from unison_server.stations.commands import answer_of, command, waiting
from unison_server.stations.queries import demand_agent_readable, may_in_its_plants
from unison_server.stations.tables import Agent, AgentCommand

MOST_FETCHED = 100
_COMMANDS = Order({"created_at": AgentCommand.created_at}, "-created_at")
_RIGHT = "stations.agent.{}".format
_DECLARED = [requires(_RIGHT(kind.value)) for kind in PARAMETERS]
"""Which right is asked for depends on the body; named here, so that roles can grant each."""

router = APIRouter()
_people = APIRouter(prefix="/agents", tags=["agents"], route_class=OperationsRoute)
_own = APIRouter(prefix="/stations/me", tags=["station protocol"], route_class=OperationsRoute)


@_people.post("/{id}/commands", status_code=201)
def create_command(session: SessionDep, id: UUID, body: CommandCreate) -> CommandAnswer:  # noqa: A002
    """Ask the agent to do something once, with the right `stations.agent.<kind>`; its answer comes later."""
    demand_too(session, _RIGHT(body.kind.value))
    return answer_of(command(session, session.need(Agent, id, "agent"), body))


@_people.get("/{id}/commands", dependencies=[requires("stations.agent.read")])
def list_commands(
    session: SessionDep,
    id: UUID,  # noqa: A002
    given: Annotated[ListRequest, Query()],
) -> Page[CommandAnswer]:
    """What the agent was asked to do, newest first; what came of it for those who asked or may ask the same."""
    demand_agent_readable(session, session.need(Agent, id, "agent"))
    statement = select(AgentCommand).where(AgentCommand.agent_id == id)
    rows, cursor = _COMMANDS.page(session, statement, given, AgentCommand.id)
    return Page(items=[_answer(session, row) for row in rows], next_cursor=cursor)


@_people.get("/{id}/commands/{command_id}", dependencies=[requires("stations.agent.read")])
def get_command(session: SessionDep, id: UUID, command_id: UUID) -> CommandAnswer:  # noqa: A002
    """One command; whoever asked sees what came of it, also where the agent serves other plants."""
    agent = session.need(Agent, id, "agent")
    row = session.need(AgentCommand, command_id, "command")
    if row.agent_id != agent.id:
        raise NotFound(f"Agent {agent.name} was given no command {command_id}", thing="command", id=str(command_id))
    if row.created_by is None or row.created_by != session.scope.user_id:
        demand_agent_readable(session, agent)
    return _answer(session, row)


@_own.get("/commands", dependencies=[requires(DeviceRight.READ_COMMANDS)])
def list_own_commands(session: SessionDep, agent_id: ActingAgent) -> Page[CommandConfiguration]:
    """What the agent is to do now, oldest first; what it answered or was too late for is not among it.

    While two PCs claim one identity neither is given anything: both would do it.
    """
    if session.need(Agent, agent_id, "agent").state != AgentState.ENROLLED:
        return Page(items=[])
    rows = session.scalars(waiting(agent_id).limit(MOST_FETCHED))
    return Page(items=[CommandConfiguration.model_validate(row) for row in rows])


def _answer(session: TenantSession, row: AgentCommand) -> CommandAnswer:
    """What came of it is for whoever asked, and for those who may ask the same."""
    answer = answer_of(row)
    scope = session.scope
    is_own = row.created_by is not None and row.created_by == scope.user_id
    if is_own or may_in_its_plants(session, row.agent_id, _RIGHT(row.kind)):
        return answer
    return answer.model_copy(update={"answer": None, "message": None})


router.include_router(_people)
router.include_router(_own)
