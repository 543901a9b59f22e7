"""What was booked of counters in a time that somebody tells of late."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import orjson
from sqlalchemy import text

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import BookedStep, CountWindow

_MOST_STEPS = 50
"""Of one time. A count over a gap is the only one of its time, so it is among the first that end in it or after it."""

_STEPS = text(
    """
    select distinct step.*
    from jsonb_array_elements(cast(:windows as jsonb)) as w
    cross join lateral (
        select (w ->> 0)::uuid as tag_id, (w ->> 1)::timestamptz as started_at, (w ->> 2)::timestamptz as at
    ) as told
    cross join lateral (
        (
            select id, 'counted' as kind, tag_id, agent_id, delta, started_at, at, raw_from, raw_to, steps,
                rolled_over, across_gap, null::timestamptz as since
            from machine_counts
            where organization_id = :organization and tag_id = told.tag_id and at >= told.started_at
            order by at limit :most
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
                )
            from counter_incidents as i
            join tags as t on t.organization_id = i.organization_id and t.id = i.tag_id
            where i.organization_id = :organization and i.machine_id = t.machine_id and i.tag_id = told.tag_id
                and i.at >= told.at
            order by i.at limit :most
        )
    ) as step
    where step.started_at is null or step.started_at <= told.at
    order by step.at, step.id
    """
)


def booked_steps(session: TenantSession, windows: Collection[CountWindow]) -> Sequence[BookedStep]:
    """The counts that were booked in these times, and where the counters went back or leapt after them, by time."""
    if not windows:
        return ()
    rows = orjson.dumps([list(window) for window in sorted(windows)]).decode()
    asked = {"organization": session.organization_id, "windows": rows, "most": _MOST_STEPS}
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
        )
        for row in session.execute(_STEPS, asked)
    ]
