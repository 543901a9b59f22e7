"""What crosses the network about agents, stations, devices and tags, apart from events and configuration."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from unison_domain.kernel.contracts import Answer, Code, Instant, Name, OpenEnum, Request, Text
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.configuration import DeviceSettings, TagSettings
from unison_domain.stations.events import DeviceState


class EnrolmentCreate(Request):
    """Ask for a one-time code for a new agent, to be typed at its PC."""

    name: Name


class EnrolmentAnswer(Answer):
    """The one-time code, shown once; it names the organization and expires soon."""

    agent_id: UUID
    code: str
    expires_at: Instant


class Enrol(Request):
    """What a new agent sends: the code and what it runs on."""

    code: Annotated[str, Field(min_length=8, max_length=80)]
    hostname: Name
    version: Name
    platform: Name


class Enrolled(Answer):
    """The device token, shown once; the agent keeps it where only it can read."""

    agent_id: UUID
    organization_id: UUID
    device_token: str
    server_time: Instant


class AgentState(OpenEnum):
    """Where an agent stands in its life."""

    WAITING = "waiting"
    """Has a code, not yet enrolled."""
    ENROLLED = "enrolled"
    CONFLICT = "conflict"
    """Two agents used one identity: a person must decide."""
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class AgentAnswer(Answer):
    """An installation of the agent on a PC."""

    id: UUID
    version: int
    name: str
    state: AgentState
    hostname: str | None
    agent_version: str | None
    platform: str | None
    last_seen_at: Instant | None
    queue_depth: int | None
    oldest_unsent_at: Instant | None
    clock_offset_seconds: float | None
    configuration_version: int
    configuration_running: int | None
    refusal: str | None = None
    """Why its buffer takes nothing, so that nothing is collected; None while it does."""
    is_active: bool
    created_at: Instant
    updated_at: Instant


class StationCreate(Request):
    """A workplace, served by one agent."""

    plant_id: UUID
    agent_id: UUID | None = None
    code: Code
    name: Name


class StationUpdate(Request):
    """PATCH: an absent field stays as it is."""

    agent_id: UUID | None = None
    code: Code | None = None
    name: Name | None = None


class StationAnswer(Answer):
    """A workplace."""

    id: UUID
    version: int
    plant_id: UUID
    agent_id: UUID | None
    code: str
    name: str
    is_active: bool
    created_at: Instant
    updated_at: Instant


class DeviceCreate(DeviceSettings):
    """A device as a planner enters it, at a station."""

    station_id: UUID


class DeviceReplace(DeviceSettings):
    """PUT: every setting; what is absent gets its default. The device stays at its station."""


class DeviceAnswer(DeviceSettings, Answer):
    """A device."""

    id: UUID
    version: int
    station_id: UUID
    is_active: bool
    created_at: Instant
    updated_at: Instant


class TagCreate(TagSettings):
    """A tag as a planner enters it, of a device."""

    device_id: UUID


class TagReplace(TagSettings):
    """PUT: every setting; what is absent gets its default. The tag stays in its device."""


class TagAnswer(TagSettings, Answer):
    """A tag."""

    id: UUID
    version: int
    device_id: UUID
    is_active: bool
    created_at: Instant
    updated_at: Instant


class TagProblem(BaseModel):
    """Why a tag gives no good value, in words, with the Modbus exception code where there is one."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    tag_id: UUID
    name: str
    message: Text
    exception: int | None = None


class DeviceReport(BaseModel):
    """How a device answers now."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    device_id: UUID
    state: DeviceState
    message: str | None = None
    tags: tuple[TagProblem, ...] = ()


class QuarantinedAnswer(Answer):
    """An event the server could not use, with its reason, kept as the JSON text it came as.

    `rejected`: the agent was told, and keeps it among its dead letters too.
    """

    id: UUID
    epoch: UUID
    seq: int
    kind: str
    code: str
    message: str
    rejected: bool
    raw: str
    received_at: Instant


class MachineReport(BaseModel):
    """What a machine does now, outside the sequence, so the board is current while a backlog drains."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    machine_id: UUID
    state: MachineState
    since: Instant
    last_signal_at: Instant | None


class Heartbeat(BaseModel):
    """`POST /api/v1/stations/me/heartbeat`, every few seconds."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: Instant
    agent_version: str
    configuration: int
    queue_depth: int
    oldest_unsent_at: Instant | None = None
    dead_letters: int = 0
    clock_offset_seconds: float | None = None
    refusal: str | None = None
    """Why the buffer takes nothing and nothing is collected, in words; None while it does."""
    machines: tuple[MachineReport, ...] = ()
    devices: tuple[DeviceReport, ...] = ()


class HeartbeatAnswer(Answer):
    """The server's time and the configuration version the agent should run."""

    server_time: Instant
    configuration: int
