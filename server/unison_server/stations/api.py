"""Endpoints of agents, stations, devices and tags, and those that agents call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import inspect, select
from unison_domain.identity.device_rights import DeviceRight
from unison_domain.kernel.contracts import Page
from unison_domain.stations.attached import AttachedAnswer
from unison_domain.stations.batch import Acknowledgement, Batch
from unison_domain.stations.configuration import AgentConfiguration, TagSettings
from unison_domain.stations.contracts import (
    AgentAnswer,
    AgentEventAnswer,
    AgentUpdate,
    DeviceAnswer,
    DeviceCreate,
    DeviceReplace,
    DeviceReport,
    Enrol,
    Enrolled,
    EnrolmentAnswer,
    EnrolmentCreate,
    Heartbeat,
    HeartbeatAnswer,
    SignalAnswer,
    StationAnswer,
    StationCreate,
    StationUpdate,
    TagAnswer,
    TagCreate,
    TagReplace,
)

from unison_server.kernel.access import acting_agent, requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.idempotency import secret_answer
from unison_server.kernel.paging import Equals, ListRequest, Order, Search
from unison_server.kernel.resource import IfMatch, Resource
from unison_server.kernel.route import OperationsRoute, ServicesDep, SessionDep
from unison_server.sites.queries import demand_writable, in_plant
from unison_server.stations import usecases
from unison_server.stations.arrival import Characteristics, ItemPatterns, MachineRoom
from unison_server.stations.batch_reading import read_batch
from unison_server.stations.bodies import Body
from unison_server.stations.ended_counters import call_about_ending
from unison_server.stations.fleet import heard, read_heartbeat
from unison_server.stations.in_use import (
    demand_device,
    demand_device_endable,
    demand_plant,
    demand_station,
    demand_station_back,
    demand_tag_endable,
    is_new,
)
from unison_server.stations.ingestion import Ingestion
from unison_server.stations.lines import change_whole_line, demand_agreement, demand_agreement_of_station
from unison_server.stations.peripherals import demand_free_port, demand_places_apart, peripherals_resource
from unison_server.stations.quarantine_api import quarantine_router
from unison_server.stations.queries import (
    answers_of,
    attached_of,
    configuration_of,
    demand_agent_readable,
    demand_agent_writable,
    device_answers_of,
    signals_of,
    visible_reports,
)
from unison_server.stations.resting_tags import tag_answers_of
from unison_server.stations.restoring import Known, prepare_configuration
from unison_server.stations.tables import Agent, Device, FleetEvent, Station, Tag
from unison_server.stations.telling import plant_of_device, plant_of_tag
from unison_server.stations.told_set_aside import own_router as own_set_aside_router

_DEFINITION = "#/$defs/"
_EVENTS = Order({"at": FleetEvent.at}, "-at")

agents = Resource(
    table=Agent,
    name="agent",
    plural="agents",
    permission="stations.agent",
    answer=AgentAnswer,
    order=Order({"name": Agent.name, "state": Agent.state, "created_at": Agent.created_at}, "name"),
    columns=("name", "state", "hostname", "agent_version", "platform", "last_seen_at", "queue_depth", "note"),
    filters=(Equals(Agent.state),),
    present=answers_of,
)


def _demand_agent(session: TenantSession, station: Station) -> None:
    """An agent is given a station only by who may change it in all the plants it serves, and where both fit its PC."""
    if station.agent_id is None or not inspect(station).attrs.agent_id.history.has_changes():
        return
    with session.no_autoflush:
        demand_agent_writable(session, session.need(Agent, station.agent_id, "agent"))
    demand_places_apart(session, station)
    if station.is_active is not False:
        demand_agreement_of_station(session, station)


def _check_station(session: TenantSession, station: Station) -> None:
    if is_new(station):
        demand_plant(session, station)
    _demand_agent(session, station)
    call_about_ending(session, station)


stations = Resource(
    table=Station,
    name="station",
    plural="stations",
    permission="stations.station",
    answer=StationAnswer,
    create=StationCreate,
    update=StationUpdate,
    order=Order({"code": Station.code, "name": Station.name, "updated_at": Station.updated_at}, "code"),
    columns=("code", "name", "is_active"),
    filters=(Equals(Station.plant_id), Equals(Station.agent_id), Equals(Station.is_active)),
    search=Search("station", codes=(Station.code,), words=(Station.name,)),
    place=in_plant,
    demand_returnable=demand_station_back,
    before_write=_check_station,
)


def _demand_station(session: TenantSession, device: Device) -> None:
    with session.no_autoflush:  # the database would refuse the row without naming the plant
        demand_writable(session, session.need(Station, device.station_id, "station").plant_id)


def _demand_own_place(session: TenantSession, device: Device) -> None:
    _demand_station(session, device)
    if is_new(device):
        demand_station(session, device)
    demand_free_port(session, device)


def _demand_place(session: TenantSession, device: Device) -> None:
    _demand_own_place(session, device)
    if device.whole_line:
        change_whole_line(session, device)
    else:
        demand_agreement(session, device)
    call_about_ending(session, device)


devices = Resource(
    table=Device,
    name="device",
    plural="devices",
    permission="stations.device",
    answer=DeviceAnswer,
    create=DeviceCreate,
    replace=DeviceReplace,
    order=Order({"name": Device.name, "host": Device.host, "updated_at": Device.updated_at}, "name"),
    columns=("name", "driver", "host", "port", "serial_port", "unit_id", "is_active"),
    filters=(Equals(Device.station_id), Equals(Device.is_active)),
    search=Search("device", words=(Device.name,)),
    present=device_answers_of,
    demand_returnable=demand_station,
    demand_endable=demand_device_endable,
    before_write=_demand_place,
    told_in=plant_of_device,
)

imported_devices = replace(devices, before_write=_demand_own_place)
"""Devices of a file, whose lines are judged after all its rows."""


def is_newly_given(tag: Tag) -> bool:
    """Whether it was not of its machine before."""
    return bool(inspect(tag).attrs.machine_id.history.has_changes())


def _demand_readable(machines: MachineRoom, session: TenantSession, tag: Tag) -> None:
    """The tag's place is writable, its machine is there, and its device reads that many registers at once."""
    with session.no_autoflush:
        device = session.need(Device, tag.device_id, "device")
        _demand_station(session, device)
    if is_new(tag):
        demand_device(session, tag)
    if tag.machine_id is not None:
        with session.no_autoflush:
            station = session.need(Station, device.station_id, "station")
        machines.demand(session, tag.machine_id, station if is_newly_given(tag) else None)
    registers = TagSettings.model_validate(tag, from_attributes=True).registers
    if registers > device.max_registers:
        raise Invalid(
            f"Tag {tag.name} covers {registers} registers, but {device.name} reads at most {device.max_registers} at "
            "once; raise max_registers of the device or shorten the tag",
            code="tag_unreadable",
        )
    call_about_ending(session, tag)


