"""What the page knows of machines: folded from events, so that what was committed is what is shown.

floor = Floor.load(stored)
floor = floor.after(events, zones)     # the same events give the same floor, however they are cut
state = floor.dump(events)             # to be committed with them
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import UUID

from pydantic import TypeAdapter
from unison_domain.machines.calls import OPEN, CallAnswer, CallKind, CallLife
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.open_states import OpenState
from unison_domain.machines.stop_causes import StopCause
from unison_domain.machines.stop_parts import with_alarm
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

from unison_station.clock import SETTLED, Line
from unison_station.operator.day_counts import DayCounts
from unison_station.operator.silences import silence_over, with_silence
from unison_station.operator.stops import Stop, caused, ended, followed, kept, reopened, unsaid

CALL_KEPT = timedelta(minutes=1)
"""How long a call that ended is remembered, so that its end can be taken back."""

_APART = timedelta(seconds=2)
"""This PC's clock may be known better now than when a state was told from here."""

KEY = "operator"


@dataclass(frozen=True, slots=True)
class MachineNotes:
    """One machine: its open state and its last stops, oldest first.

    Attributes:
        by_hand: a person said the state. confirmed_by: who confirmed that it stands against the signals.
        is_elsewhere: it was said in the office, and heard from the server.
        former: the state before it; None where that is not known.
        signal_state: the newest that signals told, also while a person's word stands in its place; None before.
    """

    state: MachineState
    since: datetime
    by_hand: bool = False
    person: str | None = None
    stops: tuple[Stop, ...] = ()
    confirmed_by: str | None = None
    former: MachineState | None = None
    signal_state: MachineState | None = None
    is_elsewhere: bool = False

    @property
    def by_signals(self) -> MachineState | None:
        """The newest state that signals told; None where none did."""
        return self.signal_state or (None if self.by_hand else self.state)

    @property
    def stop(self) -> Stop | None:
        """The stop that lasts."""
        return self.stops[-1] if self.stops and self.stops[-1].ended_at is None else None


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
    """

    machines: Mapping[UUID, MachineNotes] = field(default_factory=dict)
    counts: DayCounts = field(default_factory=DayCounts)
    calls: Mapping[UUID, OpenCall] = field(default_factory=dict)
    uses: Mapping[UUID, int] = field(default_factory=dict)

    @classmethod
    def load(cls, stored: Mapping[str, bytes]) -> Floor:
        """What `dump` gave, over all its keys. Raises ValueError when it is no such thing."""
        head = f"{KEY}:machine:"
        notes = {key.removeprefix(head): value for key, value in stored.items() if key.startswith(head)}
        machines = {UUID(id_): _NOTES.validate_json(value) for id_, value in notes.items()}
        calls = _CALLS.validate_json(stored.get(_CALLS_KEY, b"{}"))
        uses = _USES.validate_json(stored.get(_USES_KEY, b"{}"))
        return cls(machines, DayCounts.load(KEY, stored), calls, uses)

    def beginning_with(self, reports: Iterable[MachineReport]) -> Floor:
        """With machines that were followed before anybody kept notes of them: they are in a state without a history."""
        notes = {
            one.machine_id: replace(known, signal_state=known.signal_state or one.state)
            if (known := self.machines.get(one.machine_id))
            else _noted((), None, one.state, one.since, StateSource.SIGNAL, None)
            for one in reports
        }
        return replace(self, machines={**self.machines, **notes})

    def after(
        self,
        events: Iterable[Event],
        zones: Mapping[UUID, tzinfo],
        micro_stops: Mapping[UUID, float] | None = None,
        line: Line = SETTLED,
    ) -> Floor:
        """The floor when these happened.

        Args:
            events: in their order.
            zones: of the machines' plants, UTC for others.
            micro_stops: seconds up to which a stop of a machine asks nobody, 0 for others.
            line: of the boot they were stamped in, by which parts are of a day.
        """
        floor = self
        for event in events:
            floor = floor._after_one(event, zones, micro_stops or {}, line)
        return floor

    def told(self, answers: Iterable[CallAnswer], now: datetime) -> Floor:
        """The floor when the desktop's words to calls are known; what contradicts a word from here is left out.

        An open call that is not known here is of the PC before this one, and goes on here. Moments are by this clock.
        """
        calls = dict(self.calls)
        for answer in answers:
            call = calls.get(answer.id)
            if call is None and answer.state in OPEN:
                life = CallLife(answer.called_at, answer.answered_at, answer.arrived_at)
                calls[answer.id] = OpenCall(answer.machine_id, answer.called, life, answer.person)
            elif call is not None and call.life.is_open:
                calls[answer.id] = replace(call, life=_answered(call.life, answer, now))
        return replace(self, calls=calls)

    def with_calls_of(self, machines: Collection[UUID]) -> Floor:
        """The floor with the calls of these machines alone."""
        return replace(self, calls={id_: call for id_, call in self.calls.items() if call.machine_id in machines})

    def told_state(self, told: OpenState, micro_stop: float, *, has_signals: bool = False) -> Floor:
        """The floor when it is known, by this clock, which state the server has of a machine.

        Args:
            has_signals: they tell its state here, and end what was set by hand.
        """
        before = self.machines.get(told.machine_id)
        notes = _heard_beside_signals(before, told) if has_signals else _heard(before, told)
        return self if notes is before else self._with(told.machine_id, notes, micro_stop)

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
                    dumped |= self.counts.dump_machine(KEY, machine)
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

    def _after_one(
        self, event: Event, zones: Mapping[UUID, tzinfo], micro_stops: Mapping[UUID, float], line: Line
    ) -> Floor:
        match event:
            case Counted(machine_id=UUID() as machine):
                return replace(self, counts=self.counts.after(machine, event, zones.get(machine, UTC), line))
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
_CALLS = TypeAdapter(dict[UUID, OpenCall])
_USES = TypeAdapter(dict[UUID, int])
_CALLS_KEY, _USES_KEY = f"{KEY}:calls", f"{KEY}:uses"


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
    stops, former = ((), None) if before is None else (before.stops, before.state)
    notes = _noted(stops, former, opened.state, since, StateSource.SIGNAL, signals)
    return replace(notes, signal_state=opened.state)


def _by_hand(before: MachineNotes | None, event: StateSet) -> MachineNotes:
    notes = _said(before, event.state, event.started_at, event.person)
    return replace(notes, confirmed_by=event.backing.person if event.backing else None)


def _said(before: MachineNotes | None, state: MachineState, started_at: datetime, person: str | None) -> MachineNotes:
    """A word for the same moment as the one before stands in its place."""
    stops, former = ((), None) if before is None else (before.stops, before.state)
    if before is not None and before.since >= started_at:
        stops, former = reopened(stops, started_at), before.former
    notes = _noted(stops, former, state, started_at, StateSource.PERSON, None)
    return replace(notes, person=person, signal_state=None if before is None else before.by_signals)


def _heard(before: MachineNotes | None, told: OpenState) -> MachineNotes | None:
    """What the office said stands as long as the server has it so; a word from here gives way to what is newer."""
    later = None if before is None or told.started_at is None else told.started_at - before.since
    is_older = later is None or later < -_APART
    if told.started_at is None or told.source is not StateSource.PERSON:
        stands = before is None or not before.by_hand or (is_older and not before.is_elsewhere)
        return before if before is None or stands else _taken_away(before, told.started_at)
    if before is not None and later is not None and before.state is not MachineState.UNKNOWN:
        is_known = later <= _APART and told.state is before.state and not is_older
        if is_known or (is_older and not before.is_elsewhere):
            return before
    notes = _said(before, told.state, told.started_at, told.person)
    return replace(notes, is_elsewhere=told.is_of_office)


def _heard_beside_signals(before: MachineNotes | None, told: OpenState) -> MachineNotes | None:
    """What the office said since the signals told the state stands until they tell another, as at the server.

    All they told is there, so what is older than the newest of it stands no more.
    """
    if before is None:
        return None
    is_heard = before.by_hand and before.is_elsewhere
    if told.started_at is None or told.source is not StateSource.PERSON:
        return _signals_again(before, told) if is_heard else before
    later = told.started_at - before.since
    if (before.by_hand and told.state is before.state and abs(later) <= _APART) or (
        later < timedelta() and not is_heard
    ):
        return before
    return replace(_said(before, told.state, told.started_at, told.person), is_elsewhere=told.is_of_office)


def _signals_again(before: MachineNotes, told: OpenState) -> MachineNotes:
    """Without the office's word: it was undone, and what it took the place of stands; or another PC told a state."""
    # That the server hears no signal just now says nothing of those read here.
    state = before.by_signals or told.state if told.state is MachineState.UNKNOWN else told.state
    since = told.started_at or before.since
    if since > before.since:
        return replace(_noted(before.stops, before.state, state, since, StateSource.SIGNAL, None), signal_state=state)
    return MachineNotes(state, since, stops=reopened(before.stops, before.since), signal_state=state)


