"""Calls for help: what stations tell of them, and what people in the desktop answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from unison_domain.machines.calls import MOST_OPEN, CallAnswer, CallLife, CallState
from unison_domain.stations.events import CallChanged

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash
from unison_server.kernel.outbox import Recorded, record, record_all
from unison_server.machines.call_tables import MachineCall
from unison_server.machines.events import demand_event_writable
from unison_server.machines.own_machines import own_machines
from unison_server.machines.speakers import NOBODY, Speaker
from unison_server.machines.tables import Machine
from unison_server.sites.queries import demand_writable, names_of
from unison_server.stations.arrival import Arrival, Arrived, EventRoom, Refused

Call = dict[str, Any]
"""The columns of a call that a station may change."""

_MOMENTS = ("called_at", "answered_at", "arrived_at", "done_at", "withdrawn_at")
_STEPS = ("arrived", "done", "withdrawn")
"""What is said at stations, by whom it tells."""
_SAID_BY = ("answered_by", *(name for step in _STEPS for name in NOBODY.columns(f"{step}_by")))
_MACHINES = text(
    """
    select m.id, m.plant_id, coalesce(m.station_id, (
        select d.station_id from tags as t
        join devices as d on d.organization_id = t.organization_id and d.id = t.device_id
        where t.organization_id = m.organization_id and t.machine_id = m.id and t.is_active
        order by t.id limit 1
    )) as station_id
    from machines as m where m.organization_id = :organization and m.id = any(cast(:ids as uuid[]))
    """
)
"""Each with the station it stands at, else the one whose devices read it."""
_FIXED = ("id", "machine_id", "agent_id", "called", "person", "person_id", "person_is_verified", "note")


def take(session: TenantSession, arrival: Arrival, events: Sequence[Arrived]) -> list[Refused]:
    """Write what happened to calls, and tell each step once."""
    machines = _machines(session, {event.machine_id for _, event in events})
    calls = _held(session, {event.call_id for _, event in events})
    changed: dict[UUID, Call] = {}
    refused: list[Refused] = []
    told: list[Recorded] = []
    for seq, event in events:
        before = calls.get(event.call_id)
        refusal = _stranger(seq, event, arrival, machines.get(event.machine_id), before)
        if refusal is not None:
            refused.append(refusal)
            continue
        try:
            after = _after(before, event, arrival)
        except ValueError as error:
            refused.append(Refused(seq, "call_moved_on", f"Call {event.call_id}: {error}"))
            continue
        if after != before:
            calls[event.call_id] = changed[event.call_id] = after
            happened = "reopened" if event.takes_back else event.state
            told.append(Recorded(f"machines.call.{happened}", event.call_id, machines[event.machine_id].plant_id))
    _write(session, list(changed.values()))
    record_all(session, told)
    return refused


CALL_EVENTS = EventRoom({"call_changed": CallChanged}, take, demand_writable=demand_event_writable)


def calls_between(open_only: bool, machine_id: UUID | None) -> Select[MachineCall]:
    """The calls of machines that may be seen; newest first is the list's order."""
    statement = select(MachineCall).join(
        Machine, (Machine.organization_id == MachineCall.organization_id) & (Machine.id == MachineCall.machine_id)
    )
    if open_only:
        statement = statement.where(MachineCall.done_at.is_(None), MachineCall.withdrawn_at.is_(None))
    return statement if machine_id is None else statement.where(MachineCall.machine_id == machine_id)


def calls_from(session: TenantSession, agent_id: UUID, ids: Collection[UUID]) -> Sequence[MachineCall]:
    """Those of these calls that came from the agent, or from a machine that it speaks of now."""
    is_its = or_(MachineCall.agent_id == agent_id, MachineCall.machine_id.in_(own_machines(session, agent_id)))
    return session.scalars(select(MachineCall).where(MachineCall.id.in_(ids), is_its)).all()


