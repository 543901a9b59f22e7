"""What the page knows of machines: folded from events, so that what was committed is what is shown.

floor = Floor.load(stored)
floor = floor.after(events, zones)     # the same events give the same floor, however they are cut
state = floor.dump(events)             # to be committed with them
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from uuid import UUID

from pydantic import TypeAdapter
from unison_domain.machines.calls import CallAnswer, CallKind, CallLife
from unison_domain.machines.contracts import CountKind, MachineState
from unison_domain.machines.count_corrections import CorrectedDay
from unison_domain.machines.counter import needs_review
from unison_domain.machines.stop_causes import StopCause
from unison_domain.stations.contracts import MachineReport
from unison_domain.stations.events import (
    CallChanged,
    Counted,
    Event,
    StateChanged,
    StateDetailed,
    StateSet,
    StopReasoned,
)

from unison_station.operator.stops import STOPPED_STATES, Stop, caused, ended, kept, unsaid

CALL_KEPT = timedelta(minutes=1)
"""How long a call that ended is remembered, so that its end can be taken back."""

KEY = "operator"


@dataclass(frozen=True, slots=True)
class MachineNotes:
    """One machine: its open state and its last stops, oldest first.

    Attributes:
        by_hand: a person said the state. confirmed_by: who confirmed that it stands against the signals.
    """

    state: MachineState
    since: datetime
    by_hand: bool = False
    person: str | None = None
    stops: tuple[Stop, ...] = ()
    confirmed_by: str | None = None

    @property
    def stop(self) -> Stop | None:
        """The stop that lasts."""
        return self.stops[-1] if self.stops and self.stops[-1].ended_at is None else None


@dataclass(frozen=True, slots=True)
class DayCount:
    """Parts of one day of the plant; parts of a part only where counts were put right.

    Attributes:
        waiting: those of a gap that wait for a person in the office (`needs_review`), which the others leave out. As
            they are kept they are all that ever waited; what was decided of them is told beside (`made_on`).
    """

    day: date
    good: int | Decimal = 0
    scrap: int | Decimal = 0
    total: int | Decimal = 0
    waiting: Mapping[CountKind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call, also for a moment after it ended."""

    machine_id: UUID
    called: CallKind
    life: CallLife
    person: str | None = None

    @property
    def ended_at(self) -> datetime | None:
        """When nobody waited any more."""
        return self.life.done_at or self.life.withdrawn_at


