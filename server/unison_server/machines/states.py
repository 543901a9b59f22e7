"""Loading the end of machines' timelines and writing back what changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, TextClause, text
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.stations.events import ClosedInterval, OpenedInterval, StateChanged, StateDetailed

from unison_server.kernel.database import TenantSession
from unison_server.machines.timeline import Stretch, Timeline
from unison_server.stations.arrival import Arrived, Refused

_ENDS = text(
    """
    select s.*, signals.floor
    from unnest(cast(:machines as uuid[])) as machine(id)
    left join lateral (
        select started_at as floor from machine_states
        where organization_id = :organization and machine_id = machine.id and source = 'signal'
        order by started_at desc limit 1
    ) as signals on true
    left join lateral (
        select started_at from machine_states
        where organization_id = :organization and machine_id = machine.id and source = 'signal'
            and (ended_at is null or ended_at > started_at)
        order by started_at desc limit 1
    ) as newest on true
    join lateral (
        select id, machine_id, state, source, started_at, ended_at, reason, alarms, note from machine_states
        where organization_id = :organization and machine_id = machine.id
            and started_at >= coalesce(newest.started_at, '-infinity')
    ) as s on true
    order by s.machine_id, s.started_at
    """
)
_KNOWN = text(
    """
    select id, machine_id from machine_states where organization_id = :organization and id = any(cast(:ids as uuid[]))
    """
)
_CHANGE = text(
    """
    update machine_states as s
    set ended_at = (row ->> 1)::timestamptz, reason = row ->> 2, alarms = row -> 3, updated_at = now()
    from jsonb_array_elements(cast(:rows as jsonb)) as row
    where s.organization_id = :organization and s.id = (row ->> 0)::uuid
    """
)
_ADD = text(
    """
    insert into machine_states (organization_id, id, machine_id, state, source, started_at, ended_at, reason, alarms,
        note, agent_id, created_by, updated_by)
    select :organization, (row ->> 0)::uuid, (row ->> 1)::uuid, row ->> 2, row ->> 3, (row ->> 4)::timestamptz,
        (row ->> 5)::timestamptz, row ->> 6, row -> 7, row ->> 8, cast(:agent as uuid), cast(:person as uuid),
        cast(:person as uuid)
    from jsonb_array_elements(cast(:rows as jsonb)) as row
    """
)
_DETAIL = text(
    """
    update machine_states as s
    set reason = coalesce(row ->> 2, reason), alarms = case when row -> 3 = '[]' then alarms else row -> 3 end,
        updated_at = now()
    from jsonb_array_elements(cast(:rows as jsonb)) as row
    where s.organization_id = :organization and s.id = (row ->> 0)::uuid and s.machine_id = (row ->> 1)::uuid
        and s.source = 'signal'
    """
)


def load_timelines(session: TenantSession, machines: Collection[UUID]) -> dict[UUID, Timeline]:
    """The end of each machine's history. The machines must be held (`signals.hold_signals`)."""
    timelines = {machine_id: Timeline() for machine_id in machines}
    rows = session.execute(_ENDS, {"organization": session.organization_id, "machines": list(machines)})
    for row in rows:
        timeline, stretch = timelines[row.machine_id], _stretch(row)
        timeline.floor = row.floor
        timeline.known.add(stretch.id)
        if stretch.has_length:
            timeline.stretches.append(stretch)
    return timelines


def store_timelines(session: TenantSession, timelines: dict[UUID, Timeline], agent_id: UUID | None) -> None:
    """Write what changed; ends before beginnings, so that nothing overlaps in between."""
    changed = [stretch for timeline in timelines.values() for stretch in timeline.changed.values()]
    _write(session, _CHANGE, [(s.id, s.ended_at, s.reason, s.alarms) for s in changed])
    added = [(machine, stretch) for machine, timeline in timelines.items() for stretch in timeline.added.values()]
    _write(
        session,
        _ADD,
        [
            (s.id, machine, s.state, s.source, s.started_at, s.ended_at, s.reason, s.alarms, s.note)
            for machine, s in added
        ],
        agent=agent_id,
        person=session.scope.user_id,
    )


def write_states(session: TenantSession, agent_id: UUID, events: Sequence[Arrived]) -> tuple[list[UUID], list[Refused]]:
    """Take transitions and details in their order.

    Returns:
        The machine of each transition that is new, and events about another machine's or nobody's interval.
    """
    if not events:
        return [], []
    owners = _owners(session, events)
    timelines = load_timelines(session, {event.machine_id for _, event in events})
    for id_, machine_id in owners.items():
        if machine_id in timelines:
            timelines[machine_id].known.add(id_)
    changed: list[UUID] = []
    refused: list[Refused] = []
    late: list[tuple[object, ...]] = []
    for seq, event in events:
        timeline = timelines[event.machine_id]
        if isinstance(event, StateChanged):
            if _is_foreign(event, owners):
                refused.append(Refused(seq, "interval_of_another", f"Interval {event.opened.id} is another machine's"))
            elif _apply(timeline, event, late):
                changed.append(event.machine_id)
        elif event.interval_id not in timeline.known:
            refused.append(Refused(seq, "unknown_interval", f"The machine has no interval {event.interval_id}"))
        else:
            _detail(timeline, event.machine_id, event.interval_id, event, late)
    store_timelines(session, timelines, agent_id)
    _write(session, _DETAIL, late)
    return changed, refused


def _apply(timeline: Timeline, event: StateChanged, late: list[tuple[object, ...]]) -> bool:
    closed = event.closed
    if closed is not None and closed.id in timeline.known:
        _detail(timeline, event.machine_id, closed.id, closed, late)
    return timeline.signalled(_signal(event.opened), _signal(closed) if closed else None)


def _detail(
    timeline: Timeline,
    machine_id: UUID,
    id_: UUID,
    said: StateDetailed | ClosedInterval,
    late: list[tuple[object, ...]],
) -> None:
    """Details of an interval in the loaded end go there; those of an earlier one straight to its row."""
    if not timeline.detailed(id_, said.reason, said.alarms):
        late.append((id_, machine_id, said.reason, said.alarms))


def _owners(session: TenantSession, events: Iterable[Arrived]) -> dict[UUID, UUID]:
    """Machines of the intervals spoken of that are stored already."""
    ids: set[UUID] = set()
    for _, event in events:
        if isinstance(event, StateDetailed):
            ids.add(event.interval_id)
        else:
            ids |= {event.opened.id} | ({event.closed.id} if event.closed else set())
    rows = session.execute(_KNOWN, {"organization": session.organization_id, "ids": list(ids)})
    return {row.id: row.machine_id for row in rows}


def _is_foreign(event: StateChanged, owners: dict[UUID, UUID]) -> bool:
    spoken_of = [event.opened.id] + ([event.closed.id] if event.closed else [])
    return any(owners.get(id_, event.machine_id) != event.machine_id for id_ in spoken_of)


def _signal(interval: OpenedInterval | ClosedInterval) -> Stretch:
    return Stretch(
        interval.id, interval.state, interval.started_at, reason=interval.reason, alarms=tuple(interval.alarms)
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
    )


def _write(
    session: TenantSession, statement: TextClause, rows: Sequence[tuple[object, ...]], **more: UUID | None
) -> None:
    if rows:
        session.execute(
            statement, {"organization": session.organization_id, "rows": orjson.dumps(rows).decode(), **more}
        )
