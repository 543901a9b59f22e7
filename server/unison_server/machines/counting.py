"""Writing what counters counted, and summing it by quarters of an hour beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text

from unison_server.kernel.database import TenantSession
from unison_server.kernel.keys import new_id
from unison_server.machines.count_correcting import correct_arrived
from unison_server.stations.arrival import Arrival, Arrived

_ENVELOPE = {"seq"}

_COUNTS = text(
    """
    insert into machine_counts (organization_id, id, machine_id, tag_id, agent_id, epoch, seq, kind, delta, started_at,
        at, raw_from, raw_to, steps, across_gap, rolled_over, extra)
    select :organization, (row ->> 0)::uuid, (row ->> 1)::uuid, (row ->> 2)::uuid, :agent, :epoch, (row ->> 3)::bigint,
        row ->> 4, (row ->> 5)::bigint, (row ->> 6)::timestamptz, (row ->> 7)::timestamptz, (row ->> 8)::numeric,
        (row ->> 9)::numeric, (row ->> 10)::numeric, (row ->> 11)::boolean, (row ->> 12)::boolean,
        nullif(row -> 13, 'null')
    from jsonb_array_elements(cast(:rows as jsonb)) as row
    """
)
_QUARTERS = text(
    """
    insert into machine_count_quarters (organization_id, machine_id, started_at, good, scrap, total)
    select :organization, (row ->> 0)::uuid, (row ->> 1)::timestamptz, (row ->> 2)::bigint, (row ->> 3)::bigint,
        (row ->> 4)::bigint
    from jsonb_array_elements(cast(:rows as jsonb)) as row order by 2, 3
    on conflict (organization_id, machine_id, started_at) do update
    set good = machine_count_quarters.good + excluded.good, scrap = machine_count_quarters.scrap + excluded.scrap,
        total = machine_count_quarters.total + excluded.total
    """
)
_INCIDENTS = text(
    """
    insert into counter_incidents (organization_id, id, machine_id, tag_id, agent_id, epoch, seq, kind, at, raw_from,
        raw_to, added, extra)
    select :organization, (row ->> 0)::uuid, (row ->> 1)::uuid, (row ->> 2)::uuid, :agent, :epoch, (row ->> 3)::bigint,
        row ->> 4, (row ->> 5)::timestamptz, (row ->> 6)::numeric, (row ->> 7)::numeric, (row ->> 8)::bigint,
        nullif(row -> 9, 'null')
    from jsonb_array_elements(cast(:rows as jsonb)) as row
    """
)
_KINDS = ("good", "scrap", "total")

PARTS_MADE = """(
        select at, kind, delta as quantity from machine_counts
        where organization_id = :organization and machine_id = :machine and at >= :begun and at < :until
        union all
        select at, kind, quantity from corrected_counts
        where organization_id = :organization and machine_id = :machine and at >= :begun and at < :until
    )"""
"""What a machine's counters counted in a time, and what was put right of it: to be summed by statements."""


def quarter_of(moment: datetime) -> datetime:
    """Start of the quarter of an hour the moment lies in."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def write_counts(
    session: TenantSession, arrival: Arrival, counts: Sequence[Arrived], machine_of: Mapping[int, UUID | None]
) -> None:
    """Store each advance of a counter, and add it to the sum of the quarter it was read in.

    What was put right of the time it was read in is put right of it too.
    """
    if not counts:
        return
    rows = [
        (
            new_id(),
            machine_of[seq],
            event.tag_id,
            seq,
            event.count,
            event.delta,
            event.started_at,
            event.at,
            event.raw_from,
            event.raw_to,
            event.steps,
            event.across_gap,
            event.rolled_over,
            beyond(event.model_extra),
        )
        for seq, event in counts
    ]
    _write(session, arrival, _COUNTS, rows)
    sums: dict[tuple[UUID | None, datetime], list[int]] = {}
    for seq, event in counts:
        if event.count in _KINDS:
            quarter = sums.setdefault((machine_of[seq], quarter_of(event.at)), [0, 0, 0])
            quarter[_KINDS.index(event.count)] += event.delta
    _write(session, arrival, _QUARTERS, [(*key, *values) for key, values in sums.items()])
    correct_arrived(session, [row[0] for row in rows], [event for _, event in counts])


def write_incidents(
    session: TenantSession, arrival: Arrival, incidents: Sequence[Arrived], machine_of: Mapping[int, UUID | None]
) -> dict[UUID, UUID]:
    """Store counters that went back or leapt, for people to look at; of each machine the id of the first."""
    if not incidents:
        return {}
    rows = [
        (
            new_id(),
            machine_of[seq],
            event.tag_id,
            seq,
            event.kind,
            event.at,
            event.raw_from,
            event.raw_to,
            getattr(event, "added", None),
            beyond(event.model_extra),
        )
        for seq, event in incidents
    ]
    _write(session, arrival, _INCIDENTS, rows)
    return {machine_id: id_ for id_, machine_id, *_ in reversed(rows) if machine_id is not None}


def beyond(extra: dict[str, object] | None) -> dict[str, object] | None:
    """What a newer agent said that this version has no column for."""
    kept = {name: value for name, value in (extra or {}).items() if name not in _ENVELOPE}
    return kept or None


def _write(session: TenantSession, arrival: Arrival, statement: TextClause, rows: Sequence[tuple[object, ...]]) -> None:
    session.execute(
        statement,
        {
            "organization": session.organization_id,
            "agent": arrival.agent_id,
            "epoch": arrival.epoch,
            "rows": orjson.dumps(rows).decode(),
        },
    )
