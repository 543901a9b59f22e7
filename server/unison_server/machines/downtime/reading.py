"""Reading downtime events: which stops there are, and what each of them is made of.

Stops are found by the index on starts of stretches in which a machine stood, page by page, however long the history.
A person may also have entered one where no state is known; that is found by its word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Row, TextClause, select, text
from unison_domain.kernel.contracts import EARLIEST, LATEST
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.downtime import Downtime, Stood, Word, as_far_as_known, downtimes
from unison_domain.machines.silence import Voice

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime.causes import END_OF_STOP
from unison_server.machines.downtime.reasons import Meanings, meanings
from unison_server.machines.downtime_tables import DowntimeCause
from unison_server.machines.tables import Machine
from unison_server.machines.voices import voices_of
from unison_server.sites.queries import names_of

_FIRST_WINDOW = timedelta(hours=8)
_AHEAD = timedelta(days=1)
"""Nothing begins later than that, whatever clocks say."""
_STANDS = "not in ('running', 'no_output', 'unknown')"

_STOPS = """
    with machine as materialized (
        select id from machines where organization_id = :organization
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
        select w.machine_id, w.started_at, least(w.ended_at, next.started_at), w.id
        from downtime_causes as w
        left join lateral (
            select s.state, s.ended_at from machine_states as s
            where s.organization_id = :organization and s.machine_id = w.machine_id and s.started_at <= w.started_at
            order by s.started_at desc limit 1
        ) as known on true
        left join lateral (
            select n.started_at from machine_states as n
            where n.organization_id = :organization and n.machine_id = w.machine_id and n.started_at > w.started_at
                and n.state <> 'unknown'
            order by n.started_at limit 1
        ) as next on true
        where w.organization_id = :organization and w.machine_id in (select id from machine) and w.started_at < :end
            and (w.started_at >= :start or cast(:across as boolean) and coalesce(w.ended_at, 'infinity') > :start)
            and (known.state is null or known.state = 'unknown')
    )
    select * from stops
    where extract(epoch from coalesce(ended_at, now()) - started_at) >= :seconds
        and (cast(:after as timestamptz) is null or (started_at, machine_id) {beyond} (:after, cast(:place as uuid)))
    order by started_at {way}, machine_id {way}
    limit :limit
"""
_NEWEST_FIRST = text(_STOPS.format(stands=_STANDS, beyond="<", way="desc"))
_OLDEST_FIRST = text(_STOPS.format(stands=_STANDS, beyond=">", way="asc"))
_ASKED = """
    with asked as materialized (
        select (stop ->> 0)::int as place, (stop ->> 1)::uuid as machine_id, (stop ->> 2)::timestamptz as started_at,
            coalesce((stop ->> 3)::timestamptz, 'infinity') as ended_at
        from jsonb_array_elements(cast(:stops as jsonb)) as stop
    )
"""
"""Apart, because row level security lets no index be searched by an expression that may fail, such as a cast."""


def _about_stops(query: str) -> TextClause:
    return text(_ASKED + query)


_STRETCHES = _about_stops(
    """
    select asked.place, s.id, s.state, s.source, s.started_at, s.ended_at, s.reason, s.alarms
    from asked join machine_states as s on s.organization_id = :organization and s.machine_id = asked.machine_id
        and s.started_at >= asked.started_at and s.started_at < asked.ended_at
    order by asked.place, s.started_at
    """
)
_WORDS = _about_stops(
    """
    select asked.place, w.id
    from asked join downtime_causes as w on w.organization_id = :organization and w.machine_id = asked.machine_id
        and w.started_at < asked.ended_at and coalesce(w.ended_at, 'infinity') > asked.started_at
    """
)
_TOUCHING = """
    , since as materialized (
        select asked.*, coalesce((
                select p.started_at from machine_states as p
                where p.organization_id = :organization and p.machine_id = asked.machine_id
                    and p.started_at <= asked.started_at and p.state in ('running', 'no_output')
                order by p.started_at desc limit 1
            ), '-infinity') as ran_at
        from asked
    )
    select asked.place, c.number, c.started_at,
            coalesce(c.ended_at, {ended_at}) as ended_at,
            c.is_effective and c.kind <> 'undone'
            and not exists (
                select from downtime_changes as u where u.organization_id = :organization and u.undoes = c.id
            ) as can_be_undone
    from since as asked
    join downtime_changes as c on c.organization_id = :organization and c.machine_id = asked.machine_id
        and c.started_at < asked.ended_at
        and (c.ended_at > asked.started_at or c.ended_at is null and c.started_at >= asked.ran_at)