def tags_resource(machines: MachineRoom) -> Resource[Tag]:
    """Tags, held to what machines and devices allow."""
    return Resource(
        table=Tag,
        name="tag",
        plural="tags",
        permission="stations.tag",
        answer=TagAnswer,
        create=TagCreate,
        replace=TagReplace,
        order=Order({"name": Tag.name, "address": Tag.address, "updated_at": Tag.updated_at}, "name"),
        columns=("name", "role", "table", "address", "type", "unit", "is_active"),
        filters=(Equals(Tag.device_id), Equals(Tag.machine_id), Equals(Tag.role), Equals(Tag.is_active)),
        search=Search("tag", words=(Tag.name,)),
        present=tag_answers_of,
        demand_returnable=demand_device,
        demand_endable=demand_tag_endable,
        before_write=partial(_demand_readable, machines),
        told_in=plant_of_tag,
    )


def routers(
    machines: MachineRoom,
    ingestion: Ingestion,
    gate: usecases.Gate,
    characteristics: Characteristics,
    patterns: ItemPatterns,
) -> Sequence[APIRouter]:
    """All endpoints of this room."""
    return (
        _enrolment(gate),
        _own(machines, ingestion, characteristics, patterns),
        _agent_actions(gate),
        quarantine_router(ingestion, machines),
        own_set_aside_router,
        agents.router("/agents", tag="agents", leave_out="create deactivate"),
        stations.router("/stations", tag="stations"),
        devices.router("/devices", tag="devices"),
        peripherals_resource(characteristics).router("/peripherals", tag="peripherals"),
        tags_resource(machines).router("/tags", tag="tags"),
    )


