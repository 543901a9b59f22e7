"""From an action to the event that tells it, and the event that would take it back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from pydantic import TypeAdapter
from unison_domain.machines.calls import OPEN, CallKind, CallState
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.open_states import OpenState
from unison_domain.machines.overriding import contradicts
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.events import CallChanged, StateSet, StopReasoned

from unison_station.operator.actions import (
    Action,
    MakeCall,
    MoveCall,
    Refused,
    SayReason,
    SayState,
    TakeBack,
    TypeReading,
    TypeScan,
    Undo,
)
from unison_station.operator.floor import Floor, OpenCall
from unison_station.operator.recent import Recent
from unison_station.operator.takings import TakingWord, taken_back, typed_reading, typed_scan

UNDO_SECONDS = 10
_SLACK = timedelta(seconds=2)
"""What the way of an undo may take."""
SAID_KEPT = 50

SETTABLE = (
    MachineState.RUNNING,
    MachineState.STOPPED,
    MachineState.SETUP,
    MachineState.MAINTENANCE,
    MachineState.CLEANING,
    MachineState.FAULT,
)
"""States a person says by hand, those tapped most first."""

Word = StateSet | StopReasoned | CallChanged | TakingWord


@dataclass(frozen=True, slots=True)
class Said:
    """An action that was done, and its subject `about`.

    Attributes:
        inverse: what would take it back; None for an undo, and for the first state of a machine: nobody knows what was
            before it.
    """

    id: UUID
    at: datetime
    about: UUID
    inverse: Word | None = None


SAID = TypeAdapter(tuple[Said, ...])


@dataclass(frozen=True, slots=True)
class Situation:
    """What an action is decided in.

    Attributes:
        by_hand: machines whose signals say nothing about their state.
        countersigned: kinds of overrides that somebody with the right confirms; None while no server told.
        told: which states the server has of machines, as heard last.
        recent: the last scans and readings.
        said: the actions before, oldest first.
    """

    configuration: AgentConfiguration
    by_hand: frozenset[UUID]
    floor: Floor
    recent: Recent
    said: tuple[Said, ...]
    now: datetime
    countersigned: frozenset[str] | None = None
    told: Mapping[UUID, OpenState] = field(default_factory=dict)

    @property
    def names(self) -> Mapping[UUID, str]:
        """Machines that are configured, by id."""
        return {machine.id: machine.name for machine in self.configuration.machines}

    def by_signals(self, machine: UUID) -> MachineState | None:
        """The newest state its signals told: here, or by the server at the PC that reads them; None where none did."""
        if machine in self.by_hand:
            return told.by_signals if (told := self.told.get(machine)) else None
        return notes.by_signals if (notes := self.floor.machines.get(machine)) else None


def decide(action: Action, situation: Situation) -> tuple[tuple[Word, ...], Said]:
    """The events to commit at once and what to remember of them.

    Raises:
        Refused: it can't be done now; says why.
    """
    if isinstance(action, TakeBack):
        words = taken_back(action, situation.recent, situation.now)
        return words, Said(action.id, situation.now, action.taking_id)
    word, said = _decide_one(action, situation)
    return (word,), said


def _decide_one(
    action: SayState | SayReason | MakeCall | MoveCall | Undo | TypeScan | TypeReading, situation: Situation
) -> tuple[Word, Said]:
    match action:
        case SayState():
            return _say_state(action, situation)
        case SayReason():
            return _say_reason(action, situation)
        case MakeCall():
            return _make_call(action, situation)
        case MoveCall():
            return _move_call(action, situation)
        case Undo():
            return _undo(action, situation)
        case TypeScan():
            scan, inverse = typed_scan(action, situation.configuration, situation.now)
            return scan, Said(action.id, situation.now, action.id, inverse)
        case TypeReading():
            reading, without = typed_reading(action, situation.configuration, situation.now)
            return reading, Said(action.id, situation.now, action.id, without)


def _say_state(action: SayState, situation: Situation) -> tuple[Word, Said]:
    name = _machine(situation, action.machine_id)
    has_signals = action.machine_id not in situation.by_hand
    before = situation.floor.machines.get(action.machine_id)
    if situation.countersigned is None and contradicts(action.state, situation.by_signals(action.machine_id)):
        raise Refused("has_signals", f"The state of {name} comes from its signals; give a reason instead")
    if action.state not in SETTABLE:
        raise Refused("no_such_state", f"{action.state} is no state that is set by hand", 422)
    if before is not None and before.state is action.state:
        raise Refused("is_so", f"{name} is {action.state.replace('_', ' ')} already")
    started_at = situation.now if before is None else max(situation.now, before.since + timedelta(microseconds=1))
    word = StateSet(
        at=situation.now,
        id=action.id,
        machine_id=action.machine_id,
        state=action.state,
        started_at=started_at,
        person=action.person,
    )
    was_known = before is not None and before.state is not MachineState.UNKNOWN
    is_undoable = was_known and not has_signals  # signals take it back by themselves
    inverse = word.model_copy(update={"state": before.state}) if before is not None and is_undoable else None
    return word, Said(action.id, situation.now, action.machine_id, inverse)


def _say_reason(action: SayReason, situation: Situation) -> tuple[Word, Said]:
    name = _machine(situation, action.machine_id)
    stop = situation.floor.stop_at(action.machine_id, action.started_at)
    if stop is None:
        raise Refused("no_such_stop", f"{name} has no stop any more that began at {action.started_at.isoformat()}")
    if all(reason.id != action.reason_id for reason in situation.configuration.reasons):
        raise Refused("no_such_reason", "This reason is no longer offered; choose another one")
    if stop.reason_id != action.seen_reason_id:
        raise Refused("said_meanwhile", f"Another reason was given meanwhile for this stop of {name}: look again")
    word = StopReasoned(
        at=situation.now,
        id=action.id,
        machine_id=action.machine_id,
        started_at=stop.started_at,
        ended_at=stop.ended_at,
        reason_id=action.reason_id,
        seen_reason_id=stop.reason_id,
        person=action.person,
    )
    inverse = word.model_copy(
        update={
            "reason_id": stop.reason_id,
            "seen_reason_id": action.reason_id,
            "undoes": action.id,
            "person": stop.person,
            "person_id": stop.person_id,
            "person_is_verified": stop.person_is_verified,
        }
    )
    return word, Said(action.id, situation.now, _stop_id(action), inverse)


def _stop_id(action: SayReason) -> UUID:
    return uuid5(action.machine_id, action.started_at.isoformat())


def _make_call(action: MakeCall, situation: Situation) -> tuple[Word, Said]:
    name = _machine(situation, action.machine_id)
    if action.called is CallKind.UNKNOWN:
        raise Refused("no_such_call", "Nobody is known by that name", 422)
    for call in situation.floor.calls.values():
        if (call.machine_id, call.called) == (action.machine_id, action.called) and call.life.is_open:
            raise Refused("is_called", f"{action.called.capitalize()} is called to {name} already")
    word = CallChanged(
        at=situation.now,
        call_id=action.id,
        machine_id=action.machine_id,
        called=action.called,
        state=CallState.CALLED,
        person=action.person,
    )
    inverse = word.model_copy(update={"state": CallState.WITHDRAWN})
    return word, Said(action.id, situation.now, action.id, inverse)


def _move_call(action: MoveCall, situation: Situation) -> tuple[Word, Said]:
    call = situation.floor.calls.get(action.call_id)
    if call is None or not call.life.is_open:
        raise Refused("no_such_call", "This call is over already")
    wanted = CallState(action.do)
    try:
        moved = call.life.moved(wanted, situation.now)
    except ValueError as error:
        raise Refused("call_moved_on", str(error)) from None
    if moved == call.life:
        raise Refused("is_so", f"The call is {wanted} already")
    word = _word(call, action.call_id, wanted, situation.now, action.person)
    before = call.life.state if call.life.state in OPEN else CallState.CALLED
    inverse = word.model_copy(update={"state": before, "takes_back": True})
    return word, Said(action.id, situation.now, action.call_id, inverse)


def _word(call: OpenCall, call_id: UUID, state: CallState, now: datetime, person: str | None) -> CallChanged:
    return CallChanged(
        at=now, call_id=call_id, machine_id=call.machine_id, called=call.called, state=state, person=person
    )


def _undo(action: Undo, situation: Situation) -> tuple[Word, Said]:
    done = next((one for one in situation.said if one.id == action.undoes), None)
    if done is None or done.inverse is None:
        raise Refused("nothing_to_undo", "There is nothing to take back")
    newest = next(one for one in reversed(situation.said) if one.about == done.about)
    if newest is not done:
        raise Refused("said_meanwhile", "Something else was said about it meanwhile; look again")
    if situation.now - done.at > timedelta(seconds=UNDO_SECONDS) + _SLACK:
        raise Refused("too_late", f"It can be taken back for {UNDO_SECONDS} s; say what is right instead")
    changes: dict[str, object] = {"at": situation.now}
    if not isinstance(done.inverse, StopReasoned) or done.inverse.reason_id is None:
        changes["person"] = action.person  # who takes it back; a reason that is put back stays whose it was
    if isinstance(done.inverse, StateSet | StopReasoned):
        changes["id"] = action.id
    return done.inverse.model_copy(update=changes), Said(action.id, situation.now, done.about)


def _machine(situation: Situation, machine_id: UUID) -> str:
    name = situation.names.get(machine_id)
    if name is None:
        raise Refused("no_such_machine", f"This agent has no machine {machine_id}", 404)
    return name
