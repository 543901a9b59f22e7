"""What a machine does is known no further than the moment it was put away, also where that was before it was so.

The moment is that of the audit log, else that of the machine's last change; a state that began later ends where it
began. Signals that had fallen silent by then are believed no further than their last one. As since then, the moment is
a word of who put it away, stored among all that was said of the machine, so a rebuild comes to the same. Calls end
with it too: who was there is done, nobody else needs to come.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

_SILENT_AFTER = timedelta(seconds=60)
_AWAY = """
    left join lateral (
        select a.at, case when a.actor_kind = 'user' then a.actor_id end as person from audit_logs as a
        where a.organization_id = m.organization_id and a.entity_id = m.id and a.table_name = 'machines'
            and a.changed_fields ? 'is_active' and a.new_values ->> 'is_active' = 'false'
        order by a.at desc limit 1
    ) as away on true
"""
_PUT_AWAY = sa.text(
    f"""
    select m.organization_id, m.id as machine_id, coalesce(away.at, m.updated_at) as at, away.person,
        open.id as open_id, open.state, open.source, open.started_at, signal.last_signal_at,
        case when m.stale_seconds > 0 then greatest(m.stale_seconds, 2 * coalesce(slowest.poll_seconds, 0))
            else 3 * coalesce(slowest.poll_seconds, 0) end as patience
    from machines as m
    {_AWAY}
    left join machine_states as open on open.organization_id = m.organization_id and open.machine_id = m.id
        and open.ended_at is null
    left join machine_signals as signal on signal.organization_id = m.organization_id and signal.id = m.id
    left join lateral (
        select max(t.poll_seconds) as poll_seconds from tags as t
        where t.organization_id = m.organization_id and t.machine_id = m.id and t.is_active
    ) as slowest on true
    where not m.is_active and (open.id is null or (open.source, open.state) <> ('person', 'unknown')
        and open.started_at <= now())
    order by m.organization_id, m.id
    """  # noqa: S608 - constants
)
_SAY = sa.text(
    """
    insert into machine_transitions (organization_id, id, machine_id, position, source, state, started_at, created_by)
    select :organization, :id, :machine, coalesce(max(position), 0) + 1, :source, 'unknown', :started_at, :person
    from machine_transitions where organization_id = :organization and machine_id = :machine
    """
)
_STORE = sa.text(
    """
    with gone as (
        delete from machine_states where organization_id = :organization and id = :open and started_at >= :first
        returning id
    ),
    ended as (
        update machine_states set ended_at = :first, updated_at = now()
        where organization_id = :organization and id = :open and started_at < :first
        returning id
    )
    insert into machine_states (organization_id, id, machine_id, state, source, started_at, ended_at, created_by,
        updated_by)
    select :organization, one.id, :machine, 'unknown', one.source, one.started_at, one.ended_at, one.person, one.person
    from unnest(cast(:ids as uuid[]), cast(:sources as text[]), cast(:starts as timestamptz[]),
        cast(:ends as timestamptz[]), cast(:persons as uuid[])) as one(id, source, started_at, ended_at, person)
    where (select count(*) from gone) + (select count(*) from ended) >= 0
    """
)
"""One statement, because in between the states would not tile."""
_END_WORD = sa.text(
    """
    update downtime_causes as word set
        ended_at = case
            when word.started_at >= :away then word.started_at + interval '1 microsecond'
            when coalesce((
                select s.state from machine_states as s
                where s.organization_id = word.organization_id and s.machine_id = word.machine_id
                    and s.started_at <= word.started_at
                order by s.started_at desc limit 1
            ), 'unknown') = 'unknown' then :away
            else :first
        end,
        is_of_stop = word.started_at < :away
    where word.organization_id = :organization and word.machine_id = :machine and word.is_of_stop
        and word.ended_at is null
    """
)
"""A word of time nothing is known of ends with the machine, one of a stop with the stop.

One of a stop that is gone is kept with what it says, and is of no time any more: nothing moves its end again.
"""
_END_CALLS = sa.text(
    f"""
    update machine_calls as call set
        done_at = case when call.arrived_at is not null then greatest(gone.at, call.arrived_at) end,
        done_by = case when call.arrived_at is not null then gone.person end,
        done_by_is_verified = case when call.arrived_at is not null and gone.person is not null then true end,
        withdrawn_at = case when call.arrived_at is null then gone.at end,
        withdrawn_by = case when call.arrived_at is null then gone.person end,
        withdrawn_by_is_verified = case when call.arrived_at is null and gone.person is not null then true end,
        updated_at = now()
    from (
        select m.organization_id, m.id, coalesce(away.at, m.updated_at) as at, away.person from machines as m
        {_AWAY}
        where not m.is_active
    ) as gone
    where call.organization_id = gone.organization_id and call.machine_id = gone.id and call.called_at <= gone.at
        and call.done_at is null and call.withdrawn_at is null
    """  # noqa: S608 - constants
)
"""One that was made later is somebody's to end."""


def upgrade() -> None:
    bind = op.get_bind()
    for machine in bind.execute(_PUT_AWAY).all():
        away = max(machine.at, machine.started_at or machine.at)
        silent = _silent_since(machine, away)
        said = [("signal", silent)] if silent is not None else []
        said.append(("person", away))
        ids, first = [uuid4() for _ in said], said[0][1]
        persons = [machine.person if source == "person" else None for source, _ in said]
        of = {"organization": machine.organization_id, "machine": machine.machine_id}
        for id_, (source, start), person in zip(ids, said, persons, strict=True):
            bind.execute(_SAY, {**of, "id": id_, "source": source, "started_at": start, "person": person})
        starts = [start for _, start in said]
        told = {"ids": ids, "sources": [source for source, _ in said], "starts": starts, "ends": [*starts[1:], None]}
        bind.execute(_STORE, {**of, **told, "persons": persons, "open": machine.open_id, "first": first})
        bind.execute(_END_WORD, {**of, "first": first, "away": away})
    bind.execute(_END_CALLS)


def _silent_since(machine: sa.Row[Any], away: datetime) -> datetime | None:
    """When signals fell silent that were the last word of the machine; None where they were heard to the end."""
    if machine.open_id is None or machine.source != "signal" or machine.state == "unknown":
        return None
    heard: datetime = max(machine.started_at, machine.last_signal_at or machine.started_at)
    return heard if heard + _SILENT_AFTER + timedelta(seconds=float(machine.patience)) < away else None


def downgrade() -> None:
    """What is known to have ended stays so."""