"""
"""Changes that may touch a stop: one without end is of the stop it was said of, so none from before the last run."""
_CHANGES = _about_stops(_TOUCHING.format(ended_at=END_OF_STOP.format(machine="c.machine_id", moment="c.started_at")))


class Stop(NamedTuple):
    """An unbroken time a machine stood; `word_id`: nothing is known of that time but this word."""

    machine_id: UUID
    started_at: datetime
    ended_at: datetime | None
    word_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An event with what is stored of it.

    Attributes:
        changes: numbers of the changes that touched it.
        cause_row: the row of its word. said_by: what who said it is called.
        to_undo: number of the last change that touched it and is not taken back yet.
    """

    machine: Machine
    event: Downtime
    changes: tuple[int, ...]
    cause_row: DowntimeCause | None
    to_undo: int | None
    said_by: str | None = None

    @property
    def version(self) -> int:
        """Number of the last change that touched it, 0 for none."""
        return max(self.changes, default=0)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which stops: of a machine, of a plant, or of all that may be read; those that touch `start` to `end`."""

    machine_id: UUID | None = None
    plant_id: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None
    seconds: float = 0.0
    newest_first: bool = True


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
    rows = session.execute(
        _NEWEST_FIRST if asked.newest_first else _OLDEST_FIRST,
        {
            "organization": session.organization_id,
            "machine": asked.machine_id,
            "plant": asked.plant_id,
            "start": start,
            "end": end,
            "across": is_first,
            "seconds": asked.seconds,
            "after": moment,
            "place": place,
            "limit": limit,
        },
    )
    return [Stop(*row) for row in rows]


def events_of(session: TenantSession, stops: Sequence[Stop], known: Meanings | None = None) -> list[list[Found]]:
    """The events of each stop, in order of time."""
    if not stops:
        return []
    known = known or meanings(session)
    machines = _machines(session, {stop.machine_id for stop in stops})
    asked = [(place, stop.machine_id, stop.started_at, stop.ended_at) for place, stop in enumerate(stops)]
    stretches = _by_place(session, _STRETCHES, asked)
    spoken = _by_place(session, _WORDS, asked)
    changes = _by_place(session, _CHANGES, asked)
    ids = {row.id for rows in spoken.values() for row in rows}
    causes = {row.id: row for row in session.scalars(select(DowntimeCause).where(DowntimeCause.id.in_(ids)))}
    people = names_of(session, (cause.said_by for cause in causes.values() if cause.said_by_name is None))
    voices = voices_of(session, {stop.machine_id for stop in stops if stop.ended_at is None})
    found = []
    for place, stop in enumerate(stops):
        machine = machines[stop.machine_id]
        own = [causes[row.id] for row in spoken.get(place, ())]
        stood = [as_stood(row) for row in stretches.get(place, ())]
        silent = silent_since(stood, voices[stop.machine_id]) if stood and stop.ended_at is None else None
        events = as_far_as_known(_derived(stop, stood, own, machine, known), silent)
        events_found = (_found(machine, event, causes, changes.get(place, ())) for event in events)
        found.append([replace(one, said_by=_name(one.cause_row, people)) for one in events_found])
    return found


def _name(said: DowntimeCause | None, people: Mapping[UUID, str]) -> str | None:
    return None if said is None else said.speaker.named(people)


def silent_since(stop: Sequence[Stood], voice: Voice) -> datetime | None:
    """When the machine fell silent in this stop, if it has no end; else None."""
    last = stop[-1]
    if last.ended_at is not None:
        return None
    return voice.silent_since(last.state, last.source, last.started_at, datetime.now(UTC))


def as_stood(row: Row[*tuple[Any, ...]]) -> Stood:
    """A stored stretch as the rules read it."""
    return Stood(
        row.id,
        MachineState(row.state),
        row.started_at,
        row.ended_at,
        StateSource(row.source),
        row.reason,
        tuple(row.alarms),
    )


def as_word(cause: DowntimeCause) -> Word:
    """A stored word as the rules read it."""
    return Word(cause.id, cause.started_at, cause.ended_at, cause.downtime_reason_id)


def _derived(
    stop: Stop, stretches: list[Stood], causes: Iterable[DowntimeCause], machine: Machine, known: Meanings
) -> list[Downtime]:
    if stop.word_id is not None:
        stretches = [Stood(stop.word_id, MachineState.UNKNOWN, stop.started_at, stop.ended_at, StateSource.PERSON)]
    words = [as_word(cause) for cause in causes]
    return downtimes(stretches, words, lambda alarm: known.reason_of(alarm, machine), known.class_of)


def _found(
    machine: Machine,
    event: Downtime,
    causes: dict[UUID, DowntimeCause],
    changes: Sequence[Row[Any]],
) -> Found:
    own = [
        change
        for change in changes
        if (event.ended_at is None or change.started_at < event.ended_at)
        and (change.ended_at is None or change.ended_at > event.started_at)
    ]
    return Found(
        machine,
        event,
        tuple(change.number for change in own),
        causes[event.word.id] if event.word else None,
        max((change.number for change in own if change.can_be_undone), default=None),
    )


def _by_place(
    session: TenantSession, statement: TextClause, asked: Sequence[tuple[Any, ...]]
) -> dict[int, list[Row[Any]]]:
    rows = session.execute(statement, {"organization": session.organization_id, "stops": orjson.dumps(asked).decode()})
    by_place: dict[int, list[Row[Any]]] = {}
    for row in rows:
        by_place.setdefault(row.place, []).append(row)
    return by_place


def _machines(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Machine]:
    return {row.id: row for row in session.scalars(select(Machine).where(Machine.id.in_(ids)))}
