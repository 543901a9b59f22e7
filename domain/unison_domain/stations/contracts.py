"""What crosses the network about agents, stations, devices and tags, apart from events and configuration."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from unison_domain.kernel.contracts import Answer, Code, Instant, Name, OpenEnum, Request, Text
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.count_corrections import CorrectedDay
from unison_domain.stations.attached import AttachedReport
from unison_domain.stations.configuration import TagSettings
from unison_domain.stations.device_settings import DeviceSettings
from unison_domain.stations.events import DeviceState, Quality
from unison_domain.stations.peripheral_reports import PeripheralReport
from unison_domain.stations.told import Told

SILENT_AFTER_SECONDS = 60.0
"""An agent that sent no heartbeat for so long is silent; it sends one every few seconds."""


Tally = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""A number of things."""


class EnrolmentCreate(Request):
    """Ask for a one-time code for a new agent, to be typed at its PC."""

    name: Name


class EnrolmentAnswer(Answer):
    """The one-time code, shown once; it names the organization and expires soon."""

    agent_id: UUID
    code: str
    expires_at: Instant


class Enrol(Request):
    """What a new agent sends: the code and what it runs on.

    `epoch`, `acknowledged_through`: of the buffer it has from before, and up to where a server acknowledged that.
    """

    code: Annotated[Text, Field(min_length=8, max_length=80)]
    hostname: Name
    version: Name
    platform: Name
    epoch: UUID | None = None
    acknowledged_through: Tally = 0


class Enrolled(Answer):
    """The device token, shown once; the agent keeps it where only it can read.

    Attributes:
        is_lost: the server knows nothing of what it acknowledged of this buffer (it was restored from a backup): all
            that is still there is sent again.
        begins_anew: two agents used the identity; what is unsent begins a new epoch.
    """

    agent_id: UUID
    organization_id: UUID
    device_token: str
    server_time: Instant
    is_lost: bool = False
    begins_anew: bool = False


class AgentState(OpenEnum):
    """Where an agent stands in its life."""

    WAITING = "waiting"
    """Has a code, not yet enrolled."""
    ENROLLED = "enrolled"
    CONFLICT = "conflict"
    """Two agents used one identity: a person must decide."""
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class AgentUpdate(Request):
    """PATCH: an absent field stays as it is.

    Attributes:
        note: for people: where the PC stands, who looks after it.
    """

    name: Name | None = None
    note: Text | None = None


class AgentAnswer(Answer):
    """An installation of the agent on a PC."""

    id: UUID
    version: int
    name: str
    note: str | None = None
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
    configuration_problem: str | None = None
    """Why it can't use the newest configuration and runs on with an older one; None while it can."""
    refusal: str | None = None
    """Why its buffer takes nothing, so that nothing is collected; None while it does."""
    dead_letters: int | None = None
    """Events the server refused for good, which the agent keeps; None before its first heartbeat."""
    waiting_events: int = 0
    """Events of it that wait for a person to accept or discard them."""
    waiting_tags: list[UUID] = Field(default_factory=list)
    """Counters whose changed configuration waits for their machine's run to end."""
    tags: int = 0
    """How many values it is told to read, of those the caller may see."""
    bad_tags: int = 0
    """How many of them give no good value, as it said last."""
    silent_devices: int = 0
    """Devices of which it said last that they don't answer."""
    silent_peripherals: int = 0
    """Scanners, gauges and cameras of which it said last that they can't be used, of those the caller may see."""
    certificate_ends_at: Instant | None = None
    """When the server's certificate ends, as this agent saw it last; None where it uses none, or told none."""
    authority_ends_at: Instant | None = None
    """When the authority ends that it was enrolled with; None where it trusts what its system trusts."""
    roster_at: Instant | None = None
    """When the server last told it which badges name whom: what was revoked since is unknown at its stations."""
    picture_problem: str | None = None
    """Why kept pictures are not at the server, or were lost; None while all is well."""
    page_problem: str | None = None
    """Why its operator page is not where its screens look for it; None while it is."""
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


class _OfLine(DeviceSettings):
    """A device that may change its line."""

    whole_line: bool = False
    """Whether all devices that share the line, or shared it before, get its place and settings with this one."""


class DeviceCreate(_OfLine):
    """A device as a planner enters it, at a station."""

    station_id: UUID


ForcedReason = Annotated[Text, Field(min_length=3)] | None
"""Why a change of what counters read holds at once, in the middle of a run; None: at the next run boundary."""


class DeviceReplace(_OfLine):
    """PUT: every setting; what is absent gets its default. The device stays at its station."""

    forced_reason: ForcedReason = None


class DeviceAnswer(DeviceSettings, Answer):
    """A device."""

    id: UUID
    version: int
    station_id: UUID
    forced_reason: str | None = None
    tag_count: int | None = None
    """How many of its values are in use; a device without any is not asked, so nothing is told of it."""
    is_active: bool
    created_at: Instant
    updated_at: Instant