@dataclass(frozen=True, slots=True)
class Floor:
    """All machines of an agent.

    Attributes:
        uses: how often each reason was given here, so that the frequent ones come first.
        corrected: what the server put right of the counts of a day, to be added to them.
    """

    machines: Mapping[UUID, MachineNotes] = field(default_factory=dict)
    counts: Mapping[UUID, DayCount] = field(default_factory=dict)
    calls: Mapping[UUID, OpenCall] = field(default_factory=dict)
    uses: Mapping[UUID, int] = field(default_factory=dict)
    corrected: Mapping[UUID, CorrectedDay] = field(default_factory=dict)

    @classmethod
    def load(cls, stored: Mapping[str, bytes]) -> Floor:
        """What `dump` gave, over all its keys. Raises ValueError when it is no such thing."""
        machines, counts = {}, {}
        for key, value in stored.items():
            match key.split(":"):
                case [owner, "machine", id_] if owner == KEY:
                    machines[UUID(id_)] = _NOTES.validate_json(value)
                case [owner, "counts", id_] if owner == KEY:
                    counts[UUID(id_)] = _COUNT.validate_json(value)
        calls = _CALLS.validate_json(stored.get(_CALLS_KEY, b"{}"))
        uses = _USES.validate_json(stored.get(_USES_KEY, b"{}"))
        return cls(machines, counts, calls, uses, _CORRECTED.validate_json(stored.get(_CORRECTED_KEY, b"{}")))

    def beginning_with(self, reports: Iterable[MachineReport]) -> Floor:
        """With machines that were followed before anybody kept notes of them: they are in a state without a history."""
        unknown = [report for report in reports if report.machine_id not in self.machines]
        notes = {
            one.machine_id: MachineNotes(one.state, one.since, stops=_stops_after(None, one.state, one.since, None))
            for one in unknown
        }
        return replace(self, machines={**self.machines, **notes})

    def after(
        self, events: Iterable[Event], zones: Mapping[UUID, tzinfo], micro_stops: Mapping[UUID, float] | None = None
    ) -> Floor:
        """The floor when these happened.

        Args:
            events: in their order.
            zones: of the machines' plants, UTC for others.
            micro_stops: seconds up to which a stop of a machine asks nobody, 0 for others.
        """
        floor = self
        for event in events:
            floor = floor._after_one(event, zones, micro_stops or {})
        return floor

    def told(self, answers: Iterable[CallAnswer], now: datetime) -> Floor:
        """The floor when the desktop's words to calls are known; what contradicts a word from here is left out."""
        calls = dict(self.calls)
        for answer in answers:
            call = calls.get(answer.id)
            if call is not None and call.life.is_open:
                calls[answer.id] = replace(call, life=_answered(call.life, answer, now))
        return replace(self, calls=calls)

    def told_cause(self, cause: StopCause, asked: Stop) -> Floor:
        """The floor when the office's cause of this stop is known; one that is another by now stays as it is."""
        notes = self.machines.get(cause.machine_id)
        if notes is None or all(stop is not asked for stop in notes.stops):
            return self
        stops = tuple(caused(stop, cause) if stop is asked else stop for stop in notes.stops)
        return replace(self, machines={**self.machines, cause.machine_id: replace(notes, stops=stops)})

    def stop_at(self, machine: UUID, started_at: datetime) -> Stop | None:
        """The machine's stop that began then."""
        notes = self.machines.get(machine)
        return next((stop for stop in notes.stops if stop.started_at == started_at), None) if notes else None

    def dump(self, events: Iterable[Event]) -> dict[str, bytes]:
        """What changed by these events, by key; a part of the agent's state."""
        dumped: dict[str, bytes] = {}
        for event in events:
            match event:
                case Counted(machine_id=UUID() as machine):
                    dumped[f"{KEY}:counts:{machine}"] = _COUNT.dump_json(self.counts[machine])
                case StateChanged() | StateDetailed() | StateSet() | StopReasoned():
                    dumped |= self.dump_machines([event.machine_id])
                    if isinstance(event, StopReasoned):
                        dumped[_USES_KEY] = _USES.dump_json(dict(self.uses))
                case CallChanged():
                    dumped |= self.dump_calls()
        return dumped

    def dump_machines(self, ids: Iterable[UUID]) -> dict[str, bytes]:
        """These machines alone, by key."""
        return {f"{KEY}:machine:{id_}": _NOTES.dump_json(self.machines[id_]) for id_ in ids if id_ in self.machines}

    def dump_calls(self) -> dict[str, bytes]:
        """The calls alone, by key."""
        return {_CALLS_KEY: _CALLS.dump_json(dict(self.calls))}

    def dump_corrected(self) -> dict[str, bytes]:
        """What was put right of counts alone, by key."""
        return {_CORRECTED_KEY: _CORRECTED.dump_json(dict(self.corrected))}

    def made_on(self, machine: UUID, day: date) -> DayCount:
        """Parts of that day, with what was put right of them, and without what was decided among those that wait."""
        count, corrected = self.counts.get(machine), self.corrected.get(machine)
        made = count if count is not None and count.day == day else DayCount(day)
        if corrected is None or corrected.day != day:
            return made
        kinds = (CountKind.GOOD, CountKind.SCRAP, CountKind.TOTAL)
        sums = {kind: getattr(made, kind) + getattr(corrected, kind) for kind in kinds}
        left = {kind: parts - corrected.settled.get(kind, 0) for kind, parts in made.waiting.items()}
        return replace(made, **sums, waiting={kind: parts for kind, parts in left.items() if parts > 0})

    def _after_one(self, event: Event, zones: Mapping[UUID, tzinfo], micro_stops: Mapping[UUID, float]) -> Floor:
        match event:
            case Counted(machine_id=UUID() as machine):
                day = event.at.astimezone(zones.get(machine, UTC)).date()
                return replace(self, counts={**self.counts, machine: _counted(self.counts.get(machine), event, day)})
            case StateChanged() | StateDetailed() | StateSet():
                notes = _entered(self.machines.get(event.machine_id), event)
                return self._with(event.machine_id, notes, micro_stops.get(event.machine_id, 0.0))
            case StopReasoned():
                return self._reasoned(event)
            case CallChanged():
                return replace(self, calls=_called(self.calls, event))
        return self

    def _with(self, machine: UUID, notes: MachineNotes | None, micro_stop: float) -> Floor:
        if notes is None:
            return self
        fewer = replace(notes, stops=kept(notes.stops, micro_stop))
        return replace(self, machines={**self.machines, machine: fewer})

    def _reasoned(self, event: StopReasoned) -> Floor:
        notes, stop = self.machines.get(event.machine_id), self.stop_at(event.machine_id, event.started_at)
        if notes is None or stop is None:
            return self
        said = unsaid(stop)
        if event.reason_id is not None:
            said = replace(
                said,
                reason_id=event.reason_id,
                person=event.person,
                person_id=event.person_id,
                person_is_verified=event.person_is_verified,
                confirmed_by=event.backing.person if event.backing else None,
            )
        stops = tuple(said if one is stop else one for one in notes.stops)
        uses = dict(self.uses)
        if event.reason_id is not None:
            uses[event.reason_id] = uses.get(event.reason_id, 0) + 1
        machines = {**self.machines, event.machine_id: replace(notes, stops=stops)}
        return replace(self, machines=machines, uses=uses)


