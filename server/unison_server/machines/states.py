"""Loading the end of machines' timelines and writing back what changed.

What signals and people said is kept as it came in `machine_transitions`; `machine_states` is what follows from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.stations.events import ClosedInterval, OpenedInterval, StateChanged, StateDetailed, StateSet

from unison_server.kernel.database import TenantSession
from unison_server.kernel.keys import new_id
from unison_server.machines.disproof import LATEST_NOW, STANDS
from unison_server.machines.rebuild import make_anew
from unison_server.machines.speakers import Speaker
from unison_server.machines.timeline import Detail, Stretch, Timeline
from unison_server.stations.arrival import Arrived, Refused

_ENDS = text(
    f"""
    select s.*, heard.floor, {LATEST_NOW.format(machine="machine")} as ahead
    from machines as machine
    left join lateral (
        select said.started_at as floor from machine_transitions as said
        where said.organization_id = :organization and said.machine_id = machine.id and said.source = 'signal'
            and not said.is_late and {STANDS.format(said="said")}
        order by said.started_at desc limit 1
    ) as heard on true
    left join lateral (
        select started_at from machine_states
        where organization_id = :organization and machine_id = machine.id and source = 'signal' and not is_late
        order by started_at desc limit 1
    ) as newest on true
    join lateral (
        select id, machine_id, state, source, started_at, ended_at, reason, alarms, note, is_late from machine_states
        where organization_id = :organization and machine_id = machine.id
            and started_at >= case when newest.started_at is null then '-infinity' else newest.started_at end
        offset 0
    ) as s on true
    where machine.organization_id = :organization and machine.id = any(cast(:machines as uuid[]))
    order by s.machine_id, s.started_at
    """  # noqa: S608 - constants
)
"""The offset keeps the last part a search for each machine: joined, all states are read while statistics are young."""
_AROUND = text(
    """
    select s.* from (
        select (row ->> 0)::uuid as machine_id, (row ->> 1)::timestamptz as earliest, (row ->> 2)::timestamptz as latest
        from jsonb_array_elements(cast(:rows as jsonb)) as row
    ) as told
    join lateral (
        select id, machine_id, state, source, started_at, ended_at, reason, alarms, note, is_late from machine_states
        where organization_id = :organization and machine_id = told.machine_id
            and started_at >= coalesce((
                select max(started_at) from machine_states
                where organization_id = :organization and machine_id = told.machine_id and started_at <= told.earliest
            ), '-infinity')
            and started_at <= coalesce((
                select min(started_at) from machine_states
                where organization_id = :organization and machine_id = told.machine_id and started_at > told.latest
            ), 'infinity')
        offset 0
    ) as s on true
    """
)
"""From the stretch that covers the earliest to the first one after the latest."""
_KNOWN = text(
    """
    select id, machine_id from machine_transitions
    where organization_id = :organization and id = any(cast(:ids as uuid[]))
    """
)
_HEARD = text(
    """
    insert into machine_transitions (organization_id, id, machine_id, position, source, state, started_at, reason,
        alarms, note, person_id, person, person_is_verified, is_late, agent_id, created_by)
    select :organization, one.id, one.machine_id, last.position + row_number() over (
            partition by one.machine_id order by one.place
        ), one.said ->> 2, one.said ->> 3, (one.said ->> 4)::timestamptz, one.said ->> 5, one.said -> 6, one.said ->> 7,
        (one.said ->> 8)::uuid, one.said ->> 9, (one.said ->> 10)::boolean, (one.said ->> 11)::boolean,
        cast(:agent as uuid), cast(:person as uuid)
    from (
        select said, place, (said ->> 0)::uuid as id, (said ->> 1)::uuid as machine_id
        from jsonb_array_elements(cast(:rows as jsonb)) with ordinality as said(said, place)
    ) as one
    cross join lateral (
        select coalesce(max(position), 0) as position from machine_transitions
        where organization_id = :organization and machine_id = one.machine_id
    ) as last
    """
)
_HEARD_MORE = text(
    """
    insert into machine_transition_details (organization_id, id, machine_id, position, transition_id, reason, alarms)
    select :organization, (one.said ->> 0)::uuid, one.machine_id, last.position + row_number() over (
            partition by one.machine_id order by one.place
        ), (one.said ->> 2)::uuid, one.said ->> 3, one.said -> 4
    from (
        select said, place, (said ->> 1)::uuid as machine_id
        from jsonb_array_elements(cast(:rows as jsonb)) with ordinality as said(said, place)
    ) as one
    cross join lateral (
        select coalesce(max(position), 0) as position from machine_transition_details
        where organization_id = :organization and machine_id = one.machine_id
    ) as last
    """
)
_STORE = text(
    """
    with gone as materialized (
        select one.id::uuid as id from jsonb_array_elements_text(cast(:removed as jsonb)) as one(id)
    ),
    now as materialized (
        select (row ->> 0)::uuid as id, (row ->> 1)::timestamptz as ended_at, row ->> 2 as reason, row -> 3 as alarms
        from jsonb_array_elements(cast(:changed as jsonb)) as row
    ),
    removed as (
        delete from machine_states as s using gone where s.organization_id = :organization and s.id = gone.id
        returning s.id
    ),
    changed as (
        update machine_states as s
        set ended_at = now.ended_at, reason = now.reason, alarms = now.alarms, updated_at = now()
        from now where s.organization_id = :organization and s.id = now.id
        returning s.id
    )
    insert into machine_states (organization_id, id, machine_id, state, source, started_at, ended_at, reason, alarms,
        note, is_late, agent_id, created_by, updated_by)
    select :organization, (row ->> 0)::uuid, (row ->> 1)::uuid, row ->> 2, row ->> 3, (row ->> 4)::timestamptz,
        (row ->> 5)::timestamptz, row ->> 6, row -> 7, row ->> 8, (row ->> 9)::boolean, cast(:agent as uuid),
        cast(:person as uuid), cast(:person as uuid)
    from jsonb_array_elements(cast(:added as jsonb)) as row
    where (select count(*) from removed) + (select count(*) from changed) >= 0
    """
)
"""One statement, because in between the stretches would not tile; its end makes the others come before it. Ids are read
apart, because row level security lets no index be searched by an expression that may fail, such as a cast."""
_DETAIL = text(
    """
    with said as materialized (
        select (row ->> 0)::uuid as id, (row ->> 1)::uuid as machine_id, row ->> 2 as reason, row -> 3 as alarms
        from jsonb_array_elements(cast(:rows as jsonb)) as row
    )
    update machine_states as s
    set reason = coalesce(said.reason, s.reason), updated_at = now(),
        alarms = case when said.alarms = '[]' then s.alarms else said.alarms end
    from said
    where s.organization_id = :organization and s.id = said.id and s.machine_id = said.machine_id
        and s.source = 'signal'
    """
)


class Past(NamedTuple):
    """From when to when something is told late of a machine."""

    earliest: datetime
    latest: datetime


_NOTHING_LATE: Mapping[UUID, Past] = MappingProxyType({})


def load_timelines(
    session: TenantSession, machines: Collection[UUID], late: Mapping[UUID, Past] = _NOTHING_LATE
) -> dict[UUID, Timeline]:
    """The end of each machine's history, and what lies around the time of which something is told late.

    The machines must be held (`signals.hold_signals`).
    """
    timelines = {machine_id: Timeline() for machine_id in machines}
    rows = session.execute(_ENDS, {"organization": session.organization_id, "machines": list(machines)})
    for row in rows:
        timeline, stretch = timelines[row.machine_id], _stretch(row)
        timeline.floor, timeline.ahead = row.floor, row.ahead
        timeline.known.add(stretch.id)
        timeline.stretches.append(stretch)
    if late:
        _load_around(session, timelines, late)
    return timelines


def _load_around(session: TenantSession, timelines: Mapping[UUID, Timeline], late: Mapping[UUID, Past]) -> None:
    asked = _json([(machine_id, *past) for machine_id, past in late.items()])
    for row in session.execute(_AROUND, {"organization": session.organization_id, "rows": asked}):
        if row.id not in (timeline := timelines[row.machine_id]).known:
            timeline.known.add(row.id)
            timeline.stretches.append(_stretch(row))
    for machine_id in late:
        timelines[machine_id].stretches.sort(key=lambda stretch: stretch.started_at)


def store_timelines(session: TenantSession, timelines: dict[UUID, Timeline], agent_id: UUID | None) -> None:
    """Write what was heard and what changed by it; where it disproves what was there, all stretches are made anew."""
    by = {"organization": session.organization_id, "agent": agent_id, "person": session.scope.user_id}
    heard = [
        (s.id, machine, s.source, s.state, s.started_at, s.reason, s.alarms, s.note, *s.by, s.is_late)
        for machine, timeline in timelines.items()
        for s in timeline.heard
    ]
    if heard:
        session.execute(_HEARD, {**by, "rows": _json(heard)})
    details = [
        (new_id(), machine, one.of, one.reason, one.alarms)
        for machine, timeline in timelines.items()
        for one in timeline.heard_more
    ]
    if details:
        session.execute(_HEARD_MORE, {**by, "rows": _json(details)})
    removed = [id_ for timeline in timelines.values() for id_ in timeline.removed]
    changed = [(s.id, s.ended_at, s.reason, s.alarms) for t in timelines.values() for s in t.changed.values()]
    added = [
        (s.id, machine, s.state, s.source, s.started_at, s.ended_at, s.reason, s.alarms, s.note, s.is_late)
        for machine, timeline in timelines.items()
        for s in timeline.added.values()
    ]
    if removed or changed or added:
        session.execute(_STORE, {**by, "removed": _json(removed), "changed": _json(changed), "added": _json(added)})
    for machine, timeline in timelines.items():
        if timeline.is_disproved:
            make_anew(session, machine)


class Written(NamedTuple):
    """What came of events about states.

    Attributes:
        changed: the machine of each transition that is new.
        late: of which time something is new that was told late, by machine.
        refused: events about another machine's or nobody's interval.
        too_late: what people said of a time before the present state.
    """

    changed: list[UUID]
    refused: list[Refused]
    too_late: list[StateSet]
    late: Mapping[UUID, Past]


def write_states(
    session: TenantSession, agent_id: UUID, events: Sequence[Arrived], late: Collection[int] = ()
) -> Written:
    """Take transitions, details and people's words in their order.

    Args:
        late: of which of them, by `seq`, the transitions are told late.
    """
    written = Written([], [], [], _pasts(event for seq, event in events if seq in late))
    if not events:
        return written
    owners = _owners(session, events)
    timelines = load_timelines(session, {event.machine_id for _, event in events}, written.late)
    for id_, machine_id in owners.items():
        if machine_id in timelines:
            timelines[machine_id].known.add(id_)
    changed, refused, *_ = written
    for seq, event in events:
        timeline = timelines[event.machine_id]
        if isinstance(event, StateSet):
            if owners.get(event.id, event.machine_id) != event.machine_id:
                refused.append(Refused(seq, "interval_of_another", f"Interval {event.id} is another machine's"))
            elif event.state is MachineState.UNKNOWN:
                refused.append(
                    Refused(seq, "state_unknown", "A person says a state that the machine is known to be in")
                )
            elif event.id not in timeline.known:
                _say(timeline, event, written)
        elif isinstance(event, StateChanged):
            if _is_foreign(event, owners):
                refused.append(Refused(seq, "interval_of_another", f"Interval {event.opened.id} is another machine's"))
            elif _apply(timeline, event, is_late=seq in late):
                changed.append(event.machine_id)
        elif event.interval_id not in timeline.known:
            refused.append(Refused(seq, "unknown_interval", f"The machine has no interval {event.interval_id}"))
        else:
            timeline.detailed(Detail(event.interval_id, event.reason, tuple(event.alarms)))
    store_timelines(session, timelines, agent_id)
    _detail_earlier(session, timelines)
    return written


def _say(timeline: Timeline, event: StateSet, written: Written) -> None:
    """A person's word; one of a time before the present state is too late."""
    word = Stretch(
        event.id,
        event.state,
        event.started_at,
        source=StateSource.PERSON,
        note=event.note,
        by=Speaker.at_station(event),
    )
    try:
        timeline.said(word)
    except ValueError:
        written.too_late.append(event)
    else:
        written.changed.append(event.machine_id)


