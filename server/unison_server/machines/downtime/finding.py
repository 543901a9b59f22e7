"""Which stops there are, page by page, by the index on starts of stretches in which a machine stood.

A person may also have entered one where no state is known; that is found by its word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from unison_domain.kernel.contracts import EARLIEST, LATEST
from unison_domain.machines.downtime import NO_STOP

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime.causes import listed
from unison_server.machines.downtime.silences import silences_between

_FIRST_WINDOW = timedelta(hours=8)
_AHEAD = timedelta(days=1)
"""Nothing begins later than that, whatever clocks say."""
STANDS = f"not in ({listed(NO_STOP)})"
"""Of a state: the condition of the index `ix_machine_states_stops`."""

_ENTERED = """
        select w.machine_id, w.started_at, least(w.ended_at, next.started_at), w.id
        from {machines}
        cross join lateral (
            select machine_id, started_at, ended_at, id from downtime_causes
            where organization_id = :organization and machine_id = machine.id
                and started_at >= :start and started_at < :end
            union all
            select * from (
                select machine_id, started_at, ended_at, id from downtime_causes
                where organization_id = :organization and machine_id = machine.id
                    and started_at < :start and cast(:across as boolean)
                order by started_at desc limit 1
            ) as at_start where ended_at is null or ended_at > :start
        ) as w
        left join lateral (
            select s.state, s.ended_at from machine_states as s
            where s.organization_id = :organization and s.machine_id = w.machine_id and s.started_at <= w.started_at
            order by s.started_at desc limit 1
        ) as known on true
        left join lateral (
            select n.started_at from machine_states as n
            where n.organization_id = :organization and n.machine_id = w.machine_id and n.started_at > w.started_at
                and (n.state <> 'unknown' or n.source = 'person')
            order by n.started_at limit 1
        ) as next on true
        where known.state is null or known.state = 'unknown'
"""
"""Words over time nothing is known of: stops of their own, as far as the next known state, or until the machine is put
away. Words never overlap, so of
those before `start` only the last may reach past it."""

_STOPS = """
    with machine as materialized (
        select id, micro_stop_seconds from machines where organization_id = :organization
            and id = coalesce(cast(:machine as uuid), id) and plant_id = coalesce(cast(:plant as uuid), plant_id)
    ),
    across as (
        -- stops that stand where the time asked for begins
        select at_start.machine_id, coalesce(before.ended_at, (
                select min(started_at) from machine_states
                where organization_id = :organization and machine_id = at_start.machine_id
            )) as started_at
        from machine
        join lateral (
            select s.machine_id, s.state, s.ended_at from machine_states as s
            where s.organization_id = :organization and s.machine_id = machine.id and s.started_at <= :start
            order by s.started_at desc limit 1
        ) as at_start on at_start.state {stands} and (at_start.ended_at is null or at_start.ended_at > :start)
        left join lateral (
            select s.ended_at from machine_states as s
            where s.organization_id = :organization and s.machine_id = machine.id and s.started_at < :start
                and not s.state {stands}
            order by s.started_at desc limit 1
        ) as before on true
    ),
    begun as (
        select s.machine_id, s.started_at
        from machine_states as s
        where s.organization_id = :organization and s.state {stands} and s.started_at >= :start and s.started_at < :end
            and (s.started_at > :start or not cast(:across as boolean)) and s.machine_id in (select id from machine)
            and not exists (
                select from machine_states as p
                where p.organization_id = :organization and p.machine_id = s.machine_id and p.ended_at = s.started_at
                    and p.state {stands}
            )
        union all select machine_id, started_at from across where cast(:across as boolean)
    ),
    stops as (
        select begun.machine_id, begun.started_at, next.started_at as ended_at, null::uuid as word_id
        from begun
        left join lateral (
            select n.started_at from machine_states as n
            where n.organization_id = :organization and n.machine_id = begun.machine_id
                and n.started_at > begun.started_at and not n.state {stands}
            order by n.started_at limit 1
        ) as next on true
        union all
        {entered}
    )
    select stops.machine_id, stops.started_at, stops.ended_at, stops.word_id
    from stops join machine on machine.id = stops.machine_id
    cross join lateral (select extract(epoch from coalesce(ended_at, now()) - started_at) as seconds) as length
    where case when :waiting then length.seconds > coalesce(cast(:seconds as float), machine.micro_stop_seconds)
            else length.seconds >= coalesce(cast(:seconds as float), 0) end
        and (cast(:after as timestamptz) is null or (started_at, machine_id) {beyond} (:after, cast(:place as uuid)))
    order by started_at {way}, machine_id {way}
    limit :limit
