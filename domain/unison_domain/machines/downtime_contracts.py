"""What crosses the network about downtime: stops with their causes, the tree of reasons, and alarms that mean one.

A downtime event is no stored row: it is derived from the states of a machine and from what people said about that
time. Its `id` is the id of the state or of the word it begins with and stays the same when a cause is given. Its
`version` is the number of the last change that touched it (0: none yet), sent back as `If-Match`; when somebody else
changed it meanwhile, the answer is a 409 with the event as it is now.

Under `/api/v1`, changes answer the event (the earlier one after a split):

- `GET /downtime-events` (`/export` as CSV): newest first, `machine_id`, `plant_id`, `from`, `to`, `downtime_category`,
  `downtime_reason_id`, `unassigned`, `min_seconds`, `limit`, `cursor`. A page may be short, even empty, and still have
  a `next_cursor`: go on until there is none. `limit` counts stops; one with several causes gives several events.
- `GET /downtime-events/unassigned`: the queue, oldest first; `plant_id`, `machine_id`, `min_seconds`, `from` (without
  it two weeks back), `to`.
- `GET /downtime-events/summary`, `GET /downtime-events/{id}`, `GET /downtime-events/{id}/changes`
- `POST /downtime-events`, and with `If-Match` `POST /downtime-events/{id}/assign|annotate|split|merge|undo`
- `/downtime-reasons` (and `POST /downtime-reasons/defaults`), `/alarm-reasons`: master records
- `GET /alarm-reasons/known`: alarms a rule can be about, in order of their texts; `machine_id`, `machine_type`
"""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from unison_domain.kernel.contracts import Answer, Instant, Name, OpenEnum, Request, Text
from unison_domain.machines.contracts import CauseSource, MachineState, Seconds, StopClass

ReasonNumber = Annotated[int, Field(ge=100, le=999)]
"""Its hundreds are the class (`machines.reasons.ReasonClass`)."""


class DowntimeCategory(OpenEnum):
    """The class of a reason as a word, in the order of `ReasonClass`."""

    FAILURE = "failure"
    SETUP = "setup"
    MATERIAL = "material"
    QUALITY = "quality"
    OPERATOR = "operator"
    EXTERNAL = "external"
    ORGANIZATION = "organization"
    PLANNED = "planned"
    OTHER = "other"
    UNKNOWN = "unknown"


class DowntimeChangeKind(OpenEnum):
    """What somebody did to the causes of a stretch of time."""

    ENTERED = "entered"
    ASSIGNED = "assigned"
    SPLIT = "split"
    MERGED = "merged"
    ANNOTATED = "annotated"
    UNDONE = "undone"
    STATED = "stated"
    """Said at the station, perhaps without the server."""
    UNKNOWN = "unknown"


class DowntimeReasonCreate(Request):
    """A reason of the tree. A child's number is above its parent's and in the same hundred: 100, 110, 111.

    Attributes:
        machine_types: kinds of machines it is offered for; empty means all.
    """

    number: ReasonNumber
    name: Name
    parent_id: UUID | None = None
    machine_types: tuple[Name, ...] = ()


class DowntimeReasonUpdate(Request):
    """What may change on a reason; an absent field stays as it is. Its number keeps its meaning for old stops."""

    name: Name | None = None
    parent_id: UUID | None = None
    machine_types: tuple[Name, ...] | None = None
    is_active: bool | None = None


class DowntimeReasonAnswer(Answer):
    """A reason of the tree; lists come in order of the number."""

    id: UUID
    version: int
    number: int
    name: str
    parent_id: UUID | None
    category: DowntimeCategory
    is_failure: bool
    """Whether its stops count in MTBF and MTTR (ISO 22400-2)."""
    machine_types: list[str]
    is_active: bool
    created_at: Instant
    updated_at: Instant


class AlarmReasonCreate(Request):
    """An alarm (its text, as its tag names it) means a reason: everywhere, for a kind of machines, or for one.

    The more specific wins: machine, then type, then everywhere.

    Attributes:
        also_past: False: only for stops that begin from now on.
    """

    alarm: Name
    downtime_reason_id: UUID
    machine_type: Name | None = None
    machine_id: UUID | None = None
    also_past: bool = True


