"""Reading downtime events: what stops (`finding`) are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, TextClause, select, text
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.downtime import PRODUCING, Downtime, Stood, Word, as_far_as_known, downtimes
from unison_domain.machines.silence import Voice

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime.causes import END_OF_STOP, listed
from unison_server.machines.downtime.finding import Stop
from unison_server.machines.downtime.meanings import Meanings, meanings
from unison_server.machines.downtime_tables import LENGTHS, DowntimeCause
from unison_server.machines.tables import Machine
from unison_server.machines.voices import voices_of
from unison_server.sites.queries import names_of

_ByPlace = dict[int, list[Row[Any]]]
_CLOSE = timedelta(hours=1)
"""Of the time between two stops that is shorter, little is read that touches neither."""

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
    select asked.place, s.*
    from asked cross join lateral (
        select id, state, source, started_at, ended_at, reason, nullif(alarms, '[]') as alarms from machine_states
        where organization_id = :organization and machine_id = asked.machine_id
            and started_at >= asked.started_at and started_at < asked.ended_at
        offset 0
    ) as s
    order by asked.place, s.started_at
    """
)
"""The offset keeps it a search for each stop: joined, the machine's whole history is read for each."""
_WORDS = _about_stops(
    """
    select asked.place, w.id, w.started_at, w.ended_at
    from asked cross join lateral (
        select id, started_at, ended_at from (
            select id, started_at, ended_at from downtime_causes
            where organization_id = :organization and machine_id = asked.machine_id
                and started_at <= asked.started_at
            order by started_at desc limit 1
        ) as before where coalesce(ended_at, 'infinity') > asked.started_at
        union all
        select id, started_at, ended_at from downtime_causes
        where organization_id = :organization and machine_id = asked.machine_id
            and started_at > asked.started_at and started_at < asked.ended_at
        offset 0
    ) as w
    order by asked.place, w.started_at
    """
)
"""Words do not overlap, so of those that began before that time only the last may reach into it."""
_LONGEST = ", ".join(f"({place}, interval '{seconds} s')" for place, seconds in enumerate(LENGTHS))
_CHANGE = "select id, machine_id, number, kind, started_at, ended_at, is_effective from downtime_changes"
_CHANGES = _about_stops(
    f"""
    , since as materialized (
        select asked.*, coalesce((
                select p.started_at from machine_states as p
                where p.organization_id = :organization and p.machine_id = asked.machine_id
                    and p.started_at <= asked.started_at and p.state in ({listed(PRODUCING)})
                order by p.started_at desc limit 1
            ), '-infinity') as ran_at
        from asked
    )
    , near as materialized (
        select since.*, length.class, coalesce(since.started_at - length.longest, '-infinity') as first_at
        from since cross join (values {_LONGEST}, ({len(LENGTHS)}, null)) as length(class, longest)
    )
    , touching as (
        select near.place, c.* from near cross join lateral (
            {_CHANGE}
            where organization_id = :organization and machine_id = near.machine_id and length_class = near.class
                and started_at > near.first_at and started_at < near.ended_at and ended_at > near.started_at
            offset 0
        ) as c
        union all
        select since.place, c.* from since cross join lateral (
            {_CHANGE}
            where organization_id = :organization and machine_id = since.machine_id and length_class is null
                and started_at >= since.ran_at and started_at < since.ended_at
            offset 0
        ) as c
    )
    select c.place, c.number, c.started_at,
            coalesce(c.ended_at, {END_OF_STOP.format(machine="c.machine_id", moment="c.started_at")}) as ended_at,
            c.is_effective and c.kind <> 'undone' and (
                select u.id from downtime_changes as u where u.organization_id = :organization and u.undoes = c.id
            ) is null as can_be_undone
    from touching as c
    order by c.place, c.started_at, c.number
    """  # noqa: S608 - constants
)
"""Changes that may touch a time: one without end is of the stop it was said of, so none from before the last run.

Whether one was undone is looked up by its id: to ask whether such a row exists reads all that were ever undone."""


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