"""
_ANY_MACHINE = _ENTERED.format(machines="machine")
_NEWEST_FIRST = text(_STOPS.format(stands=STANDS, beyond="<", way="desc", entered=_ANY_MACHINE))
_OLDEST_FIRST = text(_STOPS.format(stands=STANDS, beyond=">", way="asc", entered=_ANY_MACHINE))
_ENTERED_OF_ONE = text(_ENTERED.format(machines="(select cast(:machine as uuid) as id) as machine"))


class Stop(NamedTuple):
    """An unbroken time a machine stood; `word_id`: nothing is known of that time but this word."""

    machine_id: UUID
    started_at: datetime
    ended_at: datetime | None
    word_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which stops: of a machine, of a plant, or of all that may be read; those that touch `start` to `end`.

    Attributes:
        seconds: so long at least.
        waiting: only what may wait for a reason: longer than `seconds`, or where that is None, than its machine's
            micro-stop. No event is longer than its stop.
        silences: also time nothing is known of that follows a stop at once, and of which nobody spoke (`silences`).
    """

    machine_id: UUID | None = None
    plant_id: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None
    seconds: float | None = 0.0
    newest_first: bool = True
    waiting: bool = False
    silences: bool = False


def find_stops(session: TenantSession, asked: Asked, after: tuple[datetime, UUID] | None, limit: int) -> list[Stop]:
    """Stops in order of their start, after the one at `after` (start and machine).

    Looks through ever longer windows, so that the first page of a long history reads little of it.
    """
    found: list[Stop] = []
    for start, end, is_first in _windows(asked, after):
        found += _stops_between(session, asked, (start, end, is_first), after, limit - len(found))
        if len(found) >= limit:
            break
    return found


def _windows(asked: Asked, after: tuple[datetime, UUID] | None) -> Iterator[tuple[datetime, datetime, bool]]:
    """Windows from where to go on; the last word of each: it begins where the time asked for does."""
    earliest, latest = asked.start or EARLIEST, min(asked.end or LATEST, datetime.now(UTC) + _AHEAD)
    span = _FIRST_WINDOW
    if asked.newest_first:
        end = latest if after is None else min(latest, after[0] + timedelta(microseconds=1))
        while True:
            start = max(earliest, end - span)
            yield start, end, start == earliest
            if start == earliest:
                return
            end, span = start, 2 * span
    start = earliest
    while start < latest:
        end = min(latest, start + span)
        if after is None or end > after[0]:
            yield start, end, start == earliest
        start, span = end, 2 * span


def _stops_between(
    session: TenantSession,
    asked: Asked,
    window: tuple[datetime, datetime, bool],
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Stop]:
    start, end, is_first = window
    moment, place = after or (None, None)
    given = {
        "organization": session.organization_id,
        "machine": asked.machine_id,
        "plant": asked.plant_id,
        "start": start,
        "end": end,
        "across": is_first,
        "seconds": asked.seconds,
        "waiting": asked.waiting,
        "after": moment,
        "place": place,
        "limit": limit,
    }
    statement = _NEWEST_FIRST if asked.newest_first else _OLDEST_FIRST
    found = [Stop(*row) for row in session.execute(statement, given).all()]
    if not asked.silences:
        return found
    found += [Stop(*row) for row in silences_between(session, given, newest_first=asked.newest_first)]
    return sorted(found, key=lambda stop: (stop.started_at, stop.machine_id), reverse=asked.newest_first)[:limit]


def find_entered(session: TenantSession, machine_id: UUID, start: datetime, end: datetime) -> list[Stop]:
    """All stops that people entered of a machine where no state is known, of those that touch the time."""
    given = {"organization": session.organization_id, "machine": machine_id, "start": start, "end": end, "across": True}
    return [Stop(*row) for row in session.execute(_ENTERED_OF_ONE, given)]