def _pasts(events: Iterable[Any]) -> Mapping[UUID, Past]:
    """Of which time transitions among these tell, by machine."""
    pasts: dict[UUID, Past] = {}
    for event in events:
        if isinstance(event, StateChanged):
            begun = [one.started_at for one in (event.opened, event.closed) if one is not None]
            begun += pasts.get(event.machine_id, ())
            pasts[event.machine_id] = Past(min(begun), max(begun))
    return pasts


def _apply(timeline: Timeline, event: StateChanged, *, is_late: bool) -> bool:
    closed = event.closed
    if closed is not None and closed.id in timeline.known:
        timeline.detailed(Detail(closed.id, closed.reason, tuple(closed.alarms)))
    return timeline.signalled(_signal(event.opened, is_late), _signal(closed, is_late) if closed else None)


def _detail_earlier(session: TenantSession, timelines: Mapping[UUID, Timeline]) -> None:
    """Details of stretches before the end of the history go straight to their rows, where they are."""
    rows = [
        (one.of, machine_id, one.reason, one.alarms)
        for machine_id, timeline in timelines.items()
        for one in timeline.heard_more
        if one.of not in timeline.changed and one.of not in timeline.added
    ]
    if rows:
        session.execute(_DETAIL, {"organization": session.organization_id, "rows": _json(rows)})


