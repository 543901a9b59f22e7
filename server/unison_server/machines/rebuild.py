"""A machine's stretches made anew from everything that was ever said of it.

It is the law of `timeline.py` as one statement over sets: half a million transitions take seconds. People's words about
causes are rows of their own, anchored in time; only the end of one that is of its stop follows the stop's.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from unison_domain.machines.downtime_contracts import Rebuilt

from unison_server.kernel.database import TenantSession
from unison_server.kernel.outbox import record
from unison_server.machines.disproof import IS_SAID, PROVEN_FROM
from unison_server.machines.downtime.causes import move_ends
from unison_server.machines.signals import hold_signals
from unison_server.machines.tables import Machine
from unison_server.sites.queries import demand_writable

_FOR_SETS = text(
    "select set_config('work_mem', '128MB', true), set_config('enable_nestloop', 'off', true), "
    "set_config('jit', 'off', true)"
)
"""Until the transaction ends. The planner can't know how many rows the windows give, and would loop over them."""

_REBUILD = text(
    f"""
    with told as materialized (
        select t.*, min({PROVEN_FROM.format(heard="t", machine="m")}) filter (where not t.is_late) over (
            order by t.position desc rows between unbounded preceding and 1 preceding
        ) as proven_from
        from machine_transitions as t
        join machines as m on m.organization_id = t.organization_id and m.id = t.machine_id
        where t.organization_id = :organization and t.machine_id = :machine
            and {IS_SAID.format(said="t")}
    ),
    heard as materialized (
        select id, source, state, started_at, reason, alarms, note, agent_id, created_by, created_at, position, is_late,
            count(*) filter (where source = 'person') over so_far as words,
            case when source = 'person' or is_late then started_at
                else max(started_at) filter (where source = 'signal' and not is_late) over so_far end as start
        from told where is_late or proven_from is null or started_at <= proven_from
        window so_far as (order by position)
    ),
    words as (
        select word.id, word.words, word.start,
            least(lead(word.start) over (order by word.position), min(signal.start)) as end,
            least(lead(word.position) over (order by word.position), min(signal.position)) as ended_by
        from heard as word
        left join heard as signal on signal.words = word.words and signal.source = 'signal'
            and not signal.is_late and signal.start > word.start
        where word.source = 'person'
        group by word.id, word.words, word.start, word.position
    ),
    standing as (
        select heard.*, heard.source = 'signal' and heard.start < max(
            case when heard.source = 'person' then coalesce(words.end, 'infinity') end
        ) over so_far as is_covered,
            heard.is_late and (
                heard.position < max(case when heard.source = 'person' then heard.position end) over so_far
                or present.start <= heard.start
                    and heard.position < coalesce(present.ended_by, heard.position + 1)
            ) as was_covered
        from heard left join words on words.id = heard.id
        left join words as present on heard.is_late and present.words = heard.words
        window so_far as (order by heard.start, heard.source = 'signal', heard.position)
    ),
    tiling as (
        select *, lead(start) over (order by start, not is_late, case when is_late then -position else position end)
            as ended_at
        from standing where not is_covered is true and not was_covered is true
    ),
    details as (
        select transition_id as id,
            (array_agg(reason order by position desc) filter (where reason is not null))[1] as reason,
            (array_agg(alarms order by position desc) filter (where alarms <> '[]'))[1] as alarms
        from machine_transition_details where organization_id = :organization and machine_id = :machine
        group by transition_id
    ),
    wanted as materialized (
        select t.id, t.state, t.source, t.start as started_at, t.ended_at, coalesce(d.reason, t.reason) as reason,
            coalesce(d.alarms, t.alarms) as alarms, t.note, t.is_late, t.agent_id, t.created_by, t.created_at
        from tiling as t left join details as d using (id)
        where t.ended_at is null or t.ended_at > t.start
    ),
    there as materialized (
        select s.id, (s.state, s.source, s.started_at, s.ended_at, s.reason, s.alarms, s.is_late) is not distinct
            from (w.state, w.source, w.started_at, w.ended_at, w.reason, w.alarms, w.is_late) as is_right
        from machine_states as s left join wanted as w using (id)
        where s.organization_id = :organization and s.machine_id = :machine
    ),
    removed as (
        delete from machine_states
        where organization_id = :organization and id in (select id from there where not is_right)
        returning id
    ),
    added as (
        insert into machine_states (organization_id, id, machine_id, state, source, started_at, ended_at, reason,
            alarms, note, is_late, agent_id, created_at, created_by, updated_by)
        select :organization, id, :machine, state, source, started_at, ended_at, reason, alarms, note, is_late,
            agent_id, created_at, created_by, created_by
        from wanted
        where id not in (select id from there where is_right) and (select count(*) from removed) >= 0
        order by started_at
        returning id
    )
    select (select count(*) from told) as transitions, (select count(*) from wanted) as intervals,
        (select count(*) from removed) as removed, (select count(*) from added) as added
    """  # noqa: S608 - constants
)
"""
- `told.proven_from`: what was heard later began no later; of a start after it a clock was ahead (`disproof.py`).
- `heard.start`: signals come in their order, so a start before the newest one is taken to be at it; not late ones.
- `words.end`: a word is ended by the next word, or by the first signal to come after it that starts later, which
  has the place `ended_by`. Nothing late ends a word.
- `is_covered`: a signal that starts where a word stands has no time of its own.
- `was_covered`: nor has what was told late and had a word go on over it once, wherever that word ended then.
- `tiling`: of what begins together the last told stands, but what is told late makes way, and the first of it stands.
"""


def rebuild(session: TenantSession, machine_id: UUID) -> Rebuilt:
    """Make the machine's stretches anew; only rows that differ are written. Its events wait until it is done.

    Raises:
        NotFound, NotAllowed: no such machine, or its plant is not writable.
    """
    machine = session.need(Machine, machine_id, "machine")
    demand_writable(session, machine.plant_id)
    begun = time.perf_counter()
    hold_signals(session, {machine.id: None})
    done = make_anew(session, machine.id)
    if done.removed or done.added:
        record(session, "machines.machine.rebuilt", machine.id, plant_id=machine.plant_id)
    return Rebuilt(
        machine_id=machine.id,
        transitions=done.transitions,
        intervals=done.intervals,
        seconds=time.perf_counter() - begun,
    )


def make_anew(session: TenantSession, machine_id: UUID) -> Row[Any]:
    """What `rebuild` does to the stretches of a machine that is held; gives counts of them."""
    session.execute(_FOR_SETS)
    done = session.execute(_REBUILD, {"organization": session.organization_id, "machine": machine_id}).one()
    move_ends(session, [machine_id], newest=None)
    return done