def open_calls_at(session: TenantSession, agent_id: UUID) -> Sequence[MachineCall]:
    """Calls of machines that the agent speaks of, whoever told of them, that are not over; the newest last."""
    own = MachineCall.machine_id.in_(own_machines(session, agent_id))
    still = select(MachineCall).where(MachineCall.done_at.is_(None), MachineCall.withdrawn_at.is_(None), own)
    newest = still.order_by(MachineCall.called_at.desc(), MachineCall.id).limit(MOST_OPEN)
    return session.scalars(newest).all()[::-1]


def answers_of(session: TenantSession, calls: Sequence[MachineCall]) -> list[CallAnswer]:
    """Calls with the machines they came from."""
    ids = {call.machine_id for call in calls}
    machines = {machine.id: machine for machine in session.scalars(select(Machine).where(Machine.id.in_(ids)))}
    people = names_of(session, (getattr(call, f"{step}_by") for call in calls for step in ("answered", *_STEPS)))
    return [_answer(call, machines[call.machine_id], people) for call in calls]


def load_call(session: TenantSession, call_id: UUID) -> tuple[MachineCall, Machine]:
    """A call and its machine. Raises NotFound when there is none, or its machine may not be seen."""
    call = session.need(MachineCall, call_id, "call")
    return call, session.need(Machine, call.machine_id, "machine")


def answer(session: TenantSession, call_id: UUID) -> CallAnswer:
    """Somebody says in the desktop that he is coming.

    Raises:
        NotFound, NotAllowed: no such call, or its plant is not writable. Clash: nobody is waited for any more.
    """
    return _change(session, call_id, "answered", lambda life, at: life.answered(at))


def move(session: TenantSession, call_id: UUID, state: CallState) -> CallAnswer:
    """Somebody says in the desktop that who was called arrived or is done, or that nobody needs to come.

    Raises:
        NotFound, NotAllowed: no such call, or its plant is not writable. Clash: it was withdrawn, or is to be withdrawn
            although somebody arrived.
    """
    return _change(session, call_id, state, _moving(state))


def _change(
    session: TenantSession, call_id: UUID, happened: str, step: Callable[[CallLife, datetime], CallLife]
) -> CallAnswer:
    """The step under the row's lock; one that was done before changes nothing and is not told again."""
    call, machine = load_call(session, call_id)
    demand_writable(session, machine.plant_id)
    session.refresh(call, with_for_update=True)
    try:
        _step(session, call, machine, happened, step)
    except ValueError as error:
        raise Clash(f"{machine.machine_code}: {error}", code="call_moved_on") from None
    return answers_of(session, [call])[0]


def end_calls(session: TenantSession, machine: Machine) -> None:
    """Nobody needs to come to a machine that is being put away, and who is there is done, says who puts it away.

    What follows names the machine as its cause.
    """
    still = calls_between(open_only=True, machine_id=machine.id).order_by(MachineCall.id)
    for call in session.scalars(still.with_for_update(of=MachineCall).execution_options(populate_existing=True)):
        state = CallState.WITHDRAWN if call.arrived_at is None else CallState.DONE
        _step(session, call, machine, state, _moving(state), causation=machine.id)


def _moving(state: CallState) -> Callable[[CallLife, datetime], CallLife]:
    return lambda life, at: life.moved(state, at)


def _step(
    session: TenantSession,
    call: MachineCall,
    machine: Machine,
    happened: str,
    step: Callable[[CallLife, datetime], CallLife],
    causation: UUID | None = None,
) -> None:
    """Take it, of a call whose row is locked. Raises ValueError where the call can't."""
    before = _life(_columns(call))
    after = step(before, datetime.now(UTC))
    if after != before:
        for name, moment in asdict(after).items():
            setattr(call, name, moment)
        if after.answered_at != before.answered_at:
            call.answered_by = session.scope.user_id
        for name, value in _new_words(before, after, Speaker.acting(session)).items():
            setattr(call, name, value)
        session.flush()
        record(session, f"machines.call.{happened}", call.id, plant_id=machine.plant_id, causation=causation)


