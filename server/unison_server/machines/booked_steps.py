"""What was booked of counters in a time that somebody tells of late."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC

import orjson
from sqlalchemy import text

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import BookedStep, CountWindow

_STEPS = text(
    """
    select found.*, found.is_timed and not exists (
        select from corrected_counts as corrected
        where corrected.organization_id = :organization and corrected.count_id = found.id
    ) as is_sure
    from (
        select distinct step.*
        from jsonb_array_elements(cast(:windows as jsonb)) as w
        cross join lateral (
            select (w ->> 0)::uuid as tag_id, (w ->> 1)::timestamptz as started_at, (w ->> 2)::timestamptz as at,
                (w ->> 3)::integer as most
        ) as told
        cross join lateral (
            select coalesce(max(c.at), told.started_at) as since from machine_counts as c
            where c.organization_id = :organization and c.tag_id = told.tag_id and c.at < told.started_at
        ) as before
        cross join lateral (
            (
                select id, 'counted' as kind, tag_id, agent_id, delta, started_at, at, raw_from, raw_to, steps,
                    rolled_over, across_gap, null::timestamptz as since,
                    extra -> 'clock_unsynced' is null as is_timed,
                    lag(started_at) over (order by at, id) <= told.at is not false as is_asked
                from (
                    select * from machine_counts
                    where organization_id = :organization and tag_id = told.tag_id and at >= before.since
                    order by at limit told.most
                ) as counted
            )
            union all
            (
                select i.id, i.kind, i.tag_id, i.agent_id, 0, null, i.at, i.raw_from, i.raw_to, null, false, false,
                    greatest(
                        (
                            select max(c.at) from machine_counts as c
                            where c.organization_id = :organization and c.tag_id = i.tag_id and c.at < i.at
                        ),
                        (
                            select max(e.at) from counter_incidents as e
                            where e.organization_id = :organization and e.machine_id = i.machine_id
                                and e.tag_id = i.tag_id and e.at < i.at
                        )
                    ),
                    true, true
                from counter_incidents as i
                join tags as t on t.organization_id = i.organization_id and t.id = i.tag_id
                where i.organization_id = :organization and i.machine_id = t.machine_id and i.tag_id = told.tag_id
                    and i.at >= before.since
                order by i.at limit told.most
            )
        ) as step
        where step.is_asked
    ) as found
    order by found.at, found.id
    """
)


def booked_steps(session: TenantSession, windows: Collection[CountWindow]) -> Sequence[BookedStep]:
    """What was booked in these times, last before and first after each, and where counters went back or leapt, by time.

    That a counter went back or leapt is told from the count before each time on.
    """
    if not windows:
        return ()
    times = [(one.tag_id, one.started_at.astimezone(UTC), one.at.astimezone(UTC), one.most) for one in sorted(windows)]
    asked = {"organization": session.organization_id, "windows": orjson.dumps(times).decode()}
    return [
        BookedStep(
            row.kind,
            row.tag_id,
            row.agent_id,
            row.delta,
            row.started_at,
            row.at,
            None if row.raw_from is None else int(row.raw_from),
            int(row.raw_to),
            None if row.steps is None else int(row.steps),
            row.rolled_over,
            row.across_gap,
            row.since,
            row.is_sure,
        )
        for row in session.execute(_STEPS, asked)
    ]
