"""What crosses the network about machines. Terms of ISA-95 (equipment) and ISO 22400 (states, counts)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import Answer, Code, Instant, Money, Name, OpenEnum, Quantity, Request, Text


class MachineState(OpenEnum):
    """What a machine does, decided from signals at the station.

    `unknown` is an honest state of its own (no or bad signal), never counted as running or down.
    """

    RUNNING = "running"
    NO_OUTPUT = "no_output"
    """The run signal is on but nothing is counted: a performance loss."""
    STOPPED = "stopped"
    STARVED = "starved"
    BLOCKED = "blocked"
    SETUP = "setup"
    CLEANING = "cleaning"
    MAINTENANCE = "maintenance"
    MANUAL = "manual"
    FAULT = "fault"
    EMERGENCY_STOP = "emergency_stop"
    UNKNOWN = "unknown"


class StateSource(OpenEnum):
    """Who said so."""

    SIGNAL = "signal"
    PERSON = "person"
    UNKNOWN = "unknown"


class StopClass(OpenEnum):
    """How reporting reads a closed stop; derived from its length and reasons, never stored."""

    MICRO_STOP = "micro_stop"
    UNSPECIFIED = "unspecified"
    """Longer than a micro-stop and nobody said why yet."""
    SPECIFIED = "specified"
    """Its class is known: by a person, an alarm, or the state alone, as of a short fault; `cause_source` says which."""
    UNKNOWN = "unknown"


class CauseSource(OpenEnum):
    """Who says why a machine stood; the first of these that has something to say wins."""

    PERSON = "person"
    ALARM = "alarm"
    """An alarm of the machine that is mapped to a reason."""
    INFERRED = "inferred"
    """The state itself tells the class: setup, starved, fault, … A fault or emergency stop still asks for a reason."""
    UNKNOWN = "unknown"


class CountKind(OpenEnum):
    """What a counter counts."""

    GOOD = "good"
    SCRAP = "scrap"
    TOTAL = "total"
    UNKNOWN = "unknown"


class LifeCycle(StrEnum):
    """The asset's life, apart from what it does at the moment."""

    PLANNED = "planned"
    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"
    RETIRED = "retired"


class DerivedStatus(OpenEnum):
    """The single status word of the requirement documents, derived from life cycle and state."""

    RUNNING = "running"
    IDLE = "idle"
    DOWN = "down"
    SETUP = "setup"
    MAINTENANCE = "maintenance"
    OUT_OF_SERVICE = "out_of_service"
    UNKNOWN = "unknown"


Seconds = Annotated[float, Field(ge=0, le=86_400 * 31, allow_inf_nan=False)]


CycleSeconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
DelaySeconds = Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)]


class WorkCenterCreate(Request):
    """A line or cell (ISA-95 work center; the documents call it a lane)."""

    plant_id: UUID
    code: Code
    name: Name


class WorkCenterUpdate(Request):
    """What may change on a work center; an absent field stays as it is."""

    code: Code | None = None
    name: Name | None = None


class WorkCenterAnswer(Answer):
    """A line or cell."""

    id: UUID
    version: int
    plant_id: UUID
    code: str
    name: str
    is_active: bool
    created_at: Instant
    updated_at: Instant


class MachineCreate(Request):
    """A machine (ISA-95 work unit) as a planner enters it."""

    plant_id: UUID
    machine_code: Code
    name: Name
    description: Text | None = None
    machine_type: Name | None = None
    work_center_id: UUID | None = None
    life_cycle: LifeCycle = LifeCycle.IN_SERVICE
    capacity_units_per_hour: Quantity | None = None
    ideal_cycle_seconds: CycleSeconds | None = None
    micro_stop_seconds: Seconds = 120.0
    """A stop up to this long without a reason is a micro-stop (120 s: UMH's default)."""
    station_id: UUID | None = None
    on_delay_seconds: DelaySeconds = 0.5
    off_delay_seconds: DelaySeconds = 1.0
    stale_seconds: CycleSeconds | None = None
    idle_after_seconds: CycleSeconds | None = None
    """How signals become the state: see `stations.configuration.MachineConfiguration`."""
    installation_date: date | None = None
    manufacturer: Name | None = None
    model_number: Name | None = None
    serial_number: Name | None = None
    purchase_cost: Money | None = None
    location: Text | None = None


class MachineReplace(MachineCreate):
    """PUT: every field is set; what is absent gets its default."""


class MachineUpdate(Request):
    """PATCH: an absent field stays as it is, null clears it where it may be empty."""

    work_center_id: UUID | None = None
    machine_code: Code | None = None
    name: Name | None = None
    description: Text | None = None
    machine_type: Name | None = None
    life_cycle: LifeCycle | None = None
    capacity_units_per_hour: Quantity | None = None
    ideal_cycle_seconds: CycleSeconds | None = None
    micro_stop_seconds: Seconds | None = None
    station_id: UUID | None = None
    on_delay_seconds: DelaySeconds | None = None
    off_delay_seconds: DelaySeconds | None = None
    stale_seconds: CycleSeconds | None = None
    idle_after_seconds: CycleSeconds | None = None
    installation_date: date | None = None
    manufacturer: Name | None = None
    model_number: Name | None = None
    serial_number: Name | None = None
    purchase_cost: Money | None = None
    location: Text | None = None


