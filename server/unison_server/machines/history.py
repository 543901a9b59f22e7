"""A machine's history as it is answered: its stretches with what was counted meanwhile."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from typing import Any, NotRequired, TypedDict
from uuid import UUID, uuid5

import orjson
from sqlalchemy import Row, Text, cast, text
from unison_domain.identity.overrides import OverrideKind
from unison_domain.kernel.contracts import EARLIEST, LATEST
from unison_domain.machines.contracts import CauseSource, MachineState, StateSource, StopClass
from unison_domain.machines.silence import Voice
from unison_domain.machines.stretch_reading import Told

from unison_server.kernel.database import TenantSession
from unison_server.machines.counting import PARTS_MADE
from unison_server.machines.downtime.explaining import explain
from unison_server.machines.speakers import NOBODY, speakers_of
from unison_server.machines.tables import Machine, StateStretch
from unison_server.machines.voices import voices_of
from unison_server.stations.overriding import confirmed_by

OF_INTERVAL = (
    StateStretch.id,
    StateStretch.state,
    StateStretch.source,
    StateStretch.started_at,
    StateStretch.ended_at,
    StateStretch.reason,
    cast(StateStretch.alarms, Text).label("alarms"),
    StateStretch.note,
)
"""What of a stretch its interval is made of; its alarms as JSON, for most have none to read."""


_STARTED_AT = 3
_START = itemgetter(_STARTED_AT)
_UNCOUNTED = ("0", "0")


class Interval(TypedDict):
    """The fields of `StateInterval`; not that model, which checks each: of a day there are more than a thousand.

    Most have no note and nobody who said them: they are a third shorter without those fields.
    """

    id: UUID
    machine_id: UUID
    state: MachineState
    source: StateSource
    started_at: datetime
    ended_at: datetime | None
    duration_seconds: float | None
    stop_class: StopClass | None
    cause_source: CauseSource | None
    reason: str | None
    alarms: list[str]
    good: str
    scrap: str
    note: NotRequired[str]
    person: NotRequired[str | None]
    person_id: NotRequired[UUID | None]
    person_is_verified: NotRequired[bool | None]
    confirmed_by_name: NotRequired[str | None]


_SUMS = text(
    f"""
    with page as (
        select array_agg(started_at order by started_at) as starts from machine_states
        where organization_id = :organization and machine_id = :machine and started_at between :first and :last
    ),
    made as (
        select width_bucket(at, (select starts from page)) as place,
            coalesce(sum(quantity) filter (where kind = 'good'), 0) as good,
            coalesce(sum(quantity) filter (where kind = 'scrap'), 0) as scrap
        from {PARTS_MADE} as one
        group by place
    )
    select (select starts from page)[place] as start, cast(trim_scale(good) as text), cast(trim_scale(scrap) as text)
    from made where good <> 0 or scrap <> 0 order by place
    """  # noqa: S608 - constants
)
"""By the stretch it falls into: they tile, so its place is the last start that is not later."""


def intervals_of(
    session: TenantSession,
    machine: Machine,
    stretches: Sequence[Row[*tuple[Any, ...]]],
    start: datetime | None,
    end: datetime | None,
    *,
    newest_first: bool = True,
) -> list[Interval]:
    """Stretches as reporting reads them, with what was counted meanwhile, but not before `start` nor from `end` on.

    An open one ends where its signals fell silent; the time since is an unknown interval of its own, beyond the page.

    Args:
        stretches: rows of `OF_INTERVAL`.
    """
    in_order = sorted(stretches, key=_START)
    sums = _sums(session, machine, in_order, start or EARLIEST, end or LATEST)
    persons = [one.id for one in stretches if one.source == StateSource.PERSON]
    said = speakers_of(session, persons)
    voice = cache(lambda: voices_of(session, [machine.id])[machine.id])
    explained = explain(session, machine, in_order, voice)
    confirmed = confirmed_by(session, OverrideKind.MACHINE_STATE, persons)
    machine_id = machine.id
    intervals = [
        _interval(machine_id, stretch, told, counted)
        for stretch, told, counted in zip(in_order, explained, sums, strict=True)
    ]
    for one in intervals if persons else ():
        if one["source"] == StateSource.PERSON:
            by = said.get(one["id"], NOBODY)
            one["person"], one["person_id"], one["person_is_verified"] = by.name, by.id, by.is_verified
            one["confirmed_by_name"] = confirmed.get(one["id"])
    if newest_first:
        intervals.reverse()
    if all(one["ended_at"] for one in intervals):
        return intervals
    told = [part for one in intervals for part in _with_silence(machine, one, voice())]
    told.sort(key=lambda one: one["started_at"], reverse=newest_first)
    return [one for one in told if _touches(one, start, end)]


def _sums(
    session: TenantSession, machine: Machine, in_order: Sequence[Row[*tuple[Any, ...]]], start: datetime, end: datetime
) -> list[tuple[str, str]]:
    """Good parts and scrap counted in each stretch."""
    if not in_order:
        return []
    first, last = in_order[0].started_at, in_order[-1].started_at
    rows = session.execute(
        _SUMS,
        {
            "organization": session.organization_id,
            "machine": machine.id,
            "first": first,
            "last": last,
            "begun": max(start, first),
            "until": min(end, in_order[-1].ended_at or LATEST),
        },
    )
    # Side by side, for both are in order of time: the hash of a time of a zone takes 20 times as long as to compare it.
    counted = [_UNCOUNTED] * len(in_order)
    starts = list(map(_START, in_order))
    place = 0
    for begun, good, scrap in rows.all():
        place = bisect_left(starts, begun, place)
        if place < len(starts) and starts[place] == begun:
            counted[place] = good, scrap
    return counted


def _with_silence(machine: Machine, interval: Interval, voice: Voice) -> list[Interval]:
    """The interval and, where its signals fell silent, the unknown one after it: how long it went on nobody knows."""
    if interval["ended_at"] is not None:
        return [interval]
    state, source = MachineState(interval["state"]), StateSource(interval["source"])
    since = voice.silent_since(state, source, interval["started_at"], datetime.now(UTC))
    if since is None:
        return [interval]
    unknown = Interval(
        id=uuid5(interval["id"], "silence"),
        machine_id=machine.id,
        state=MachineState.UNKNOWN,
        source=StateSource.SIGNAL,
        started_at=since,
        ended_at=None,
        duration_seconds=None,
        stop_class=None,
        cause_source=None,
        reason=None,
        alarms=[],
        good="0",
        scrap="0",
    )
    seconds = (since - interval["started_at"]).total_seconds()
    known: Interval = {**interval, "ended_at": since, "duration_seconds": seconds}
    return [known, unknown] if seconds else [unknown]


def _touches(interval: Interval, start: datetime | None, end: datetime | None) -> bool:
    is_before = start is not None and interval["ended_at"] is not None and interval["ended_at"] <= start
    return not is_before and (end is None or interval["started_at"] < end)


def _interval(machine_id: UUID, stretch: Row[*tuple[Any, ...]], told: Told, counted: tuple[str, str]) -> Interval:
    """It without who said it."""
    id_, state, source, started_at, ended_at, reason, alarms, note = stretch
    good, scrap = counted
    # Written as a literal: to call the type takes twice as long.
    interval: Interval = {
        "id": id_,
        "machine_id": machine_id,
        "state": state,
        "source": source,
        "started_at": started_at,
        "ended_at": ended_at,
        "duration_seconds": None if ended_at is None else (ended_at - started_at).total_seconds(),
        "stop_class": told.stop_class,
        "cause_source": told.source,
        "reason": reason,
        "alarms": [] if alarms == "[]" else orjson.loads(alarms),
        "good": good,
        "scrap": scrap,
    }
    if note is not None:
        interval["note"] = note
    return interval
