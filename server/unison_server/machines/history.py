"""A machine's history as it is answered: its stretches with what was counted meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypedDict
from uuid import UUID, uuid5

import orjson
from sqlalchemy import Row, Text, cast, text
from unison_domain.identity.overrides import OverrideKind
from unison_domain.kernel.contracts import EARLIEST, LATEST
from unison_domain.machines.contracts import CauseSource, MachineState, StateSource, StopClass
from unison_domain.machines.silence import Voice
from unison_domain.machines.stretch_reading import NOTHING, Told

from unison_server.kernel.database import TenantSession
from unison_server.machines.counting import PARTS_MADE
from unison_server.machines.downtime.explaining import explain
from unison_server.machines.speakers import NOBODY, Speaker, speakers_of
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


_UNCOUNTED = ("0", "0")


class Interval(TypedDict):
    """The fields of `StateInterval`; not that model, which checks each: of a day there are more than a thousand."""

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
    note: str | None
    person: str | None
    person_id: UUID | None
    person_is_verified: bool | None
    confirmed_by_name: str | None


_SUMS = text(
    f"""
    select width_bucket(at, cast(:starts as timestamptz[])) as place,
        cast(trim_scale(coalesce(sum(quantity) filter (where kind = 'good'), 0)) as text) as good,
        cast(trim_scale(coalesce(sum(quantity) filter (where kind = 'scrap'), 0)) as text) as scrap
    from {PARTS_MADE} as made
    group by place
    """  # noqa: S608 - constants
)
"""By the place of the stretch in order of time, from 1: stretches tile, so each count falls into one."""


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
    sums = _sums(session, machine, stretches, start or EARLIEST, end or LATEST)
    said = speakers_of(session, [one.id for one in stretches if one.source == StateSource.PERSON])
    voice = cache(lambda: voices_of(session, [machine.id])[machine.id])
    explained = explain(session, machine, stretches, voice)
    confirmed = confirmed_by(session, OverrideKind.MACHINE_STATE, list(said))
    intervals = [
        _interval(
            machine,
            stretch,
            explained.get(stretch.id, NOTHING),
            said.get(stretch.id, NOBODY),
            confirmed.get(stretch.id),
            sums.get(stretch.started_at, _UNCOUNTED),
        )
        for stretch in stretches
    ]
    if all(one["ended_at"] for one in intervals):
        return intervals
    told = [part for one in intervals for part in _with_silence(machine, one, voice())]
    told.sort(key=lambda one: one["started_at"], reverse=newest_first)
    return [one for one in told if _touches(one, start, end)]


def _sums(
    session: TenantSession, machine: Machine, stretches: Sequence[Row[*tuple[Any, ...]]], start: datetime, end: datetime
) -> dict[datetime, tuple[str, str]]:
    """Good parts and scrap counted in each stretch, by its start; only of those with any."""
    starts = sorted(stretch.started_at for stretch in stretches)
    if not starts:
        return {}
    newest = max(stretches, key=lambda stretch: stretch.started_at)
    rows = session.execute(
        _SUMS,
        {
            "organization": session.organization_id,
            "machine": machine.id,
            # One text: a list of a thousand would be looked through for quotes, one by one.
            "starts": "{" + ",".join(map(datetime.isoformat, starts)) + "}",
            "begun": max(start, starts[0]),
            "until": min(end, newest.ended_at or LATEST),
        },
    )
    return {starts[place - 1]: (good, scrap) for place, good, scrap in rows.all()}


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
        note=None,
        person=None,
        person_id=None,
        person_is_verified=None,
        confirmed_by_name=None,
    )
    seconds = (since - interval["started_at"]).total_seconds()
    known: Interval = {**interval, "ended_at": since, "duration_seconds": seconds}
    return [known, unknown] if seconds else [unknown]


def _touches(interval: Interval, start: datetime | None, end: datetime | None) -> bool:
    is_before = start is not None and interval["ended_at"] is not None and interval["ended_at"] <= start
    return not is_before and (end is None or interval["started_at"] < end)


def _interval(
    machine: Machine,
    stretch: Row[*tuple[Any, ...]],
    told: Told,
    by: Speaker,
    confirmed_by_name: str | None,
    counted: tuple[str, str],
) -> Interval:
    id_, state, source, started_at, ended_at, reason, alarms, note = stretch
    return Interval(
        id=id_,
        machine_id=machine.id,
        state=state,
        source=source,
        started_at=_in_utc(started_at),
        ended_at=ended_at and _in_utc(ended_at),
        duration_seconds=None if ended_at is None else (ended_at - started_at).total_seconds(),
        stop_class=told.stop_class,
        cause_source=told.source,
        reason=reason,
        alarms=[] if alarms == "[]" else orjson.loads(alarms),
        good=counted[0],
        scrap=counted[1],
        note=note,
        person=by.name,
        person_id=by.id,
        person_is_verified=by.is_verified,
        confirmed_by_name=confirmed_by_name,
    )


def _in_utc(moment: datetime) -> datetime:
    """It by that clock, unless it is already: of a day there are thousands."""
    return moment if getattr(moment.tzinfo, "key", None) in ("UTC", "Etc/UTC") else moment.astimezone(UTC)