class AlarmReasonUpdate(Request):
    """What may change on it; an absent field stays as it is.

    Attributes:
        also_past: True: the change is of past stops too, and what the rule gave before is forgotten. Else stops that
            began before it keep what they had.
    """

    downtime_reason_id: UUID | None = None
    is_active: bool | None = None
    also_past: bool = False


class AlarmReasonAnswer(Answer):
    """An alarm and the reason it means.

    Attributes:
        holds_since: of stops that began since then; None: of all.
    """

    id: UUID
    version: int
    alarm: str
    downtime_reason_id: UUID
    machine_type: str | None
    machine_id: UUID | None
    is_active: bool
    holds_since: Instant | None = None
    created_at: Instant
    updated_at: Instant


class KnownAlarm(Answer):
    """An alarm that machines may tell: configured on a tag of theirs, or told in one of their newest stops.

    Attributes:
        is_configured: whether a tag in use names it so.
        stops: in how many of the newest stops that were looked at it came first, which is what a rule goes by.
        last_at: when the newest stop began in which it was seen at all.
    """

    alarm: str
    is_configured: bool
    stops: int = 0
    last_at: Instant | None = None


class DowntimeEvent(Answer):
    """A stretch of time a machine stood for one cause.

    Attributes:
        downtime_reason_code: number of the reason as text; None while only the class is known, or nothing.
        downtime_category: class of the cause; None for an unspecified stop.
        cause_source: who said so; None for an unspecified stop.
        is_failure: whether a person or a mapped alarm gives it a reason of the class failure; one that is only inferred
            from a fault is no failure yet.
        stop_class: how reporting reads it; None while it goes on.
        machine_reason_id: what the machine's alarm is mapped to, kept beside what a person says.
        first_out_alarm: the alarm that came first. alarms: all that were seen.
        states: what the machine's states were meanwhile, in order.
        reported_by: account of who said the cause; reported_by_name: what they are called, or as typed at a station.
        reported_by_is_verified: False where only the list at the station names the account; None without one.
        resolved_by: user who wrote the resolution notes.
        created_at: when the cause was first said; None where nobody did.
        work_order_id: None until orders are known.
    """

    id: UUID
    version: int
    machine_id: UUID
    machine_code: str
    machine_name: str
    plant_id: UUID
    work_order_id: UUID | None = None
    started_at: Instant
    ended_at: Instant | None
    duration_seconds: float
    """Up to now while it goes on."""
    duration_minutes: float
    downtime_reason_id: UUID | None
    downtime_reason_code: str | None
    downtime_reason_name: str | None
    downtime_category: DowntimeCategory | None
    cause_source: CauseSource | None
    is_failure: bool
    stop_class: StopClass | None
    states: list[MachineState]
    first_out_alarm: str | None
    alarms: list[str]
    machine_reason_id: UUID | None
    notes: str | None
    resolution_notes: str | None
    reported_by: UUID | None
    reported_by_name: str | None
    reported_by_is_verified: bool | None = None
    resolved_by: UUID | None
    created_at: Instant | None
    can_undo: bool
    """Whether the last change that touched it can be taken back."""


class DowntimeCreate(Request):
    """A person enters a stop: of a machine without signals, or a part of a stop the signals saw.

    `ended_at` None: as long as the machine stands; for that it must be standing now. The reason is given by its id or
    by its code, as in answers.
    """

    machine_id: UUID
    started_at: Instant
    ended_at: Instant | None = None
    downtime_reason_id: UUID | None = None
    downtime_reason_code: Annotated[str, Field(pattern="^[1-9][0-9]{2}$")] | None = None
    notes: Text | None = None
    resolution_notes: Text | None = None

    @model_validator(mode="after")
    def _names_one_reason(self) -> Self:
        if self.downtime_reason_id is not None and self.downtime_reason_code is not None:
            raise ValueError("give downtime_reason_id or downtime_reason_code, not both")
        return self


