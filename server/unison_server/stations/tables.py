"""Tables of agents, stations, devices and tags, and of what arrives from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, PrimaryKeyConstraint, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, validates
from unison_domain.stations.commands import CommandKind
from unison_domain.stations.configuration import ByteOrder, RegisterTable, SignalRole, StringBytes, ValueType
from unison_domain.stations.contracts import AgentState
from unison_domain.stations.device_settings import Driver, Parity

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import CodeText, Master, Operations, Tenant, enum_check


class Agent(Master, Operations):
    """An installation of the agent on a PC.

    `configuration_version` grows with every change of what the agent is told to do: triggers of the migration see to
    it, so that no way of writing can forget. Its plants are those of its stations.
    `told_version` is the newest of them it was given: one that runs a newer was told it by a server whose last days a
    restore undid.
    `token_hash` is the SHA-256 of the device token. `note` is for people: where the PC stands, who looks after it.
    """

    __tablename__ = "agents"
    __table_args__ = (enum_check("state", AgentState),)

    name: Mapped[str]
    state: Mapped[str] = mapped_column(default=AgentState.WAITING)
    hostname: Mapped[str | None]
    agent_version: Mapped[str | None]
    platform: Mapped[str | None]
    token_hash: Mapped[str | None]
    configuration_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), default=0)
    told_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), default=0)
    note: Mapped[str | None]


class AgentReport(Tenant, Operations):
    """What an agent said of itself last; `id` is the agent's. `devices`, `signals`, `peripherals` and
    `attached` hold `DeviceReport`s, `SignalReport`s, `PeripheralReport`s and `AttachedReport`s as they came.

    `silent_since` is set while its silence has been told; `expiry_told_at` is when the end of a certificate was told.
    """

    __tablename__ = "agent_reports"
    __table_args__ = (tenant_fk("id", "agents", ondelete="CASCADE"),)

    last_seen_at: Mapped[datetime]
    configuration_running: Mapped[int | None] = mapped_column(BigInteger)
    queue_depth: Mapped[int | None] = mapped_column(BigInteger)
    oldest_unsent_at: Mapped[datetime | None]
    dead_letters: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    clock_offset_seconds: Mapped[float | None]
    refusal: Mapped[str | None]
    devices: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    silent_since: Mapped[datetime | None]
    signals: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    waiting_tags: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    certificate_ends_at: Mapped[datetime | None]
    authority_ends_at: Mapped[datetime | None]
    expiry_told_at: Mapped[datetime | None]
    peripherals: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    roster_at: Mapped[datetime | None]
    picture_problem: Mapped[str | None]
    configuration_problem: Mapped[str | None]
    attached: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    page_problem: Mapped[str | None]


class Enrolment(Tenant, Operations):
    """A one-time code, kept as its SHA-256.

    `silence_told_at`: when it was told that nothing came from the PC that used it.
    """

    __tablename__ = "enrolments"
    __table_args__ = (
        tenant_fk("agent_id", "agents", ondelete="CASCADE"),
        UniqueConstraint("organization_id", "code_hash"),
    )

    agent_id: Mapped[UUID]
    code_hash: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    silence_told_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[UUID | None]


class Station(Master, Operations):
    """A workplace, served by one agent."""

    __tablename__ = "stations"
    __table_args__ = (
        tenant_fk("plant_id", "plants"),
        tenant_fk("agent_id", "agents", ondelete="SET NULL (agent_id)"),
        UniqueConstraint("organization_id", "code"),
        UniqueConstraint("organization_id", "id", "plant_id", name="uq_stations_id_plant_id"),
        Index("ix_stations_agent_id", "organization_id", "agent_id"),
    )

    plant_id: Mapped[UUID]
    agent_id: Mapped[UUID | None]
    code: Mapped[CodeText]
    name: Mapped[str]


class Forced:
    """What counters read, which a person may want to hold in the middle of a run.

    Attributes:
        forced_reason: why the last change was to; None where nobody forced that one.
        forced_at: when a person last wanted it of any change. It outlasts later changes, and agents use each up once.
    """

    forced_reason: Mapped[str | None]
    forced_at: Mapped[datetime | None]

    @validates("forced_reason")
    def _force(self, _name: str, reason: str | None) -> str | None:
        """In the same words again it is another force. Moments of one row never repeat, whatever the clock does."""
        if reason is not None:
            after = (self.forced_at or datetime.min.replace(tzinfo=UTC)) + timedelta(microseconds=1)
            self.forced_at = max(after, datetime.now(UTC))
        return reason

    @property
    def forced(self) -> bool:
        """As the agent is told."""
        return self.forced_reason is not None


OF_ITS_DRIVER = """
    case when driver = 'modbus_rtu'
        then num_nulls(host, port) = 2 and num_nulls(serial_port, baud_rate, parity, stop_bits) = 0
        else num_nulls(host, port) = 0 and num_nulls(serial_port, baud_rate, parity, stop_bits) = 4
    end
    and (driver = 'modbus_tcp' or unit_id between 1 and 247)