def _agent_actions(gate: usecases.Gate) -> APIRouter:
    router = APIRouter(prefix="/agents", tags=["agents"], route_class=OperationsRoute)

    @router.post("", status_code=201, dependencies=[requires("stations.agent.create"), secret_answer()])
    def create_agent(session: SessionDep, services: ServicesDep, body: EnrolmentCreate) -> EnrolmentAnswer:
        """A new agent and the one-time code to type at its PC."""
        organization = usecases.organization_code(services.databases, session.scope)
        return gate.with_fingerprint(usecases.create_agent(session, body.name, organization))

    @router.patch("/{id}", dependencies=[requires("stations.agent.update")])
    def update_agent(
        session: SessionDep,
        id: UUID,  # noqa: A002
        body: AgentUpdate,
        response: Response,
        if_match: IfMatch = None,
    ) -> AgentAnswer:
        """Another name or note for the PC; it keeps its token, its stations and what it sent."""
        agent = agents.load_for_change(session, id, if_match)
        demand_agent_writable(session, agent)
        usecases.change(session, agent, body)
        response.headers["ETag"] = f'"{agent.version}"'
        return answers_of(session, [agent])[0]

    @router.post("/{id}/code", status_code=201, dependencies=[requires("stations.agent.update"), secret_answer()])
    def new_code(session: SessionDep, services: ServicesDep, id: UUID) -> EnrolmentAnswer:  # noqa: A002
        """Another one-time code: for a new PC, or to say which of two in conflict is right."""
        agent = agents.load(session, id)
        demand_agent_writable(session, agent)
        organization = usecases.organization_code(services.databases, session.scope)
        return gate.with_fingerprint(usecases.new_code(session, agent, organization))

    @router.post("/{id}/revoke", dependencies=[requires("stations.agent.update")])
    def revoke_agent(session: SessionDep, id: UUID, if_match: IfMatch = None) -> AgentAnswer:  # noqa: A002
        """End the agent's token and codes."""
        agent = agents.load_for_change(session, id, if_match)
        demand_agent_writable(session, agent)
        usecases.revoke(session, agent)
        return answers_of(session, [agent])[0]

    @router.get("/{id}/devices", dependencies=[requires("stations.device.read")])
    def list_device_reports(session: SessionDep, id: UUID) -> Page[DeviceReport]:  # noqa: A002
        """How each device of the agent answers, with the reason for every tag that gives no good value."""
        return Page(items=visible_reports(session, agents.load(session, id)))

    @router.get("/{id}/signals", dependencies=[requires("stations.tag.read")])
    def list_signals(session: SessionDep, id: UUID) -> Page[SignalAnswer]:  # noqa: A002
        """When each tag of the agent was read last, and how far the value may be trusted."""
        return Page(items=signals_of(session, agents.load(session, id)))

    @router.get("/{id}/attached", dependencies=[requires("stations.agent.read")])
    def list_attached(session: SessionDep, id: UUID) -> Page[AttachedAnswer]:  # noqa: A002
        """What is plugged into the agent's PC: the names its serial ports, typing scanners and cameras have there."""
        return Page(items=attached_of(session, agents.load(session, id)))

    @router.get("/{id}/events", dependencies=[requires("stations.agent.read")])
    def list_agent_events(
        session: SessionDep,
        id: UUID,  # noqa: A002
        given: Annotated[ListRequest, Query()],
    ) -> Page[AgentEventAnswer]:
        """What the agent told of itself and its devices, newest first: starts, clock steps, lost events."""
        demand_agent_readable(session, agents.load(session, id))
        statement = select(FleetEvent).where(
            FleetEvent.organization_id == session.organization_id, FleetEvent.agent_id == id
        )
        rows, cursor = _EVENTS.page(session, statement, given, FleetEvent.id)
        return Page(items=[AgentEventAnswer.model_validate(row) for row in rows], next_cursor=cursor)

    return router