class DowntimeAssign(Request):
    """`POST /downtime-events/{id}/assign`: the cause of the whole event; None takes the person's reason back."""

    downtime_reason_id: UUID | None
    notes: Text | None = None
    """None leaves the notes as they are."""


class DowntimeAnnotate(Request):
    """`POST /downtime-events/{id}/annotate`: an absent field stays as it is, null clears it."""

    notes: Text | None = None
    resolution_notes: Text | None = None


class DowntimeSplit(Request):
    """`POST /downtime-events/{id}/split`: two events from one. Both keep the cause unless the later gets its own."""

    at: Instant
    later_reason_id: UUID | None = None


class DowntimeMerge(Request):
    """`POST /downtime-events/{id}/merge`: with its neighbour, into one event with one cause.

    Attributes:
        other_id, other_version: the neighbour as it was seen.
        downtime_reason_id: the cause of both; None takes that a person gave one of them, else that an alarm means.
            Where they have two such, the answer is a 409 `two_causes` with both in its `reasons` (`ReasonOfOne`).
    """

    other_id: UUID
    other_version: Annotated[int, Field(ge=0)]
    downtime_reason_id: UUID | None = None


class ReasonOfOne(Answer):
    """A reason that one of two events to be merged has, where the other has another one.

    Attributes:
        by: what the person is called who gave it; None where an alarm tells it, or the name is not known.
    """

    id: UUID
    code: str
    name: str
    by: str | None = None


class DowntimeChange(Answer):
    """One entry of the history of a machine's causes; never changed.

    Attributes:
        number: grows by one with each change of the machine's causes.
        undone: what kind of change this one took back; None where it took back none.
        confirmed_by_name: who confirmed with badge and PIN that another person's reason is put away.
        is_effective: False for a word that came too late to count: somebody had said otherwise since. `remark` says so.
    """

    id: UUID
    machine_id: UUID
    number: int
    kind: DowntimeChangeKind
    undone: DowntimeChangeKind | None = None
    started_at: Instant
    ended_at: Instant | None
    downtime_reason_id: UUID | None
    notes: str | None
    said_at: Instant
    said_by: UUID | None
    said_by_name: str | None
    said_by_is_verified: bool | None = None
    confirmed_by_name: str | None = None
    is_effective: bool
    remark: str | None
    recorded_at: Instant


class DowntimeTotal(Answer):
    """Time lost to one cause.

    Attributes:
        downtime_reason_id, …: None for unspecified stops, or in totals by class.
        events: how many began inside the period; may be 0 beside the seconds of one that began before.
        share: of all downtime; cumulative_share: with those before it (Pareto).
    """

    downtime_category: DowntimeCategory | None
    downtime_reason_id: UUID | None = None
    downtime_reason_code: str | None = None
    downtime_reason_name: str | None = None
    stop_class: StopClass | None = None
    events: int
    seconds: float
    share: float
    cumulative_share: float


class DowntimeSummary(Answer):
    """`GET /downtime-events/summary`: downtime by cause, the greatest first; only the time inside the period counts.

    A stop is judged as a whole and counted in the period it begins in, so adjacent periods add up.

    Attributes:
        ignored_under_seconds: stops shorter than this were left out, runs shorter than `minimum_run_seconds` joined to
            the stops around them; in this report alone.
        micro_stop_seconds: up to which a stop without a reason counted as a micro-stop; None: up to its machine's own.
        failures: events with a reason of the class failure; those of one reason that only a silence parts, in which no
            part was counted, are one, of the period it began in (`machines.failures`).
    """

    from_: Instant = Field(alias="from", serialization_alias="from")
    to: Instant
    ignored_under_seconds: Seconds
    minimum_run_seconds: Seconds
    micro_stop_seconds: Seconds | None = None
    events: int
    failures: int
    micro_stops: int
    seconds: float
    by_category: list[DowntimeTotal]
    by_reason: list[DowntimeTotal]


class Rebuilt(Answer):
    """`POST /machines/{id}/rebuild`: what became of a machine's intervals."""

    machine_id: UUID
    transitions: int
    intervals: int
    seconds: float
