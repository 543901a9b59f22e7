"""A machine's history as it is answered: its stretches with what was counted meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypedDict
from uuid import UUID, uuid5

import orjson
from sqlalchemy import Row, Text, cast, text
from unison_domain.kernel.contracts import EARLIEST, LATEST
from unison_domain.machines.contracts import MachineState, StateSource, StopClass
from unison_domain.machines.silence import Voice
from unison_domain.machines.stops import classify

from unison_server.kernel.database import TenantSession
from unison_server.machines.tables import Machine, StateStretch
from unison_server.machines.voices import voices_of

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
    reason: str | None
    alarms: list[str]
    good: str
    scrap: str
    note: str | None


_SUMS = text(
    """
    with s as materialized (
        select id, machine_id, greatest(started_at, :start) as begun, least(ended_at, :end) as until
        from machine_states where organization_id = :organization and id = any(cast(:ids as uuid[]))
    )
    select s.id, coalesce(sum(c.delta) filter (where c.kind = 'good'), 0) as good,
        coalesce(sum(c.delta) filter (where c.kind = 'scrap'), 0) as scrap
    from s join machine_counts as c on c.organization_id = :organization and c.machine_id = s.machine_id
        and c.at >= s.begun and c.at < s.until
    group by s.id
    """
)


def intervals_of(
    session: TenantSession,
    machine: Machine,
    stretches: Sequence[Row[Any]],
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
    rows = session.execute(
        _SUMS,
        {
            "organization": session.organization_id,
            "ids": [stretch.id for stretch in stretches],
            "start": start or EARLIEST,
            "end": end or LATEST,
        },
    )
    sums = {id_: (good, scrap) for id_, good, scrap in rows.all()}
    nothing = (Decimal(0), Decimal(0))
    intervals = [_interval(machine, stretch, *sums.get(stretch.id, nothing)) for stretch in stretches]
    if all(one["ended_at"] for one in intervals):
        return intervals
    voice = voices_of(session, [machine.id])[machine.id]
    told = [part for one in intervals for part in _with_silence(machine, one, voice)]
    told.sort(key=lambda one: one["started_at"], reverse=newest_first)
    return [one for one in told if _touches(one, start, end)]


def _with_silence(machine: Machine, interval: Interval, voice: Voice) -> list[Interval]:
    """The interval and, where its signals fell silent, the unknown one after it: how long it went on nobody knows."""
    if interval["ended_at"] is not None:
        return [interval]
    since = voice.silent_since(interval["state"], interval["source"], interval["started_at"], datetime.now(UTC))
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
        reason=None,
        alarms=[],
        good="0",
        scrap="0",
        note=None,
    )
    seconds = (since - interval["started_at"]).total_seconds()
    known: Interval = {**interval, "ended_at": since, "duration_seconds": seconds}
    return [known, unknown] if seconds else [unknown]


def _touches(interval: Interval, start: datetime | None, end: datetime | None) -> bool:
    is_before = start is not None and interval["ended_at"] is not None and interval["ended_at"] <= start
    return not is_before and (end is None or interval["started_at"] < end)


def _interval(machine: Machine, stretch: Row[Any], good: Decimal, scrap: Decimal) -> Interval:
    state, seconds = MachineState(stretch.state), None
    if stretch.ended_at is not None:
        seconds = (stretch.ended_at - stretch.started_at).total_seconds()
    return Interval(
        id=stretch.id,
        machine_id=machine.id,
        state=state,
        source=StateSource(stretch.source),
        started_at=stretch.started_at.astimezone(UTC),
        ended_at=stretch.ended_at and stretch.ended_at.astimezone(UTC),
        duration_seconds=seconds,
        stop_class=classify(state, seconds, machine.micro_stop_seconds, stretch.reason),
        reason=stretch.reason,
        alarms=[] if stretch.alarms == "[]" else orjson.loads(stretch.alarms),
        good=str(good),
        scrap=str(scrap),
        note=stretch.note,
    )
