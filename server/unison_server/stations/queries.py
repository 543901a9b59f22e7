"""Reading agents, their assignments and their configuration."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import func, select, text
from unison_domain.stations.attached import AttachedAnswer
from unison_domain.stations.configuration import (
    AgentConfiguration,
    DeviceConfiguration,
    StationConfiguration,
    TagConfiguration,
)
from unison_domain.stations.contracts import AgentAnswer, DeviceAnswer, DeviceReport, SignalAnswer, SignalReport
from unison_domain.stations.events import DeviceState
from unison_domain.stations.peripheral_reports import PeripheralReport
from unison_domain.stations.peripherals import PeripheralConfiguration, PeripheralState

from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.orm import Master
from unison_server.kernel.scope import Scope
from unison_server.sites.tables import Plant
from unison_server.stations.arrival import Assignment, Characteristics, ItemPatterns, MachineRoom
from unison_server.stations.former_holders import former_stations
from unison_server.stations.leases import granted
from unison_server.stations.peripheral_tables import Peripheral
from unison_server.stations.resting_tags import is_read, machines_put_away
from unison_server.stations.tables import Agent, AgentReport, Device, Station, Tag
from unison_server.stations.waiting_events import waiting_of

AGENT_PLANTS = text("select plant_id, code from agent_plants(:agent) order by code")
"""All plants an agent serves, also those the caller may not read."""
_REPORTS = TypeAdapter(list[DeviceReport])
_PERIPHERAL_REPORTS = TypeAdapter(list[PeripheralReport])
_ATTACHED = TypeAdapter(list[AttachedAnswer])
SIGNALS = TypeAdapter(list[SignalReport])
_PERIPHERALS = TypeAdapter(tuple[PeripheralConfiguration, ...])
_SIGNALLING = text(
    """
    select t.id as tag_id, t.name as tag_name, d.id as device_id, d.name as device_name, t.machine_id
    from stations as s
    join devices as d on d.organization_id = s.organization_id and d.station_id = s.id and d.is_active
    join tags as t on t.organization_id = d.organization_id and t.device_id = d.id and t.is_active
    where s.agent_id = :agent and s.is_active
    order by d.name, t.name, t.id
    """
)
_REPORTED = (
    "last_seen_at",
    "queue_depth",
    "oldest_unsent_at",
    "clock_offset_seconds",
    "configuration_running",
    "configuration_problem",
    "refusal",
    "dead_letters",
    "waiting_tags",
    "certificate_ends_at",
    "authority_ends_at",
    "roster_at",
    "picture_problem",
    "page_problem",
)
_UNHEARD: dict[str, Any] = {**dict.fromkeys(_REPORTED), "waiting_tags": []}


def assignment_of(session: TenantSession, agent_id: UUID) -> Assignment:
    """What the agent may speak of; devices and tags that are no longer active too, for what is still on its way."""
    stations = session.scalars(select(Station.id).where(Station.agent_id == agent_id)).all()
    tags = session.execute(
        select(Tag.id, Tag.machine_id)
        .join(Device, (Device.organization_id == Tag.organization_id) & (Device.id == Tag.device_id))
        .where(Device.station_id.in_(stations))
    )
    former = former_stations(session, agent_id)
    return Assignment({row.id: row.machine_id for row in tags}, frozenset(stations), former)


def stations_of_agent(databases: Databases, scope: Scope) -> list[tuple[UUID, str, UUID]]:
    """Id, code and plant of each station in use that the acting agent serves."""
    own = select(Station.id, Station.code, Station.plant_id)
    with databases.session(Database.OPERATIONS, scope) as session:
        rows = session.execute(own.where(Station.agent_id == scope.actor_id, Station.is_active))
        return [(row.id, row.code, row.plant_id) for row in rows]


def agent_names(session: TenantSession, agents: Collection[UUID]) -> dict[UUID, str]:
    """What agents are called, also those whose stations are out of the actor's sight."""
    rows = session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(agents)))
    return {row.id: row.name for row in rows}


def demand_agent_readable(session: TenantSession, agent: Agent) -> None:
    """Whether everything the agent told may be read. Raises NotAllowed, naming the plant that is out of sight."""
    _demand_plants(session, agent, session.scope.plants.may_read, "see")


def demand_agent_writable(session: TenantSession, agent: Agent) -> None:
    """Whether the agent may be changed: in every plant it serves. One that serves none, by whoever sees it.

    Raises:
        NotAllowed: it serves a plant that is not writable; names it.
    """
    _demand_plants(session, agent, session.scope.plants.may_write, "change")


def visible_reports(session: TenantSession, agent: Agent) -> list[DeviceReport]:
    """What the agent said of those of its devices that may be read."""
    report = session.find(AgentReport, agent.id)
    reports = _REPORTS.validate_python(report.devices if report else [])
    seen = set(session.scalars(select(Device.id).where(Device.id.in_([one.device_id for one in reports]))))
    return [one for one in reports if one.device_id in seen]