"""
"""Where a device is, by its driver; on a serial line 0 is the broadcast and from 248 on is reserved."""


class Device(Forced, Master, Operations):
    """Something with an address at a station. Columns as in `DeviceSettings`.

    That the devices of one agent and line agree about its settings is held by a trigger (`lines.py`). With `whole_line`
    a change is one of all devices of its line.
    """

    whole_line = False

    __tablename__ = "devices"
    __table_args__ = (
        tenant_fk("station_id", "stations"),
        Index("ix_devices_station_id", "organization_id", "station_id"),
        enum_check("driver", Driver),
        enum_check("parity", Parity, nullable=True),
        CheckConstraint(OF_ITS_DRIVER, name="place_of_driver"),
    )

    station_id: Mapped[UUID]
    name: Mapped[str]
    driver: Mapped[str]
    host: Mapped[str | None]
    port: Mapped[int | None]
    serial_port: Mapped[str | None]
    baud_rate: Mapped[int | None]
    parity: Mapped[str | None]
    stop_bits: Mapped[int | None]
    turnaround_seconds: Mapped[float] = mapped_column(server_default=text("0"))
    unit_id: Mapped[int]
    timeout_seconds: Mapped[float]
    retries: Mapped[int]
    probe_seconds: Mapped[float]
    max_registers: Mapped[int]
    max_bits: Mapped[int]
    max_gap: Mapped[int]
    request_gap_seconds: Mapped[float]


FINITE = "{0} > '-infinity'::float8 and {0} < 'infinity'::float8"
"""Neither infinite nor NaN, which PostgreSQL holds for greater than infinity."""


class Tag(Forced, Master, Operations):
    """One value in a device. Columns as in `TagSettings`; `machine_id` names a machine of a later room, so it has no
    foreign key: the machines room checks it.
    """

    __tablename__ = "tags"
    __table_args__ = (
        tenant_fk("device_id", "devices"),
        Index("ix_tags_device_id", "organization_id", "device_id"),
        Index("ix_tags_machine_id", "organization_id", "machine_id"),
        enum_check("role", SignalRole),
        enum_check("register_table", RegisterTable),
        enum_check("type", ValueType),
        enum_check("byte_order", ByteOrder),
        enum_check("string_bytes", StringBytes),
        CheckConstraint(FINITE.format("minimum"), name="finite_minimum"),
        CheckConstraint(FINITE.format("maximum"), name="finite_maximum"),
    )

    device_id: Mapped[UUID]
    machine_id: Mapped[UUID | None]
    role: Mapped[str]
    name: Mapped[str]
    table: Mapped[str] = mapped_column("register_table")
    address: Mapped[int]
    type: Mapped[str]
    byte_order: Mapped[str]
    length: Mapped[int | None]
    string_bytes: Mapped[str]
    bit: Mapped[int]
    bit_count: Mapped[int]
    scale: Mapped[float]
    offset: Mapped[float]
    unit: Mapped[str | None]
    minimum: Mapped[float | None]
    maximum: Mapped[float | None]
    max_rate: Mapped[float | None]
    sentinels: Mapped[list[Any]] = mapped_column(JSONB)
    rollover: Mapped[int | None] = mapped_column(BigInteger)
    poll_seconds: Mapped[float]
    deadband: Mapped[float]
    heartbeat_seconds: Mapped[float]
    invert: Mapped[bool]
    alarm_bits: Mapped[bool]
    alarms: Mapped[dict[str, Any]]
    states: Mapped[dict[str, Any]]


class AgentCursor(Operations):
    """How far the server has come in one epoch of an agent; its row is locked while a batch is taken.

    `checkpoints` are the newest `[sequence, hash]` pairs of the agent's hash chain (`tail_hash`), oldest first.
    """

    __tablename__ = "agent_cursors"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "agent_id", "epoch"),
        tenant_fk("agent_id", "agents", ondelete="CASCADE"),
    )

    organization_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    epoch: Mapped[UUID]
    acked_through: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    checkpoints: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AgentCommand(Tenant, Operations):
    """What an agent is asked to do once. It waits until it is answered, or until `expires_at`.

    The first answer stands. Who asked is `created_by`; the audit keeps all but the answer, which may be long.
    """

    __tablename__ = "agent_commands"
    __table_args__ = (
        tenant_fk("agent_id", "agents", ondelete="CASCADE"),
        enum_check("kind", CommandKind),
        CheckConstraint("(answered_at is null) = (ok is null)", name="answered_as_a_whole"),
        Index("ix_agent_commands_created_at", "organization_id", "agent_id", "created_at", "id"),
        Index(
            "ix_agent_commands_waiting",
            "organization_id",
            "agent_id",
            postgresql_where=text("answered_at is null"),
        ),
    )

    agent_id: Mapped[UUID]
    kind: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[UUID | None]
    expires_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ok: Mapped[bool | None]
    message: Mapped[str | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class FleetEvent(Tenant, Operations):
    """What agents told about themselves and their devices: starts, clock steps, gaps, devices gone or back."""

    __tablename__ = "fleet_events"
    __table_args__ = (
        tenant_fk("agent_id", "agents", ondelete="CASCADE"),
        UniqueConstraint("organization_id", "agent_id", "epoch", "seq"),
        Index("ix_fleet_events_at", "organization_id", "agent_id", "at"),
    )

    agent_id: Mapped[UUID]
    epoch: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    at: Mapped[datetime]
    body: Mapped[dict[str, Any]]


class TagLease(Tenant, Operations):
    """The lease of a tag by the agent of its station; `id` is the tag's. No row: never handed over, nothing counted.

    Attributes:
        number, held_since, counted_since, read_since: as in `unison_domain.stations.leases.Lease`.
        source: what the tag read when its agent was told last (`machines.sources`).
        counted_raw, counted_remainder, counted_at: up to where the counter's parts are counted.
        counted_lease, counted_epoch, counted_seq: of the event that says so; None where that is not known any more.
        baseline_raw, baseline_remainder, baseline_at: the same when this number was given: its holder goes on there.
        uncounted_since, uncounted_before: the numbers from one to before the other ended without a baseline, the last
            that did: what was counted under them is in nobody's count.
    """

    __tablename__ = "tag_leases"
    __table_args__ = (
        tenant_fk("id", "tags", ondelete="CASCADE"),
        CheckConstraint("number >= greatest(held_since, counted_since, read_since)", name="numbers_grow"),
        CheckConstraint("num_nulls(counted_raw, counted_at) <> 1", name="counted"),
        CheckConstraint("num_nulls(counted_epoch, counted_seq) <> 1", name="counted_by"),
        CheckConstraint("num_nulls(baseline_raw, baseline_at) <> 1", name="baseline"),
        CheckConstraint("uncounted_since <= uncounted_before and uncounted_before <= counted_since", name="uncounted"),
    )

    number: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    held_since: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    counted_since: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    read_since: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    source: Mapped[str | None]
    counted_raw: Mapped[Decimal | None] = mapped_column(Numeric(20, 0))
    counted_remainder: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    counted_at: Mapped[datetime | None]
    counted_lease: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    counted_epoch: Mapped[UUID | None]
    counted_seq: Mapped[int | None] = mapped_column(BigInteger)
    baseline_raw: Mapped[Decimal | None] = mapped_column(Numeric(20, 0))
    baseline_remainder: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    baseline_at: Mapped[datetime | None]
    uncounted_since: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    uncounted_before: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class WithheldCounter(Tenant, Operations):
    """A counter whose counts are not taken before `until`: what it counted is being corrected; `id` is the tag's."""

    __tablename__ = "withheld_counters"
    __table_args__ = (tenant_fk("id", "tags", ondelete="CASCADE"),)

    until: Mapped[datetime]
