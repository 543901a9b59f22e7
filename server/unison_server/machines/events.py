"""What stations send about machines: samples, counts, states, and counters that went astray."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.counter import needs_review
from unison_domain.stations.events import (
    Counted,
    CounterJumped,
    CounterReset,
    Sample,
    StateChanged,
    StateDetailed,
    StateSet,
    StopReasoned,
)

from unison_server.kernel.database import TenantSession
from unison_server.kernel.outbox import Recorded, record_all
from unison_server.machines.booked_steps import booked_steps
from unison_server.machines.counting import write_counts, write_incidents
from unison_server.machines.disproof import STANDS
from unison_server.machines.downtime.causes import move_ends
from unison_server.machines.downtime.station_words import take_words
from unison_server.machines.overriding import unsigned_states
from unison_server.machines.putting_away import of_machines_in_use
from unison_server.machines.sampling import read_samples, write_samples
from unison_server.machines.signals import hold_signals
from unison_server.machines.states import write_states
from unison_server.machines.tables import Machine
from unison_server.sites.queries import demand_writable
from unison_server.stations.arrival import (
    COUNT_ACROSS_GAP,
    COUNTER_WITHOUT_MACHINE,
    Arrival,
    Arrived,
    EventRoom,
    Refused,
)

_MACHINES = text(
    """
    select id, plant_id, station_id from machines
    where organization_id = :organization and id = any(cast(:ids as uuid[]))
    """
)


_LATER = text(
    f"""
    select machine.id, (
        select said.started_at from machine_transitions as said
        where said.organization_id = :organization and said.machine_id = machine.id and said.source = 'signal'
            and not said.is_late
            and {STANDS.format(said="said")}
        order by said.started_at desc limit 1
    ) as started_at
    from unnest(cast(:machines as uuid[])) as machine(id)
    """  # noqa: S608 - constants
)


@dataclass(frozen=True, slots=True)
class Signals:
    """Arrived events of machines but samples, sorted by what they are, each list in order of `seq`.

    Attributes:
        words: of people at stations about causes; one that tells a state too is in both lists.
    """

    counts: list[Arrived]
    incidents: list[Arrived]
    states: list[Arrived]
    words: list[Arrived]


def take(session: TenantSession, arrival: Arrival, events: Sequence[Arrived]) -> list[Refused]:
    """Write samples, counts and states, and tell once per machine and batch that it counted, once per transition."""
    latest = arrival.latest
    samples = read_samples(arrival, events, latest)
    others = [one for one in events if type(one.event) is not Sample]
    machine_of = {seq: _machine_of(event, arrival) for seq, event in others}
    plants = _plants(session, arrival, {machine_id for machine_id in machine_of.values() if machine_id})
    refused = _strangers(arrival, others, machine_of, plants)
    refused += [_unknown(seq, "tag", sample.tag_id) for seq, sample in samples.strange]
    refused += [] if arrival.reviewed else _for_review(others)
    strange = {one.seq for one in refused}
    own = [_not_ahead(one, latest, arrival.received_at) for one in others if one.seq not in strange]
    hold_signals(session, _last_signals(own, machine_of, samples.last_signals))
    own, of_put_away = of_machines_in_use(session, own)
    refused += of_put_away
    unsigned = unsigned_states(session, arrival, own, plants)
    refused += unsigned
    signals = _sorted(_without(own, unsigned))
    write_samples(session, arrival, samples.rows)
    write_counts(session, arrival, signals.counts, machine_of)
    strayed = write_incidents(session, arrival, signals.incidents, machine_of)
    written = write_states(session, arrival.agent_id, signals.states, arrival.late)
    if in_order := set(written.changed) - written.late.keys():
        move_ends(session, in_order)
    for machine_id, past in written.late.items():
        move_ends(session, [machine_id], newest=None, since=past.earliest)
    refused += take_words(session, arrival, _without(signals.words, written.refused), written.too_late)
    _tell(session, signals, strayed, written.changed, machine_of, plants)
    return refused + written.refused


def state_objections(session: TenantSession, events: Sequence[Any]) -> list[str | None]:
    """A state that began before what is known of the machine by now lands in its past, if at all."""
    machines = {event.machine_id for event in events if isinstance(event, StateChanged)}
    if not machines:
        return [None] * len(events)
    rows = session.execute(_LATER, {"organization": session.organization_id, "machines": list(machines)})
    known = {row.id: row.started_at for row in rows}
    return [_objection(event, known[event.machine_id]) if isinstance(event, StateChanged) else None for event in events]


def _objection(event: StateChanged, later: datetime | None) -> str | None:
    if later is None or later <= event.opened.started_at:
        return None
    return (
        f"It says the machine was {event.opened.state} from {event.opened.started_at:%Y-%m-%d %H:%M:%S} UTC on, but "
        f"its states are known up to one that began {later:%Y-%m-%d %H:%M:%S} UTC: correct the stretch by hand instead"
    )


def demand_event_writable(session: TenantSession, event: Any) -> None:
    """Whether a person may say something of the machine that the event names. One that is not seen is refused later.

    Raises:
        NotAllowed: the machine is of a plant that is not writable.
    """
    machine_id = getattr(event, "machine_id", None)
    machine = None if machine_id is None else session.find(Machine, machine_id)
    if machine is not None:
        demand_writable(session, machine.plant_id)


MACHINE_EVENTS = EventRoom(
    {
        "sample": Sample,
        "counted": Counted,
        "counter_reset": CounterReset,
        "counter_jumped": CounterJumped,
        "state_changed": StateChanged,
        "state_detailed": StateDetailed,
        "state_set": StateSet,
        "stop_reasoned": StopReasoned,
    },
    take,
    state_objections,
    demand_event_writable,
    booked_steps,
)


def _machine_of(event: Any, arrival: Arrival) -> UUID | None:
    machine_id: UUID | None = getattr(event, "machine_id", None)
    return machine_id or arrival.assignment.tags.get(getattr(event, "tag_id", None))  # type: ignore[arg-type]  # None is in no map


def _plants(session: TenantSession, arrival: Arrival, ids: Collection[UUID]) -> dict[UUID, UUID | None]:
    """Plants of the machines the agent may speak of; None for those it may not."""
    if not ids:
        return {}
    rows = session.execute(_MACHINES, {"organization": session.organization_id, "ids": list(ids)})
    tagged, stations = frozenset(arrival.assignment.tags.values()), arrival.assignment.stations
    return {row.id: row.plant_id if row.id in tagged or row.station_id in stations else None for row in rows}


def _strangers(
    arrival: Arrival,
    events: Sequence[Arrived],
    machine_of: Mapping[int, UUID | None],
    plants: Mapping[UUID, UUID | None],
) -> list[Refused]:
    """Events of tags nobody has, for another's were set aside before (`leases.lost`), and of others' machines."""
    tags = arrival.assignment.tags
    refused = []
    for seq, event in events:
        tag_id, machine_id = getattr(event, "tag_id", None), machine_of[seq]
        if tag_id is not None and tag_id not in tags:
            refused.append(_unknown(seq, "tag", tag_id))
        elif machine_id is None:
            refused.append(_without_machine(seq, tag_id))
        elif machine_id not in plants:
            refused.append(_unknown(seq, "machine", machine_id))
        elif plants[machine_id] is None:
            words = f"The machine {machine_id} is not assigned to this agent"
            refused.append(Refused(seq, "not_assigned", words))
    return refused


def _unknown(seq: int, thing: str, id_: object) -> Refused:
    return Refused(seq, f"unknown_{thing}", f"There is no {thing} {id_}", permanent=True)


def _without_machine(seq: int, tag_id: object) -> Refused:
    words = f"Tag {tag_id} belongs to no machine, so nothing can be counted: give it one, then accept, or discard it"
    return Refused(seq, COUNTER_WITHOUT_MACHINE, words, for_review=True)


def _for_review(events: Iterable[Arrived]) -> list[Refused]:
    """Counts over a gap of which it is not known that one run covers it: a person is to say whether they belong."""
    doubts = [(seq, event, needs_review(event)) for seq, event in events if isinstance(event, Counted)]
    return [
        Refused(
            seq,
            COUNT_ACROSS_GAP,
            f"The counter moved by {event.delta} from {event.started_at:%Y-%m-%d %H:%M} to {event.at:%Y-%m-%d %H:%M} "
            f"UTC while nobody looked, and {doubt}: accept it if these parts were made for what the machine makes, "
            "else discard it",
            for_review=True,
        )
        for seq, event, doubt in doubts
        if doubt is not None
    ]


def _not_ahead(one: Arrived, latest: datetime, now: datetime) -> Arrived:
    """The event, with stamps from a clock that is ahead set to now; the first stamp is kept beside."""
    event = one.event
    opened = getattr(event, "opened", None)
    begun = getattr(opened or event, "started_at", event.at)
    if event.at <= latest and begun <= latest:
        return one
    said = {"at": min(event.at, now), "stated_at": event.at}
    if opened is not None:
        said["opened"] = opened.model_copy(update={"started_at": min(opened.started_at, now)})
    if getattr(event, "closed", None) is not None:
        said["closed"] = event.closed.model_copy(update={"started_at": min(event.closed.started_at, now)})
    if isinstance(event, Counted | StateSet | StopReasoned):
        said["started_at"] = min(event.started_at, now)
    if isinstance(event, StopReasoned):
        said["ended_at"] = event.ended_at and min(event.ended_at, now)
    return Arrived(one.seq, type(event).model_validate({**event.model_dump(), **said}))


def _without(events: Iterable[Arrived], refused: Iterable[Refused]) -> list[Arrived]:
    lost = {one.seq for one in refused}
    return [one for one in events if one.seq not in lost]


def _sorted(events: Iterable[Arrived]) -> Signals:
    signals = Signals([], [], [], [])
    for one in events:
        match one.event:
            case Counted():
                if one.event.delta:  # by 0 it only tells where it begins
                    signals.counts.append(one)
            case CounterReset() | CounterJumped():
                signals.incidents.append(one)
            case StopReasoned():
                signals.words.append(one)
            case StateSet():
                signals.states.append(one)
                if one.event.reason_id is not None:
                    signals.words.append(one)
            case _:
                signals.states.append(one)
    return signals


def _last_signals(
    events: Iterable[Arrived], machine_of: Mapping[int, UUID | None], sampled: Mapping[UUID, datetime]
) -> dict[UUID, datetime | None]:
    """Newest good signal of each machine in these events and its samples; None where they only tell of silence."""
    newest: dict[UUID, datetime | None] = dict(sampled)
    for seq, event in events:
        machine_id = machine_of[seq]
        if machine_id is None:
            continue
        before = newest.setdefault(machine_id, None)
        is_silence = isinstance(event, StateChanged) and event.opened.state is MachineState.UNKNOWN
        if not is_silence and not isinstance(event, StateSet | StopReasoned) and (before is None or event.at > before):
            newest[machine_id] = event.at
    return newest


def _tell(
    session: TenantSession,
    signals: Signals,
    strayed: Mapping[UUID, UUID],
    changed: Iterable[UUID],
    machine_of: Mapping[int, UUID | None],
    plants: Mapping[UUID, UUID | None],
) -> None:
    told = [Recorded("machines.machine.state_changed", machine_id, plants[machine_id]) for machine_id in changed]
    counted = {machine_id: None for seq, _ in signals.counts if (machine_id := machine_of[seq])}
    told += [Recorded("machines.machine.counted", machine_id, plants[machine_id]) for machine_id in counted]
    told += [
        Recorded("machines.machine.counter_strayed", machine_id, plants[machine_id], causation=incident)
        for machine_id, incident in strayed.items()
    ]
    record_all(session, told)
