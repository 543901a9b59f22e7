"""What a machine does is known no further than the moment it was put away: from then on nobody looks after it.

That moment is a word of its own, `unknown`, said by who put it away, and the only one of a person that says so. It is
stored as any word is, so a rebuild comes to the same. What its PC tells of the time after it, until it hears, is of no
machine in use and left out; what it tells late of the time before lands there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import inspect, text
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.stations.events import StateChanged, StateDetailed, StateSet, StopReasoned

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.machines.downtime.causes import move_ends
from unison_server.machines.signals import hold_signals
from unison_server.machines.states import load_timelines, store_timelines
from unison_server.machines.tables import Machine
from unison_server.machines.timeline import Stretch, Timeline
from unison_server.machines.voices import voices_of
from unison_server.stations.arrival import Arrived, Refused

_PUT_AWAY = text(
    """
    select m.id, m.machine_code, (
        select max(said.started_at) from machine_transitions as said
        where said.organization_id = m.organization_id and said.machine_id = m.id and said.source = 'person'
            and said.state = 'unknown'
    ) as put_away_at
    from machines as m
    where m.organization_id = :organization and m.id = any(cast(:ids as uuid[])) and not m.is_active
    """
)
_OF_STATES = StateChanged | StateDetailed | StateSet | StopReasoned


def hold(session: TenantSession, machine: Machine) -> None:
    """Take turns with what tells of the machine, before its row is locked: writers of states need that row too."""
    hold_signals(session, {machine.id: None})


def is_being_put_away(machine: Machine) -> bool:
    """Whether this change takes it out of use."""
    changes = inspect(machine)
    return not (changes.pending or machine.is_active) and changes.attrs.is_active.history.has_changes()


def end_state(session: TenantSession, machine: Machine) -> None:
    """What the machine, which is being put away, did ends now."""
    hold(session, machine)
    timelines = load_timelines(session, [machine.id])
    timeline = timelines[machine.id]
    _end_where_silent(session, machine, timeline)
    word = Stretch(new_id(), MachineState.UNKNOWN, _now(timeline), source=StateSource.PERSON)
    timeline.said(word)
    store_timelines(session, timelines, agent_id=None)
    move_ends(session, [machine.id])
    record(session, "machines.machine.state_changed", machine.id, plant_id=machine.plant_id)


def demand_in_use(session: TenantSession, machine: Machine) -> None:
    """Whether somebody may say what the machine, which is held, does now. Raises Clash."""
    session.refresh(machine, ["is_active"])
    if not machine.is_active:
        raise Clash(
            f"The machine {machine.machine_code} is out of use: bring it back first, then say what it does",
            code="out_of_use",
            kind="machine",
            id=str(machine.id),
        )


def of_machines_in_use(session: TenantSession, events: Sequence[Arrived]) -> tuple[list[Arrived], list[Refused]]:
    """Of what was told of machines that are held: all but what is of a time after they were put away.

    States by signals of that time are left out; what a person said then is refused, for a person to judge.
    """
    ids = {one.event.machine_id for one in events if isinstance(one.event, _OF_STATES)}
    if not ids:
        return list(events), []
    asked = {"organization": session.organization_id, "ids": list(ids)}
    away = {row.id: row for row in session.execute(_PUT_AWAY, asked) if row.put_away_at is not None}
    kept: list[Arrived] = []
    refused: list[Refused] = []
    for one in events:
        machine = away.get(one.event.machine_id) if isinstance(one.event, _OF_STATES) else None
        if machine is None or not _begins_after(one.event, machine.put_away_at):
            kept.append(one)
        elif isinstance(one.event, StateSet | StopReasoned):
            words = (
                f"The machine {machine.machine_code} was put away at {machine.put_away_at:%Y-%m-%d %H:%M:%S} UTC, "
                "before that was said: bring it back, then accept this, or discard it"
            )
            refused.append(Refused(one.seq, "out_of_use", words))
    return kept, refused


def _begins_after(event: StateChanged | StateDetailed | StateSet | StopReasoned, moment: datetime) -> bool:
    match event:
        case StateChanged():
            return event.opened.started_at >= moment
        case StateDetailed():
            return event.at >= moment
        case _:
            return event.started_at >= moment


def _end_where_silent(session: TenantSession, machine: Machine, timeline: Timeline) -> None:
    """Signals that fell silent are believed no further, as long as they are the last; now they are not any more."""
    if not timeline.stretches:
        return
    last, voice = timeline.stretches[-1], voices_of(session, [machine.id])[machine.id]
    since = voice.silent_since(last.state, last.source, last.started_at, datetime.now(UTC))
    if since is not None:
        timeline.signalled(Stretch(new_id(), MachineState.UNKNOWN, since), None)


def _now(timeline: Timeline) -> datetime:
    now = datetime.now(UTC)
    begun = timeline.stretches[-1].started_at if timeline.stretches else now
    is_still_to_come = timeline.ahead is not None and begun > timeline.ahead
    return now if is_still_to_come else max(now, begun)