class Live(Answer):
    """What a machine does now, as the board shows it.

    Attributes:
        state: unknown too when the signals fell silent; of that nothing is told on the event stream, for nothing
            happens then.
        since: start of the open state interval, or of the silence.
        believed_until: when the signals count as silent unless newer ones come: `state` is then unknown, since the last
            one. Who shows it for longer changes it by himself or asks again. None where no signal is waited for.
        good, scrap, total: counted since the start of the plant's day (`counted_from`).
        last_signal_at: newest moment a good signal of this machine is known for; the age of the data.
        station_silent_since: of a state a person said, when the PC of the machine's station was heard last, where that
            is too long ago: since then nobody there could say otherwise.
        signals_say: what the signals tell now, whoever said `state`; None where none is believed.
        has_signals: tags in use tell its state; without them what a person says holds until another person's word.
        person: who said `state`, as named then or by their account; None of signals' states.
        person_is_verified: whether the server knows that it was they; None without account.
        word_id: by which what was said in the office is taken back; None of a station's words and of signals.
    """

    machine_id: UUID
    state: MachineState = MachineState.UNKNOWN
    source: StateSource = StateSource.SIGNAL
    since: Instant | None = None
    reason: str | None = None
    alarms: list[str] = Field(default_factory=list)
    good: Decimal = Decimal(0)
    scrap: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    counted_from: Instant | None = None
    last_signal_at: Instant | None = None
    believed_until: Instant | None = None
    station_silent_since: Instant | None = None
    signals_say: MachineState | None = None
    has_signals: bool = False
    person: str | None = None
    person_is_verified: bool | None = None
    word_id: UUID | None = None


class MachineAnswer(Answer):
    """A machine with what it does now.

    `current_work_order_id` is derived by the room of production, `last_maintenance_date` and `next_maintenance_due` by
    that of maintenance; they are null where no such room answers.
    """

    id: UUID
    version: int
    plant_id: UUID
    plant_name: str | None = None
    work_center_id: UUID | None
    work_center_name: str | None = None
    machine_code: str
    name: str
    description: str | None
    machine_type: str | None
    life_cycle: LifeCycle
    status: DerivedStatus
    capacity_units_per_hour: Decimal | None
    ideal_cycle_seconds: float | None
    micro_stop_seconds: float
    station_id: UUID | None = None
    on_delay_seconds: float = 0.5
    off_delay_seconds: float = 1.0
    stale_seconds: float | None = None
    idle_after_seconds: float | None = None
    installation_date: date | None
    manufacturer: str | None
    model_number: str | None
    serial_number: str | None
    purchase_cost: Decimal | None
    location: str | None
    current_work_order_id: UUID | None = None
    last_maintenance_date: date | None = None
    next_maintenance_due: date | None = None
    is_active: bool
    created_at: Instant
    updated_at: Instant
    live: Live


class StateInterval(Answer):
    """One stretch of one state. A machine's intervals tile time: no hole, no overlap; the open one has no end."""

    id: UUID
    machine_id: UUID
    state: MachineState
    source: StateSource
    started_at: Instant
    ended_at: Instant | None
    duration_seconds: float | None
    """None while open."""
    stop_class: StopClass | None
    """As its downtime event says; of several that which still asks. None while running, and of an event that goes on.
    """
    cause_source: CauseSource | None = None
    """Who tells why, as its downtime event says; None while running, and where nobody and nothing does."""
    reason: str | None
    alarms: list[str]
    good: Decimal
    scrap: Decimal
    note: str | None = None
    person: str | None = None
    """Who said the state, where a person did."""
    person_id: UUID | None = None
    person_is_verified: bool | None = None
    """False where only the list at the station names the account."""
    confirmed_by_name: str | None = None
    """Who confirmed with badge and PIN that it overrides what the signals said."""


class CountPoint(Answer):
    """Parts counted in one bucket of time."""

    started_at: Instant
    good: Decimal
    scrap: Decimal
    total: Decimal


class CountSeries(Answer):
    """Counts over time in equal buckets; empty buckets are present with zeros."""

    machine_id: UUID
    bucket_seconds: int
    points: list[CountPoint]


class CounterIncident(Answer):
    """A counter that went back (`counter_reset`) or leapt (`counter_jumped`), for people to look at.

    Attributes:
        raw_from, raw_to: register values before and after.
        added: parts taken as made since a reset; None for a leap, which added none.
        tag_name, device_id, device_name: of the counter; None where they are out of the caller's sight.
    """

    id: UUID
    machine_id: UUID
    tag_id: UUID
    tag_name: str | None = None
    device_id: UUID | None = None
    device_name: str | None = None
    kind: str
    at: Instant
    raw_from: int
    raw_to: int
    added: int | None


class SamplePoint(Answer):
    """One recorded value of a tag; `quality` as in `stations.events.Quality`.

    `text` holds strings, and whole numbers that a float can't hold exactly.
    """

    at: Instant
    number: float | None
    text: str | None
    quality: str


class StateTotal(Answer):
    """Time spent in one state."""

    state: MachineState
    seconds: float
    share: float | None


class Utilization(Answer):
    """Share of time in production against a time base that is named, so nobody compares unlike figures.

    `basis` is `clock_time` until calendars exist: every second of the period counts, breaks and nights too, and time
    of which nothing is known (`known_seconds` says how much is).
    `utilization` is None when nothing is known for the whole period.
    """

    machine_id: UUID
    basis: str = "clock_time"
    from_: Instant = Field(alias="from", serialization_alias="from")
    to: Instant
    period_seconds: float
    known_seconds: float
    producing_seconds: float
    utilization: float | None
    by_state: list[StateTotal]


class StatusChange(Request):
    """A person sets the state of a machine that has no signals, or corrects it."""

    state: MachineState
    reason: Name | None = None
    note: Text | None = None
    at: Instant | None = None
    """When it began; now if absent. Not in the future and not before the open interval."""
