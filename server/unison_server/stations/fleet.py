"""What agents tell about themselves and their devices: events of the fleet, and heartbeats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert
from unison_domain.stations.contracts import Heartbeat, HeartbeatAnswer, SignalReport
from unison_domain.stations.events import AgentStarted, ClockStepped, CounterRebased, DeviceChanged, Gap
from unison_domain.stations.peripheral_events import PeripheralChanged

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import Recorded, record_all
from unison_server.stations.arrival import Arrival, Arrived, EventRoom, MachineRoom, Refused
from unison_server.stations.bodies import NUL
from unison_server.stations.commands import count_waiting
from unison_server.stations.queries import SIGNALS, assignment_of
from unison_server.stations.restoring import missing_from
from unison_server.stations.silence import HEARD_AGAIN
from unison_server.stations.silent_devices import heard_of_devices
from unison_server.stations.silent_peripherals import kept_reports
from unison_server.stations.tables import Agent, AgentReport
from unison_server.stations.telling import plants_of_devices, tell_of_agent

_ENVELOPE = {"seq", "kind", "v", "at"}
_EVENTS = text(
    """
    insert into fleet_events (organization_id, id, agent_id, epoch, seq, kind, at, body)
    select :organization, (row ->> 0)::uuid, :agent, :epoch, (row ->> 1)::bigint, row ->> 2, (row ->> 3)::timestamptz,
        row -> 4
    from jsonb_array_elements(cast(:rows as jsonb)) as row
    """
)

_HEARD_AGAIN = text(
    """
    update agent_reports set silent_since = null
    where organization_id = :organization and id = :agent and silent_since is not null
    returning id
    """
)


def take(session: TenantSession, arrival: Arrival, events: Sequence[Arrived]) -> list[Refused]:
    """Keep what the agent told of itself and its devices."""
    rows = [
        (new_id(), seq, event.kind, event.at, event.model_dump(mode="json", exclude=_ENVELOPE)) for seq, event in events
    ]
    session.execute(
        _EVENTS,
        {
            "organization": session.organization_id,
            "agent": arrival.agent_id,
            "epoch": arrival.epoch,
            "rows": orjson.dumps(rows).decode(),
        },
    )
    changes = [event for _, event in events if isinstance(event, DeviceChanged)]
    devices = {change.device_id: None for change in changes}
    plants = plants_of_devices(session, devices) if devices else {}
    record_all(session, [Recorded("stations.device.changed", id_, plants[id_]) for id_ in devices if id_ in plants])
    heard_of_devices(session, arrival.agent_id, changes, arrival.received_at)
    if any(not isinstance(event, DeviceChanged) for _, event in events):
        tell_of_agent(session, "stations.agent.incident_told", arrival.agent_id)
    return []


FLEET_EVENTS = EventRoom(
    {
        "device_changed": DeviceChanged,
        "peripheral_changed": PeripheralChanged,
        "agent_started": AgentStarted,
        "clock_stepped": ClockStepped,
        "counter_rebased": CounterRebased,
        "gap": Gap,
    },
    take,
)


def read_heartbeat(body: bytes) -> Heartbeat:
    """Parse the JSON of a heartbeat.

    Raises:
        Invalid: it is none, or holds the NUL character, which can't be stored.
    """
    try:
        if NUL in body:
            raise ValueError("a text in it holds the NUL character")
        return Heartbeat.model_validate_json(body)
    except ValueError as error:
        raise Invalid(f"The body is no heartbeat: {error}", code="heartbeat_invalid") from None


def heard(session: TenantSession, agent: Agent, beat: Heartbeat, machines: MachineRoom) -> HeartbeatAnswer:
    """Note an agent's heartbeat and what it says its machines do now."""
    now = datetime.now(UTC)
    said: dict[str, Any] = {
        "last_seen_at": now,
        "configuration_running": beat.configuration,
        "configuration_problem": beat.configuration_problem,
        "queue_depth": beat.queue_depth,
        "oldest_unsent_at": beat.oldest_unsent_at,
        "dead_letters": beat.dead_letters,
        "clock_offset_seconds": beat.clock_offset_seconds,
        "refusal": beat.refusal,
        "devices": [device.model_dump(mode="json") for device in beat.devices],
        "waiting_tags": [str(tag) for tag in beat.waiting_tags],
        "certificate_ends_at": beat.certificate_ends_at,
        "authority_ends_at": beat.authority_ends_at,
        "roster_at": beat.roster_at,
        "picture_problem": beat.picture_problem,
        "page_problem": beat.page_problem,
        "peripherals": kept_reports(session, agent.id, beat.peripherals, now),
    }
    if session.execute(_HEARD_AGAIN, {"organization": session.organization_id, "agent": agent.id}).first():
        tell_of_agent(session, HEARD_AGAIN, agent.id)
    if beat.signals is not None:
        said["signals"] = _with_good_moments(session, agent.id, beat.signals)
    if beat.attached is not None:
        said["attached"] = [one.model_dump(mode="json") for one in beat.attached]
    statement = upsert(AgentReport).values(organization_id=session.organization_id, id=agent.id, **said)
    session.execute(statement.on_conflict_do_update(index_elements=["organization_id", "id"], set_=said))
    if agent.agent_version != beat.agent_version:
        agent.agent_version = beat.agent_version
    if beat.machines:
        machines.report(session, assignment_of(session, agent.id), beat.machines)
    tell_of_agent(session, "stations.agent.reported", agent.id)
    return HeartbeatAnswer(
        server_time=now,
        configuration=agent.configuration_version,
        commands=count_waiting(session, agent.id),
        resend_from=missing_from(session, agent.id, beat.epoch, beat.acknowledged_through),
        corrected=tuple(machines.corrected(session, agent.id, beat.epoch)),
    )


def _with_good_moments(session: TenantSession, agent_id: UUID, signals: Sequence[SignalReport]) -> list[dict[str, Any]]:
    """The reports with the last good moment of each tag: one its agent forgot by a restart is known here still."""
    before: dict[UUID, datetime | None] = {}
    if any(one.last_good_at is None for one in signals):
        report = session.find(AgentReport, agent_id)
        known = SIGNALS.validate_python(report.signals) if report else []
        before = {one.tag_id: one.last_good_at for one in known}
    told = (one.model_copy(update={"good_at": one.last_good_at or before.get(one.tag_id)}) for one in signals)
    return [one.model_dump(mode="json") for one in told]