def events_of(session: TenantSession, stops: Sequence[Stop], known: Meanings | None = None) -> list[list[Found]]:
    """The events of each stop, in order of time."""
    if not stops:
        return []
    known = known or meanings(session)
    machines = _machines(session, {stop.machine_id for stop in stops})
    asked = [(place, stop.machine_id, stop.started_at, stop.ended_at) for place, stop in enumerate(stops)]
    stretches = _by_place(session, _STRETCHES, asked)
    spoken, changes = _of_each(session, stops)
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
        found.append([_found(machine, event, causes, changes.get(place, ()), people) for event in events])
    return found


def _of_each(session: TenantSession, stops: Sequence[Stop]) -> tuple[_ByPlace, _ByPlace]:
    """Words and changes that touch each stop, by its place; looked up once for stops close to each other."""
    groups = list(looked_up_together(stops))
    asked = [(number, *_span([stops[place] for place in places])) for number, places in enumerate(groups)]
    spoken, changed = _by_place(session, _WORDS, asked), _by_place(session, _CHANGES, asked)
    words, changes = _ByPlace(), _ByPlace()
    for number, places in enumerate(groups):
        for rows, of_each in ((spoken.get(number), words), (changed.get(number), changes)):
            if rows:
                of_each.update(zip(places, own_rows(rows, [stops[place] for place in places]), strict=True))
    return words, changes


def own_rows(rows: Sequence[Row[Any]], stops: Iterable[Stop]) -> Iterator[list[Row[Any]]]:
    """The words or changes that touch each stop, so that not every stop looks through all of them.

    Args:
        rows: in order of their start; they may overlap, as a change and what undid it do.
        stops: of one machine, in order of their start.
    """
    beyond = 0
    begun: list[Row[Any]] = []
    for stop in stops:
        begun = [row for row in begun if row.ended_at is None or row.ended_at > stop.started_at]
        while beyond < len(rows) and (stop.ended_at is None or rows[beyond].started_at < stop.ended_at):
            begun.append(rows[beyond])
            beyond += 1
        yield [row for row in begun if _touches(row, stop)]


def looked_up_together(stops: Sequence[Stop]) -> Iterator[list[int]]:
    """The places of stops of one machine that follow each other closely, in order of time."""
    by_machine: dict[UUID, list[int]] = {}
    for place, stop in enumerate(stops):
        by_machine.setdefault(stop.machine_id, []).append(place)
    for places in by_machine.values():
        places.sort(key=lambda place: stops[place].started_at)
        first = 0
        for number, (before, place) in enumerate(pairwise(places), 1):
            ended_at = stops[before].ended_at
            if ended_at is None or stops[place].started_at - ended_at >= _CLOSE:
                yield places[first:number]
                first = number
        yield places[first:]


def _span(stops: Sequence[Stop]) -> tuple[UUID, datetime, datetime | None]:
    """Their machine, and the time from the start of the first to the last end."""
    ends = [stop.ended_at for stop in stops]
    return stops[0].machine_id, stops[0].started_at, None if None in ends else max(filter(None, ends))


def _touches(row: Row[Any], stop: Stop) -> bool:
    begun_before_its_end = stop.ended_at is None or row.started_at < stop.ended_at
    return begun_before_its_end and (row.ended_at is None or row.ended_at > stop.started_at)


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
        tuple(row.alarms or ()),
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
    return downtimes(stretches, words, lambda alarm, at: known.reason_of(alarm, at, machine), known.class_of)


def _found(
    machine: Machine,
    event: Downtime,
    causes: dict[UUID, DowntimeCause],
    changes: Sequence[Row[Any]],
    people: Mapping[UUID, str],
) -> Found:
    word = causes[event.word.id] if event.word else None
    said_by = None if word is None else word.speaker.named(people)
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
        word,
        max((change.number for change in own if change.can_be_undone), default=None),
        said_by,
    )


def _by_place(session: TenantSession, statement: TextClause, asked: Sequence[tuple[Any, ...]]) -> _ByPlace:
    given = {"organization": session.organization_id, "stops": orjson.dumps(asked).decode()}
    by_place = _ByPlace()
    for row in session.execute(statement, given).all():
        by_place.setdefault(row.place, []).append(row)
    return by_place


def _machines(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Machine]:
    return {row.id: row for row in session.scalars(select(Machine).where(Machine.id.in_(ids)))}