class TagCreate(TagSettings):
    """A tag as a planner enters it, of a device."""

    device_id: UUID


class TagReplace(TagSettings):
    """PUT: every setting; what is absent gets its default. The tag stays in its device."""

    forced_reason: ForcedReason = None


class TagAnswer(TagSettings, Answer):
    """A tag. `rests_with` is the code of its machine where that was put away, so that no PC reads the tag."""

    id: UUID
    version: int
    device_id: UUID
    forced_reason: str | None = None
    rests_with: str | None = None
    is_active: bool
    created_at: Instant
    updated_at: Instant


class TagProblem(BaseModel):
    """Why a tag gives no good value, in words, with the Modbus exception code where there is one."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    tag_id: UUID
    name: Name
    message: Told
    exception: Annotated[int, Field(ge=0, le=255)] | None = None


class DeviceReport(BaseModel):
    """How a device answers now."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    device_id: UUID
    state: DeviceState
    message: Told | None = None
    tags: Annotated[tuple[TagProblem, ...], Field(max_length=20_000)] = ()


class AgentEventAnswer(Answer):
    """What an agent told of itself or its devices: a start, a clock step, lost events, a device gone or back.

    Attributes:
        body: the fields of its kind, as `stations.events` describes them.
    """

    id: UUID
    epoch: UUID
    seq: int
    kind: str
    at: Instant
    body: dict[str, Any]


class SignalReport(BaseModel):
    """The newest reading of one tag: when it came, and how far it may be trusted.

    Attributes:
        at: of a tag that can't be read, when that was tried last.
        good_at: when a reading was good last; None where the agent does not know, or is older than this word.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    tag_id: UUID
    at: Instant
    quality: Quality
    good_at: Instant | None = None

    @property
    def last_good_at(self) -> datetime | None:
        """When it was read well last; an agent that does not tell that says it of its good readings."""
        return self.good_at or (self.at if self.quality is Quality.GOOD else None)


class SignalAnswer(Answer):
    """The newest reading of one tag as its agent told it; `at` and `quality` are None while it told none.

    `good_at` is when one was good last, as far as anybody told; `at` may be that of a try that gave nothing.
    `rests_with` is the code of its machine where that was put away: no PC reads it then.
    """

    tag_id: UUID
    tag_name: str
    device_id: UUID
    device_name: str
    machine_id: UUID | None
    at: Instant | None
    quality: Quality | None
    good_at: Instant | None = None
    rests_with: str | None = None


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
    agent_version: Name
    configuration: Tally
    configuration_problem: Told | None = None
    """Why the newest one can't be used, in words; None while it can."""
    queue_depth: Tally
    oldest_unsent_at: Instant | None = None
    dead_letters: Tally = 0
    waiting_tags: Annotated[tuple[UUID, ...], Field(max_length=20_000)] = ()
    """Counters whose changed configuration waits for their machine's run to end."""
    clock_offset_seconds: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """The server's time minus that of the PC's clock, or of the corrected stamps where those are further off."""
    refusal: Told | None = None
    """Why the buffer takes nothing and nothing is collected, in words; None while it does."""
    epoch: UUID | None = None
    acknowledged_through: Tally = 0
    """Up to where its events were acknowledged: a restored server sees by it what it lacks."""
    certificate_ends_at: Instant | None = None
    """When the certificate ends that the server shows it; None without one."""
    authority_ends_at: Instant | None = None
    """When the authority ends that it was enrolled with; None where it trusts what its system trusts."""
    roster_at: Instant | None = None
    """When the server last told it which badges name whom."""
    picture_problem: Told | None = None
    """Why kept pictures stay at its PC, or which are lost, in words; None while all is well."""
    page_problem: Told | None = None
    """Why its operator page is not at its port, in words; None while it is."""
    machines: Annotated[tuple[MachineReport, ...], Field(max_length=20_000)] = ()
    devices: Annotated[tuple[DeviceReport, ...], Field(max_length=5_000)] = ()
    peripherals: Annotated[tuple[PeripheralReport, ...], Field(max_length=5_000)] = ()
    signals: Annotated[tuple[SignalReport, ...], Field(max_length=20_000)] | None = None
    """Of every tag that was read; only in some of the heartbeats."""
    attached: Annotated[tuple[AttachedReport, ...], Field(max_length=1_000)] | None = None
    """What is plugged into its PC; only in some of the heartbeats, and in none of an older agent."""


class HeartbeatAnswer(Answer):
    """The server's time, the configuration version the agent should run, and how many commands wait for it."""

    server_time: Instant
    configuration: int
    commands: int = 0
    resend_from: int | None = None
    """The server lacks events it acknowledged once, from this one on: it was restored from a backup."""
    corrected: tuple[CorrectedDay, ...] | None = None
    """What was put right of the agent's counts of today, all of it; None from a server that does not say."""