def _answer(call: MachineCall, machine: Machine, people: Mapping[UUID, str]) -> CallAnswer:
    columns = _columns(call)
    del columns["agent_id"]
    columns["answered_by_name"] = people.get(call.answered_by) if call.answered_by else None
    for by in (f"{step}_by" for step in _STEPS):
        columns[f"{by}_name"] = Speaker(columns[by], columns[f"{by}_name"]).named(people)
    return CallAnswer(
        **columns,
        state=_life(columns).state,
        machine_code=machine.machine_code,
        machine_name=machine.name,
        plant_id=machine.plant_id,
    )


def _columns(call: MachineCall) -> Call:
    return {name: getattr(call, name) for name in (*_FIXED, *_MOMENTS, *_SAID_BY)}


def _life(call: Call) -> CallLife:
    return CallLife(**{name: call[name] for name in _MOMENTS})


def _after(before: Call | None, event: CallChanged, arrival: Arrival) -> Call:
    """The call after the event. Raises ValueError when it can't take this step."""
    at = arrival.moment_of(event.at)
    if before is None:
        life = CallLife(at).moved(event.state, at)
        fixed = {
            "id": event.call_id,
            "machine_id": event.machine_id,
            "agent_id": arrival.agent_id,
            "called": event.called,
            "person": event.person,
            "person_id": event.person_id,
            "person_is_verified": event.is_verified_person,
            "note": event.note,
        }
        words = _new_words(CallLife(at), life, Speaker.at_station(event))
        return {**fixed, **asdict(life), **dict.fromkeys(_SAID_BY), **words}
    known = _life(before)
    life = known.taken_back(event.state) if event.takes_back else known.moved(event.state, at)
    return {**before, **asdict(life), **_new_words(known, life, Speaker.at_station(event))}


def _new_words(before: CallLife, after: CallLife, by: Speaker) -> dict[str, Any]:
    """Who said the steps that changed; of one that was taken back nobody did."""
    words: dict[str, Any] = {}
    for step in _STEPS:
        moment = getattr(after, f"{step}_at")
        if moment != getattr(before, f"{step}_at"):
            words |= (NOBODY if moment is None else by).columns(f"{step}_by")
    return words


def _machines(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    rows = session.execute(_MACHINES, {"organization": session.organization_id, "ids": list(ids)})
    return {row.id: row for row in rows}


def _held(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Call]:
    statement = select(MachineCall).where(MachineCall.id.in_(ids)).order_by(MachineCall.id).with_for_update()
    return {call.id: _columns(call) for call in session.scalars(statement.execution_options(populate_existing=True))}


def _stranger(
    seq: int, event: CallChanged, arrival: Arrival, machine: Row[Any] | None, before: Call | None
) -> Refused | None:
    """Why the agent has no say about this; what was said while it served a station is its word."""
    machine_id = event.machine_id
    if machine is None:
        return Refused(seq, "unknown_machine", f"There is no machine {machine_id}", permanent=True)
    if machine_id not in arrival.assignment.tags.values():
        if machine.station_id is None:
            return Refused(seq, "not_assigned", f"The machine {machine_id} is not assigned to this agent")
        if (refused := arrival.stranger(seq, machine.station_id, event)) is not None:
            return refused
    if before is not None and before["machine_id"] != machine_id:
        return Refused(seq, "other_machine", f"Call {event.call_id} is of machine {before['machine_id']}")
    return None


def _write(session: TenantSession, calls: Sequence[Call]) -> None:
    if not calls:
        return
    rows = [{**call, "organization_id": session.organization_id} for call in calls]
    statement = insert(MachineCall)
    changing = {name: statement.excluded[name] for name in (*_MOMENTS, *_SAID_BY)}
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "id"], set_={**changing, "updated_at": statement.excluded.updated_at}
        ),
        rows,
    )
