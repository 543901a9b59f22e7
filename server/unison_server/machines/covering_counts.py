"""Which booked count holds parts that a former holder of a counter tells late, as far as the ledger proves it."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import text
from unison_domain.stations.events import Counted

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import Covering

_COVERING = text(
    """
    with late as materialized (
        select (row ->> 0)::int as place, (row ->> 1)::uuid as tag_id, (row ->> 2)::timestamptz as started_at,
            (row ->> 3)::timestamptz as at, (row ->> 4)::numeric as raw_from, (row ->> 5)::numeric as raw_to
        from jsonb_array_elements(cast(:late as jsonb)) as row
    )
    select late.place, c.agent_id, c.delta, c.started_at, c.at, c.raw_from, c.raw_to
    from late cross join lateral (
        select * from machine_counts
        where organization_id = :organization and tag_id = late.tag_id and at >= late.at
        order by at limit 1
    ) as c
    where c.across_gap and not c.rolled_over and c.raw_from > 0 and c.steps = c.raw_to - c.raw_from
        and late.raw_from <= late.raw_to and c.raw_from <= late.raw_from and late.raw_to <= c.raw_to
        and c.started_at <= late.started_at and late.started_at <= late.at
    """
)
"""Of a counter that began anew in between, at 0, nothing is proven: it passes the same values twice. Counts of one tag
follow one another, so only the first that ends later can hold a late one."""


def covering_counts(session: TenantSession, late: Sequence[Counted]) -> list[Covering | None]:
    """The booked count that holds each of these; None where none is known to."""
    rows = [
        (place, one.tag_id, one.started_at, one.at, one.raw_from, one.raw_to)
        for place, one in enumerate(late)
        if one.raw_from is not None and not one.rolled_over and not one.after_reset
    ]
    found = session.execute(
        _COVERING, {"organization": session.organization_id, "late": orjson.dumps(rows).decode()}
    ).all()
    by_place = {
        row.place: Covering(row.agent_id, row.delta, row.started_at, row.at, int(row.raw_from), int(row.raw_to))
        for row in found
    }
    return [by_place.get(place) for place in range(len(late))]
