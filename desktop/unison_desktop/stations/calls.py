"""Requests about agents, stations and devices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject
from unison_domain.kernel.contracts import Page
from unison_domain.stations.attached import AttachedAnswer
from unison_domain.stations.commands import CommandAnswer, CommandCreate, CommandKind
from unison_domain.stations.contracts import (
    AgentAnswer,
    AgentEventAnswer,
    DeviceAnswer,
    DeviceReport,
    EnrolmentAnswer,
    EnrolmentCreate,
    SignalAnswer,
    StationAnswer,
    TagAnswer,
)
from unison_domain.stations.override_contracts import OverrideAnswer
from unison_domain.stations.picture_contracts import PictureAnswer
from unison_domain.stations.quarantine_contracts import QuarantinedAnswer, QuarantineDecided, QuarantineDecideMany
from unison_domain.stations.refused_values import RefusedValueAnswer

from unison_desktop.kernel.client import IN_USE, ApiClient, Call, ListCall, Query

PICTURE_RIGHT = "stations.picture.read"
NEWEST = 200
"""So many events of a PC are read: who looks, looks for what happened last."""
NEWEST_REFUSED = 500
"""So many refused values are listed at once; the file has all."""
REFUSED_FILE = "/refused-values/export"
"""The same as a CSV file."""
NEWEST_OVERRIDES = 500
"""So many overrides are listed at once; the file has all."""
OVERRIDES_FILE = "/station-overrides/export"
"""The same as a CSV file."""
NEWEST_PICTURES = 500
"""So many pictures are listed at once: who looks for older ones says when, or of what."""


def agents(client: ApiClient, *, owner: QObject) -> ListCall:
    """All agents; `done` brings a list of `AgentAnswer`."""
    return client.get_all("/agents", item=AgentAnswer, owner=owner)


def agent(client: ApiClient, agent_id: UUID, *, owner: QObject) -> Call:
    """One agent; `done` brings the `AgentAnswer`."""
    return client.get(f"/agents/{agent_id}", read=AgentAnswer, owner=owner)


def stations(client: ApiClient, *, owner: QObject) -> ListCall:
    """Workplaces in use; `done` brings a list of `StationAnswer`."""
    return client.get_all("/stations", item=StationAnswer, query=IN_USE, owner=owner)


def devices(client: ApiClient, *, owner: QObject) -> ListCall:
    """Devices in use, of all stations; `done` brings a list of `DeviceAnswer`."""
    return client.get_all("/devices", item=DeviceAnswer, query=IN_USE, owner=owner)


def tags(client: ApiClient, machine_id: UUID | None = None, *, owner: QObject) -> ListCall:
    """Tags in use, of one machine or of all devices; `done` brings a list of `TagAnswer`."""
    return client.get_all("/tags", item=TagAnswer, query={**IN_USE, "machine_id": machine_id}, owner=owner)


def device_reports(client: ApiClient, agent_id: UUID, *, owner: QObject) -> Call:
    """How the devices of an agent answer, with the problem of each tag; `done` brings a list of `DeviceReport`."""
    return client.get_list(f"/agents/{agent_id}/devices", item=DeviceReport, owner=owner)


def attached(client: ApiClient, agent_id: UUID, *, owner: QObject) -> Call:
    """What is plugged in at the PC of an agent; `done` brings a list of `AttachedAnswer`."""
    return client.get_list(f"/agents/{agent_id}/attached", item=AttachedAnswer, owner=owner)


def events(client: ApiClient, agent_id: UUID, *, owner: QObject) -> Call:
    """What an agent told of itself and its devices, newest first; `done` brings a `Page[AgentEventAnswer]`."""
    return client.get(f"/agents/{agent_id}/events", read=Page[AgentEventAnswer], query={"limit": NEWEST}, owner=owner)


def quarantine(client: ApiClient, agent_id: UUID, *, owner: QObject) -> Call:
    """Events of an agent the server could not use, newest first; `done` brings a `Page[QuarantinedAnswer]`."""
    query = {"limit": NEWEST, "state": "all"}
    return client.get(f"/agents/{agent_id}/quarantine", read=Page[QuarantinedAnswer], query=query, owner=owner)


def waiting_events(client: ApiClient, agent_id: UUID, *, owner: QObject) -> ListCall:
    """All of them that wait for a person, newest first; `done` brings a list of `QuarantinedAnswer`."""
    query = {"state": "open"}
    return client.get_all(f"/agents/{agent_id}/quarantine", item=QuarantinedAnswer, query=query, owner=owner)


def signals(client: ApiClient, agent_id: UUID, *, owner: QObject) -> Call:
    """When each tag of an agent was read last; `done` brings a list of `SignalAnswer`."""
    return client.get_list(f"/agents/{agent_id}/signals", item=SignalAnswer, owner=owner)


def stop_pictures(client: ApiClient, machine_id: UUID, begins: datetime, ends: datetime, *, owner: QObject) -> ListCall:
    """Pictures kept around stops of a machine, newest first; `done` brings a list of `PictureAnswer`. Asks for
    `PICTURE_RIGHT`."""
    query = {"machine_id": machine_id, "reason": "stop", "from": begins.isoformat(), "to": ends.isoformat()}
    return client.get_all("/station-pictures", item=PictureAnswer, query=query, owner=owner)


def refused_values(client: ApiClient, query: Query, *, owner: QObject) -> ListCall:
    """What was refused, newest first; `done` brings a list of `RefusedValueAnswer`."""
    return client.get_all("/refused-values", item=RefusedValueAnswer, query=query, owner=owner, most=NEWEST_REFUSED)


def overrides(client: ApiClient, query: Query, *, owner: QObject) -> ListCall:
    """Overrides at stations and attempts at them, newest first; `done` brings a list of `OverrideAnswer`."""
    return client.get_all("/station-overrides", item=OverrideAnswer, query=query, owner=owner, most=NEWEST_OVERRIDES)


def pictures(client: ApiClient, query: Query, *, owner: QObject) -> ListCall:
    """Pictures stations kept, newest first; `done` brings a list of `PictureAnswer`. Asks for `PICTURE_RIGHT`."""
    return client.get_all("/station-pictures", item=PictureAnswer, query=query, owner=owner, most=NEWEST_PICTURES)


def picture(client: ApiClient, sha256: str, *, owner: QObject) -> Call:
    """A picture of a station, by its SHA-256; `done` brings the bytes of its file. Asks for `PICTURE_RIGHT`."""
    return client.get_file(f"/station-pictures/{sha256}", read=bytes, owner=owner)


def decide_many(
    client: ApiClient, agent_id: UUID, ids: Sequence[UUID], decision: str, reason: str, *, owner: QObject
) -> Call:
    """`accept` or `discard` events that could not be used, `MOST_DECIDED` at most; `done` brings the
    `QuarantineDecided`.
    """
    body = QuarantineDecideMany(ids=tuple(ids), reason=reason)
    return client.post(f"/agents/{agent_id}/quarantine/{decision}", body, read=QuarantineDecided, owner=owner)


def ask(client: ApiClient, agent_id: UUID, kind: CommandKind, asked: BaseModel, *, owner: QObject) -> Call:
    """Ask an agent to do something; `done` brings the waiting `CommandAnswer`."""
    body = CommandCreate(kind=kind, parameters=asked.model_dump(mode="json", exclude_unset=True))
    return client.post(f"/agents/{agent_id}/commands", body, read=CommandAnswer, owner=owner)


def command(client: ApiClient, agent_id: UUID, command_id: UUID, *, owner: QObject) -> Call:
    """How far a command is; `done` brings the `CommandAnswer`."""
    return client.get(f"/agents/{agent_id}/commands/{command_id}", read=CommandAnswer, owner=owner)


def enrol(client: ApiClient, name: str, *, key: UUID, owner: QObject) -> Call:
    """Make an agent waiting for its PC; `done` brings an `EnrolmentAnswer` with the one-time code."""
    return client.post("/agents", EnrolmentCreate(name=name), read=EnrolmentAnswer, owner=owner, key=key)


def new_code(client: ApiClient, agent_id: UUID, *, key: UUID, owner: QObject) -> Call:
    """Another code for an agent that is there: for a new PC, or to say which of two is right; as `enrol`."""
    return client.post(f"/agents/{agent_id}/code", None, read=EnrolmentAnswer, owner=owner, key=key)


def change(client: ApiClient, agent_id: UUID, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Give an agent another name or note (`AgentUpdate`); `done` brings the `AgentAnswer`."""
    return client.patch(f"/agents/{agent_id}", body, version=version, read=AgentAnswer, owner=owner)


def revoke(client: ApiClient, agent: AgentAnswer, *, owner: QObject) -> Call:
    """End an agent's access, as it is seen here (its version); `done` brings the `AgentAnswer`."""
    path = f"/agents/{agent.id}/revoke"
    return client.post(path, None, read=AgentAnswer, owner=owner, version=agent.version)