def _owners(session: TenantSession, events: Iterable[Arrived]) -> dict[UUID, UUID]:
    """Machines of the intervals spoken of that are stored already."""
    ids: set[UUID] = set()
    for _, event in events:
        if isinstance(event, StateDetailed):
            ids.add(event.interval_id)
        elif isinstance(event, StateSet):
            ids.add(event.id)
        else:
            ids |= {event.opened.id} | ({event.closed.id} if event.closed else set())
    rows = session.execute(_KNOWN, {"organization": session.organization_id, "ids": list(ids)})
    return {row.id: row.machine_id for row in rows}


def _is_foreign(event: StateChanged, owners: dict[UUID, UUID]) -> bool:
    spoken_of = [event.opened.id] + ([event.closed.id] if event.closed else [])
    return any(owners.get(id_, event.machine_id) != event.machine_id for id_ in spoken_of)


def _signal(interval: OpenedInterval | ClosedInterval, is_late: bool) -> Stretch:
    return Stretch(
        interval.id,
        interval.state,
        interval.started_at,
        reason=interval.reason,
        alarms=tuple(interval.alarms),
        is_late=is_late,
    )


def _stretch(row: Row[Any]) -> Stretch:
    return Stretch(
        row.id,
        MachineState(row.state),
        row.started_at,
        row.ended_at,
        StateSource(row.source),
        row.reason,
        tuple(row.alarms),
        row.note,
        is_late=row.is_late,
    )


def _json(rows: Sequence[object]) -> str:
    return orjson.dumps(rows).decode()