def attached_of(session: TenantSession, agent: Agent) -> list[AttachedAnswer]:
    """What is plugged into the agent's PC, as it told it last; nothing of an agent that tells none."""
    report = session.find(AgentReport, agent.id)
    return _ATTACHED.validate_python(report.attached if report else [])


def signals_of(session: TenantSession, agent: Agent) -> list[SignalAnswer]:
    """The newest reading of each tag in use of the agent's devices that may be read, as the agent told it."""
    report = session.find(AgentReport, agent.id)
    told = {one.tag_id: one for one in SIGNALS.validate_python(report.signals if report else [])}
    rows = session.execute(_SIGNALLING, {"agent": agent.id}).all()
    away = machines_put_away(session, {row.machine_id for row in rows})
    return [
        SignalAnswer(
            **row._asdict(),
            at=told[row.tag_id].at if row.tag_id in told else None,
            quality=told[row.tag_id].quality if row.tag_id in told else None,
            good_at=told[row.tag_id].last_good_at if row.tag_id in told else None,
            rests_with=away.get(row.machine_id),
        )
        for row in rows
    ]


def configuration_of(
    session: TenantSession,
    agent: Agent,
    machines: MachineRoom,
    characteristics: Characteristics,
    patterns: ItemPatterns,
) -> AgentConfiguration:
    """Everything the agent is told to do, in a stable order; tags of machines that were put away are not read.

    The agent's row must be locked: the leases granted here are of the tags it holds at this moment.
    """
    stations = _active(session, Station, Station.agent_id == agent.id)
    devices = _active(session, Device, Device.station_id.in_([station.id for station in stations]))
    tags = _active(session, Tag, Tag.device_id.in_([device.id for device in devices]))
    named = {tag.machine_id for tag in tags if tag.machine_id}
    configured = machines.configurations(session, named, [station.id for station in stations])
    away = named - {machine.id for machine in configured}
    read = [tag for tag in tags if tag.machine_id not in away]
    return AgentConfiguration(
        agent_id=agent.id,
        organization_id=agent.organization_id,
        version=agent.configuration_version,
        name=agent.name,
        stations=_stations(session, stations),
        peripherals=_peripherals(session, stations),
        devices=granted(session, (_device(row, [tag for tag in read if tag.device_id == row.id]) for row in devices)),
        machines=tuple(sorted(configured, key=lambda machine: machine.id)),
        reasons=tuple(machines.reasons(session)),
        characteristics=tuple(characteristics(session, {station.plant_id for station in stations})),
        item_patterns=tuple(patterns(session)),
    )


def configured_tag(session: TenantSession, tag: Tag) -> tuple[DeviceConfiguration, TagConfiguration]:
    """The tag and its device as an agent is told of them, without the lease."""
    device = _device(session.need(Device, tag.device_id, "device"), [tag])
    return device, device.tags[0]