def _enrolment(gate: usecases.Gate) -> APIRouter:
    router = APIRouter(prefix="/stations", tags=["station protocol"])

    @router.post("/enrol")
    def enrol(body: Enrol, request: Request) -> Enrolled:
        """Trade a one-time code for a device token. Public; tries are counted."""
        address = request.client.host if request.client else ""
        return gate.enrol(body, address, str(request.scope.get("request_id", "")))

    return router


ActingAgent = Annotated[UUID, Depends(acting_agent)]


def _own(
    machines: MachineRoom, ingestion: Ingestion, characteristics: Characteristics, patterns: ItemPatterns
) -> APIRouter:
    router = APIRouter(prefix="/stations/me", tags=["station protocol"], route_class=OperationsRoute)

    @router.get(
        "/configuration",
        responses={200: {"model": AgentConfiguration}},
        dependencies=[requires(DeviceRight.READ_CONFIGURATION)],
    )
    def get_own_configuration(
        session: SessionDep,
        agent_id: ActingAgent,
        if_none_match: Annotated[str | None, Header()] = None,
        unison_running: Annotated[int, Header(ge=0, lt=2**63)] = 0,
        unison_epoch: Annotated[UUID | None, Header()] = None,
        unison_acknowledged: Annotated[int, Header(ge=0, lt=2**63)] = 0,
    ) -> Any:
        """Everything the agent is to do; 304 when it has this version already.

        `Unison-Running` is the version it runs, `Unison-Epoch` and `Unison-Acknowledged` say up to where its events
        were acknowledged: a server restored from a backup asks for those it lacks first (503 `events_missing`).
        """
        agent = session.need(Agent, agent_id, "agent")
        prepare_configuration(session, agent, Known(unison_running, unison_epoch, unison_acknowledged))
        etag = f'"{agent.configuration_version}"'
        if if_none_match is not None and etag in if_none_match:
            return Response(status_code=304, headers={"ETag": etag})
        told = configuration_of(session, agent, machines, characteristics, patterns).as_told()
        return JSONResponse(told, headers={"ETag": etag})

    @router.post("/events", openapi_extra=_json_body(Batch), dependencies=[requires(DeviceRight.SEND_EVENTS)])
    def post_events(session: SessionDep, agent_id: ActingAgent, body: Body) -> Acknowledgement:
        """Take a batch of events, gzip allowed. The same batch again gets the same answer and changes nothing."""
        return ingestion.take(session, read_batch(body))

    @router.post("/heartbeat", openapi_extra=_json_body(Heartbeat), dependencies=[requires(DeviceRight.SEND_HEARTBEAT)])
    def post_heartbeat(session: SessionDep, agent_id: ActingAgent, body: Body) -> HeartbeatAnswer:
        """The agent is there; how it and its machines and devices are. Gzip allowed."""
        return heard(session, session.need(Agent, agent_id, "agent"), read_heartbeat(body), machines)

    return router


def _json_body(model: type[BaseModel]) -> dict[str, Any]:
    """The body in the OpenAPI document, which FastAPI can't know because it is read as bytes."""
    schema = model.model_json_schema()
    whole = _in_place(schema, schema.pop("$defs", {}))
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": whole}}}}


def _in_place(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """The schema with each definition where it is referred to; none of ours refers to itself."""
    if isinstance(schema, list):
        return [_in_place(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    name = schema.get("$ref", "").removeprefix(_DEFINITION)
    beside = {key: _in_place(part, definitions) for key, part in schema.items() if key != "$ref"}
    return {**_in_place(definitions[name], definitions), **beside} if name else beside
