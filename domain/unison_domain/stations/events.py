"""Events a station sends, each a fact with its time; `batch.py` is what they travel in.

An event is one flat JSON object: `seq`, `kind`, `v` (version of the kind), `at`, then the fields of its kind.
`seq` grows by one within an agent's epoch, and order is the order of `seq`, never of `at`. The server keeps unknown
fields and quarantines unknown kinds, so an agent newer than the server loses nothing.

An event may say `recovered_from`, a list of `[epoch, seq]`: its buffer was corrupt, so it was given a new number, but
it may have arrived under one of these. The server then acknowledges it without effect. One that was refused for good
and is sent again says `first_seq`, the number it had before.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
)

from unison_domain.codes.events import ScanTaken, ScanUndone
from unison_domain.kernel.contracts import Instant, Text
from unison_domain.machines.calls import CallKind, CallState
from unison_domain.machines.contracts import CountKind, MachineState
from unison_domain.machines.gaps import GapRun
from unison_domain.quality.events import ReadingTaken, ReadingUndone
from unison_domain.stations.fact import Fact, LeaseNumber, SaidByPerson
from unison_domain.stations.peripheral_events import PeripheralChanged
from unison_domain.stations.picture_events import PictureKept, PicturesLost
from unison_domain.stations.refused_values import ValueRefused
from unison_domain.stations.sign_on_events import SignOnTold


class Quality(StrEnum):
    """How far a value may be trusted."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    """Read, but suspect: the first read after a time-out, or a jump not yet confirmed."""
    BAD = "bad"
    """Refused by the device, a sentinel, or outside its range; there may be a raw value."""
    STALE = "stale"
    """No answer; the last value is too old."""


Value = Annotated[StrictInt | StrictFloat | StrictBool | StrictStr | None, Field(union_mode="left_to_right")]
"""What a tag may say. Strict types in order of how often they come: the first that fits is the only one that does."""


class Sample(Fact):
    """One value of one tag.

    Attributes:
        raw: the number before scaling, absent where it equals `value`.
        source: what it was read from (`machines.sources.raw_source_of`); None from agents that did not say.
    """

    kind: Literal["sample"] = "sample"
    tag_id: UUID
    lease: LeaseNumber = 0
    source: Annotated[StrictInt, Field(ge=0, lt=2**31)] | None = None
    value: Value
    quality: Quality = Quality.GOOD
    raw: int | float | str | None = None


class OpenedInterval(BaseModel):
    """The state interval that begins."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: UUID
    state: MachineState
    started_at: Instant
    reason: str | None = None
    alarms: tuple[str, ...] = ()