_NOTES = TypeAdapter(MachineNotes)
_COUNT = TypeAdapter(DayCount)
_CALLS = TypeAdapter(dict[UUID, OpenCall])
_USES = TypeAdapter(dict[UUID, int])
_CORRECTED = TypeAdapter(dict[UUID, CorrectedDay])
_CALLS_KEY, _USES_KEY, _CORRECTED_KEY = f"{KEY}:calls", f"{KEY}:uses", f"{KEY}:corrected"


def _counted(before: DayCount | None, event: Counted, day: date) -> DayCount:
    """A count of an earlier day than the newest is of a part that is told late; it belongs to no day shown any more."""
    count = before if before is not None and before.day >= day else DayCount(day)
    if count.day > day or event.count is CountKind.UNKNOWN:
        return count
    if needs_review(event) is not None:
        waiting = {**count.waiting, event.count: count.waiting.get(event.count, 0) + event.delta}
        return replace(count, waiting=waiting)
    return replace(count, **{event.count: getattr(count, event.count) + event.delta})


def _entered(before: MachineNotes | None, event: StateChanged | StateDetailed | StateSet) -> MachineNotes | None:
    match event:
        case StateChanged():
            return _by_signals(before, event)
        case StateDetailed():
            return _detailed(before, event)
        case StateSet():
            return _by_hand(before, event)


def _by_signals(before: MachineNotes | None, event: StateChanged) -> MachineNotes:
    opened = event.opened
    signals = opened.reason or next(iter(opened.alarms), None)
    since = opened.started_at if before is None else max(opened.started_at, before.since)
    return MachineNotes(opened.state, since, stops=_stops_after(before, opened.state, since, signals))


def _by_hand(before: MachineNotes | None, event: StateSet) -> MachineNotes:
    """A word for the same moment as the one before stands in its place."""
    if before is not None and before.since >= event.started_at:
        before = replace(before, since=event.started_at, stops=_reopened(before.stops, event.started_at))
    stops = _stops_after(before, event.state, event.started_at, None)
    confirmed_by = event.backing.person if event.backing else None
    return MachineNotes(event.state, event.started_at, True, event.person, stops, confirmed_by)


def _detailed(before: MachineNotes | None, event: StateDetailed) -> MachineNotes | None:
    signals = event.reason or next(iter(event.alarms), None)
    if before is None or before.stop is None or before.stop.signals is not None or signals is None:
        return before
    return replace(before, stops=(*before.stops[:-1], replace(before.stop, signals=signals, office_asks=None)))


def _reopened(stops: tuple[Stop, ...], moment: datetime) -> tuple[Stop, ...]:
    kept = tuple(stop for stop in stops if stop.started_at < moment)
    if kept and kept[-1].ended_at == moment:
        return (*kept[:-1], replace(kept[-1], ended_at=None))
    return kept


def _stops_after(
    before: MachineNotes | None, state: MachineState, started_at: datetime, signals: str | None
) -> tuple[Stop, ...]:
    stops, lasting = (before.stops, before.stop) if before is not None else ((), None)
    if state not in STOPPED_STATES:
        return stops if lasting is None else (*stops[:-1], *ended(lasting, started_at))
    if lasting is None:
        return (*stops, Stop(started_at, state, signals=signals))
    said = state if lasting.state is MachineState.STOPPED else lasting.state
    return (*stops[:-1], replace(lasting, state=said, signals=lasting.signals or signals, office_asks=None))


def _answered(life: CallLife, answer: CallAnswer, now: datetime) -> CallLife:
    """Moments are those in which it was heard here: the server's clock may be another."""
    if answer.answered_at is not None:
        life = life.answered(now)
    try:
        return life.moved(answer.state, now)
    except ValueError:
        return life


def _called(calls: Mapping[UUID, OpenCall], event: CallChanged) -> dict[UUID, OpenCall]:
    kept = {id_: call for id_, call in calls.items() if call.ended_at is None or event.at - call.ended_at < CALL_KEPT}
    known = calls.get(event.call_id)
    if known is None:
        return {**kept, event.call_id: OpenCall(event.machine_id, event.called, CallLife(event.at), event.person)}
    life = known.life.taken_back(event.state) if event.takes_back else known.life.moved(event.state, event.at)
    return {**kept, event.call_id: replace(known, life=life)}