def _taken_away(before: MachineNotes, replaced_at: datetime | None) -> MachineNotes:
    """Without the word: nobody here knows the state. What stood by it ends with it, or was none where it was undone."""
    since = max(before.since, replaced_at or before.since)
    stops = before.stops if before.stop is None else (*before.stops[:-1], *ended(before.stop, since))
    return MachineNotes(MachineState.UNKNOWN, since, stops=stops, former=before.state, signal_state=before.signal_state)


def _noted(
    stops: tuple[Stop, ...],
    former: MachineState | None,
    state: MachineState,
    since: datetime,
    source: StateSource,
    signals: str | None,
) -> MachineNotes:
    after = followed(silence_over(stops, since), former, state, source, since, signals)
    after = with_silence(stops, after, state, since)
    return MachineNotes(state, since, source is StateSource.PERSON, stops=after, former=former)


def _detailed(before: MachineNotes | None, event: StateDetailed) -> MachineNotes | None:
    signals = event.reason or next(iter(event.alarms), None)
    if before is None or before.stop is None or before.stop.is_silent or signals is None:
        return before
    stop = before.stop
    pieces = stop.part.pieces if before.by_hand else with_alarm(stop.part.pieces)
    told = replace(stop, signals=stop.signals or signals, pieces=pieces)
    if told == stop:
        return before
    return replace(before, stops=(*before.stops[:-1], replace(told, office_asks=None)))


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