class ClosedInterval(BaseModel):
    """The state interval that ends where the opened one begins."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: UUID
    state: MachineState
    started_at: Instant
    reason: str | None = None
    alarms: tuple[str, ...] = ()


class StateChanged(Fact):
    """A machine went from one state to another at `opened.started_at`: one event, so intervals tile by construction.

    `at` is when it was decided; `opened.started_at` may lie before it (debounce, last good signal). `lease` is the
    newest of those the agent holds the machine's tags under.
    """

    kind: Literal["state_changed"] = "state_changed"
    machine_id: UUID
    lease: LeaseNumber = 0
    opened: OpenedInterval
    closed: ClosedInterval | None = None


class StateDetailed(Fact):
    """More became known of the open interval: later alarms, the first-out reason."""

    kind: Literal["state_detailed"] = "state_detailed"
    machine_id: UUID
    lease: LeaseNumber = 0
    interval_id: UUID
    reason: str | None = None
    alarms: tuple[str, ...] = ()


class Counted(Fact):
    """A counter advanced by `delta` between `started_at` and `at`; by 0 at the first look, which is where it begins.

    Attributes:
        raw_from, raw_to: register values the delta was taken from.
        remainder: steps of the register up to `raw_to` that make no whole part yet, as in `machines.counter`.
        steps: how far the register moved since parts of it were told last; None from agents that did not say.
        across_gap: the agent or the machine was away in between.
        gap_run: what the machine did around a gap (`machines.gaps`); None where nobody knows, or need not ask.
        rolled_over: the counter passed its modulus.
        after_reset: the counter began anew in between, at 0; parts it made before that are lost.
    """

    kind: Literal["counted"] = "counted"
    machine_id: UUID | None = None
    tag_id: UUID
    lease: LeaseNumber = 0
    count: CountKind
    delta: Annotated[int, Field(ge=0)]
    started_at: Instant
    raw_from: int | None = None
    raw_to: int
    remainder: Annotated[int, Field(ge=0)] = 0
    steps: Annotated[int, Field(ge=0, lt=2**64)] | None = None
    across_gap: bool = False
    gap_run: GapRun | None = None
    rolled_over: bool = False
    after_reset: bool = False


class CounterReset(Fact):
    """A counter went back and it was no rollover; `added` parts were taken as made since, told by a `counted` too."""

    kind: Literal["counter_reset"] = "counter_reset"
    machine_id: UUID | None = None
    tag_id: UUID
    lease: LeaseNumber = 0
    raw_from: int
    raw_to: int
    added: int


class CounterJumped(Fact):
    """A counter leapt further than its greatest rate allows, twice the same: nothing was added, a person decides."""

    kind: Literal["counter_jumped"] = "counter_jumped"
    machine_id: UUID | None = None
    tag_id: UUID
    lease: LeaseNumber = 0
    raw_from: int
    raw_to: int


class CounterRebased(Fact):
    """A counter of a machine reads something else from here on: it begins anew and counts nothing of the difference.

    `forced`: a person wanted it in the middle of a run; parts made in that moment may be missing.
    """

    kind: Literal["counter_rebased"] = "counter_rebased"
    machine_id: UUID
    tag_id: UUID
    lease: LeaseNumber = 0
    forced: bool = False


class StateSet(SaidByPerson):
    """A person at the station says what a machine does, where no signal does.

    Attributes:
        id: of the interval that begins at `started_at`.
    """

    kind: Literal["state_set"] = "state_set"
    id: UUID
    machine_id: UUID
    state: MachineState
    started_at: Instant
    reason_id: UUID | None = None
    note: Text | None = None


class StopReasoned(SaidByPerson):
    """A person at the station says why a machine stood, from `started_at` to `ended_at` (None: as long as it stands).

    Attributes:
        id: of this word, so that it counts once however it comes.
        reason_id: None takes back what was said at this station about that time: nobody says why any more.
        seen_reason_id: the reason that was on the page when the person chose: the server refuses to overwrite another
            person's newer word with an older one.
        undoes: the word it takes back a moment after; what stood before stands again, as whoever's it was.
    """

    kind: Literal["stop_reasoned"] = "stop_reasoned"
    id: UUID
    machine_id: UUID
    started_at: Instant
    ended_at: Instant | None = None
    reason_id: UUID | None
    seen_reason_id: UUID | None = None
    undoes: UUID | None = None
    note: Text | None = None


class CallChanged(SaidByPerson):
    """Somebody was called to a machine, arrived, or is done. The same `call_id` through a call's whole life.

    Attributes:
        takes_back: the step before was a mistake; the call is in `state` again.
    """

    kind: Literal["call_changed"] = "call_changed"
    call_id: UUID
    machine_id: UUID
    called: CallKind
    state: CallState
    takes_back: bool = False
    note: Text | None = None


class CommandAnswered(Fact):
    """What came of a command of the server (`stations.commands`)."""

    kind: Literal["command_answered"] = "command_answered"
    command_id: UUID
    ok: bool
    message: Text | None = None
    answer: dict[str, Any] = Field(default_factory=dict)


class DeviceState(StrEnum):
    """How a device answers."""

    ONLINE = "online"
    DEGRADED = "degraded"
    """Answers, but some tags are refused or bad."""
    OFFLINE = "offline"


class DeviceChanged(Fact):
    """A device went on line, off line, or began to refuse some tags; `message` says why."""

    kind: Literal["device_changed"] = "device_changed"
    device_id: UUID
    state: DeviceState
    message: str | None = None


class AgentStarted(Fact):
    """The agent began to run: first event of every start."""

    kind: Literal["agent_started"] = "agent_started"
    version: str
    boot_id: str
    clean_stop: bool
    """The run before ended in order."""


class ClockStepped(Fact):
    """The PC's wall clock jumped against its monotonic clock, or the stamps leapt forward to a server put right."""

    kind: Literal["clock_stepped"] = "clock_stepped"
    delta_seconds: float


class Gap(Fact):
    """Events that are lost, so that nobody takes silence for calm. `lost` counts them by kind.

    `server_restored`: the server lacks what it had acknowledged so long ago that its agent forgot it. `discarded`:
    somebody gave up what the server had refused; `message` is why.

    Attributes:
        is_counted: False where any number more than `lost` may be missing.
    """

    kind: Literal["gap"] = "gap"
    reason: Literal["buffer_full", "buffer_corrupt", "server_restored", "discarded"]
    lost: dict[str, int]
    is_counted: bool = True
    message: str | None = None


Event = Annotated[
    Sample
    | StateChanged
    | StateDetailed
    | Counted
    | CounterReset
    | CounterJumped
    | CounterRebased
    | StateSet
    | StopReasoned
    | CallChanged
    | CommandAnswered
    | ScanTaken
    | ScanUndone
    | ReadingTaken
    | ReadingUndone
    | PictureKept
    | PicturesLost
    | ValueRefused
    | SignOnTold
    | DeviceChanged
    | PeripheralChanged
    | AgentStarted
    | ClockStepped
    | Gap,
    Field(discriminator="kind"),
]
"""Any event this version knows."""