def plants_of_stations(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The plant of each of these stations that may be seen."""
    rows = session.execute(select(Station.id, Station.plant_id).where(Station.id.in_(ids)))
    return {row.id: row.plant_id for row in rows}


def _peripherals(session: TenantSession, stations: Sequence[Station]) -> tuple[PeripheralConfiguration, ...]:
    rows = _active(session, Peripheral, Peripheral.station_id.in_([station.id for station in stations]))
    told = [{**row.settings, "id": row.id, "station_id": row.station_id} for row in rows]
    return _PERIPHERALS.validate_python(told)


def _stations(session: TenantSession, stations: Sequence[Station]) -> tuple[StationConfiguration, ...]:
    plants = select(Plant.id, Plant.time_zone).where(Plant.id.in_([station.plant_id for station in stations]))
    zones = {row.id: row.time_zone for row in session.execute(plants)}
    return tuple(
        StationConfiguration(
            id=row.id, code=row.code, name=row.name, plant_id=row.plant_id, time_zone=zones.get(row.plant_id)
        )
        for row in stations
    )


def answers_of(session: TenantSession, agents: Sequence[Agent]) -> list[AgentAnswer]:
    """Agents with what they said of themselves last."""
    ids = [agent.id for agent in agents]
    by_agent = {one.id: one for one in session.scalars(select(AgentReport).where(AgentReport.id.in_(ids)))}
    said = {id_: _REPORTS.validate_python(report.devices) for id_, report in by_agent.items()}
    ill = _Ill.of(session, [report for reports in said.values() for report in reports])
    silent = _silent_peripherals(session, by_agent)
    tags = _tags_read(session, ids)
    waiting = waiting_of(session, ids)
    return [
        _answer(
            agent,
            by_agent.get(agent.id),
            {
                "tags": tags.get(agent.id, 0),
                "waiting_events": waiting.get(agent.id, 0),
                "silent_peripherals": silent.get(agent.id, 0),
                **ill.counts(said.get(agent.id, [])),
            },
        )
        for agent in agents
    ]


def device_answers_of(session: TenantSession, devices: Sequence[Device]) -> list[DeviceAnswer]:
    """Devices with the number of their values that are to be read."""
    rows = session.execute(
        select(Tag.device_id, func.count())
        .where(Tag.device_id.in_([device.id for device in devices]), Tag.is_active, is_read(session.organization_id))
        .group_by(Tag.device_id)
    )
    counts = {row[0]: row[1] for row in rows}
    return [
        DeviceAnswer.model_validate(device).model_copy(update={"tag_count": counts.get(device.id, 0)})
        for device in devices
    ]


def _tags_read(session: TenantSession, agents: Collection[UUID]) -> dict[UUID, int]:
    """How many values in use each agent is to read, of those in sight."""
    rows = session.execute(
        select(Station.agent_id, func.count(Tag.id))
        .join(Device, (Device.organization_id == Station.organization_id) & (Device.station_id == Station.id))
        .join(Tag, (Tag.organization_id == Device.organization_id) & (Tag.device_id == Device.id))
        .where(
            Station.agent_id.in_(agents),
            Station.is_active,
            Device.is_active,
            Tag.is_active,
            is_read(session.organization_id),
        )
        .group_by(Station.agent_id)
    )
    return {agent_id: count for agent_id, count in rows if agent_id is not None}


def _silent_peripherals(session: TenantSession, reports: Mapping[UUID, AgentReport]) -> dict[UUID, int]:
    """How many scanners, gauges and cameras in use of each agent can't be used, of those in sight."""
    said = {
        one.peripheral_id
        for report in reports.values()
        for one in _PERIPHERAL_REPORTS.validate_python(report.peripherals)
        if one.state is not PeripheralState.ONLINE
    }
    if not said:
        return {}
    rows = session.execute(
        select(Station.agent_id, func.count())
        .join(
            Peripheral, (Peripheral.organization_id == Station.organization_id) & (Peripheral.station_id == Station.id)
        )
        .where(Peripheral.id.in_(said), Peripheral.is_active, Station.is_active, Station.agent_id.in_(reports))
        .group_by(Station.agent_id)
    )
    return {agent_id: count for agent_id, count in rows if agent_id is not None}


class _Ill(NamedTuple):
    """Tags without a good value and devices without an answer, of those that are in use and in sight."""

    tags: frozenset[UUID]
    devices: frozenset[UUID]

    @classmethod
    def of(cls, session: TenantSession, reports: Sequence[DeviceReport]) -> _Ill:
        tags = [problem.tag_id for report in reports for problem in report.tags]
        silent = [report.device_id for report in reports if report.state is DeviceState.OFFLINE]
        return cls(
            frozenset(
                session.scalars(select(Tag.id).where(Tag.id.in_(tags), Tag.is_active, is_read(session.organization_id)))
                if tags
                else ()
            ),
            frozenset(
                session.scalars(select(Device.id).where(Device.id.in_(silent), Device.is_active)) if silent else ()
            ),
        )

    def counts(self, reports: Iterable[DeviceReport]) -> dict[str, int]:
        """What of these reports belongs to it, as an answer has it."""
        told = list(reports)
        return {
            "bad_tags": sum(problem.tag_id in self.tags for report in told for problem in report.tags),
            "silent_devices": sum(report.device_id in self.devices for report in told),
        }


def may_in_its_plants(session: TenantSession, agent_id: UUID, permission: str) -> bool:
    """Whether the actor holds the permission in every plant the agent serves."""
    if permission in session.scope.permissions:
        return True
    held = session.scope.held_at(permission)
    plants = {plant.plant_id for plant in session.execute(AGENT_PLANTS, {"agent": agent_id})}
    return held.counts and plants <= held.plants


def _demand_plants(session: TenantSession, agent: Agent, may: Callable[[UUID], bool], verb: str) -> None:
    for plant in session.execute(AGENT_PLANTS, {"agent": agent.id}):
        if not may(plant.plant_id):
            raise NotAllowed(
                f"Agent {agent.name} serves plant {plant.code}, where you may not {verb} it",
                code="agent_of_other_plant",
                plant_id=str(plant.plant_id),
                plant=plant.code,
            )


def _answer(agent: Agent, report: AgentReport | None, counts: dict[str, int]) -> AgentAnswer:
    beside = {*_REPORTED, *counts}
    own = {name: getattr(agent, name) for name in AgentAnswer.model_fields if name not in beside}
    said = {name: getattr(report, name) for name in _REPORTED} if report else _UNHEARD
    return AgentAnswer(**own, **said, **counts)


def _active(session: TenantSession, table: type[Any], condition: Any) -> Sequence[Any]:
    return session.scalars(select(table).where(condition, table.is_active).order_by(table.id)).all()


def _device(row: Device, tags: Iterable[Tag]) -> DeviceConfiguration:
    return DeviceConfiguration(
        **_fields(row, DeviceConfiguration),
        tags=tuple(TagConfiguration(**_fields(tag, TagConfiguration)) for tag in tags),
    )


def _fields(row: Master, contract: type[DeviceConfiguration] | type[TagConfiguration]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in contract.model_fields if name not in ("tags", "lease", "baseline")}
