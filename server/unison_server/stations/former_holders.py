"""What an agent recorded while it lawfully held a tag or a station, and delivers when another holds it.

It is taken without a person: values and states of that time are nobody else's word. Not counts: the new holder goes on
from a baseline, so they are in what it counts. Whether an event was recorded before the hand-over is judged by its
stamp, which the agent corrected by the server's time; what it stamped before it ever heard that waits for review.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from unison_domain.stations.batch import ClockReading
from unison_domain.stations.events import Sample, StateChanged, StateDetailed

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import Arrival, Arrived, Refused, is_before

_SETTLED = timedelta(seconds=2)
"""Within so much of the server's time an agent leaves its clock alone."""
_MOST_SECONDS = 86_400.0 * 365

_HELD = text(
    """
    select former.tag_id, t.machine_id, former.held_since, former.number, former.ended_at
    from former_tag_holders as former
    join tags as t on t.organization_id = former.organization_id and t.id = former.tag_id
    where former.organization_id = :organization and former.agent_id = :agent
        and (former.tag_id = any(cast(:tags as uuid[])) or t.machine_id = any(cast(:machines as uuid[])))
    """
)


_SERVED = text(
    """
    select station_id, max(ended_at) as ended_at from former_station_holders
    where organization_id = :organization and agent_id = :agent group by station_id
    """
)
_HELD_BY = text(
    """
    select tag_id, agent_id, held_since, number from former_tag_holders
    where organization_id = :organization and tag_id = any(cast(:tags as uuid[]))
    """
)


class FormerHold(NamedTuple):
    """A tag that an agent held once, with the first and the last number of its leases."""

    tag_id: UUID
    agent_id: UUID
    held_since: int
    number: int


class Late(NamedTuple):
    """Events of a time when their agent held what they are about; by `arrival` it may speak of that."""

    events: Sequence[Arrived]
    arrival: Arrival


def former_stations(session: TenantSession, agent_id: UUID) -> Mapping[UUID, datetime]:
    """Stations that the agent served once, each with when that ended last."""
    rows = session.execute(_SERVED, {"organization": session.organization_id, "agent": agent_id})
    return {row.station_id: row.ended_at for row in rows}


def former_holds(session: TenantSession, tags: Collection[UUID]) -> Sequence[FormerHold]:
    """Who held these tags before."""
    rows = session.execute(_HELD_BY, {"organization": session.organization_id, "tags": list(tags)})
    return [FormerHold(*row) for row in rows]


def clock_error(clock: ClockReading) -> timedelta:
    """How far corrected stamps may be from the server's time: what is corrected no more, and what is left of it."""
    return _SETTLED + timedelta(seconds=min(_MOST_SECONDS, abs(clock.offset_seconds or 0.0)))


def recorded_before(
    session: TenantSession,
    arrival: Arrival,
    events: Iterable[Arrived],
    lost: Iterable[Refused],
    untagged: Collection[UUID],
) -> Late:
    """Which events are values and states that were recorded before a hand-over took effect.

    Those are among the `lost`, or tell of a machine none of whose tags is the agent's (`untagged`).
    """
    lost_seqs = {one.seq for one in lost}
    if not lost_seqs and not untagged:
        return Late((), arrival)
    late = [
        one for one in events if (one.seq in lost_seqs or _is_about(one.event, untagged)) and _may_be_late(one.event)
    ]
    if not late:
        return Late((), arrival)
    tags = {event.tag_id for _, event in late if isinstance(event, Sample)}
    machines = {event.machine_id for _, event in late if not isinstance(event, Sample)}
    asked = {"organization": session.organization_id, "agent": arrival.agent_id}
    rows = session.execute(_HELD, {**asked, "tags": list(tags), "machines": list(machines)}).all()
    known = [one for one in late if any(_is_of(row, one.event, arrival.clock_error) for row in rows)]
    own = arrival.assignment
    held = {row.tag_id: row.machine_id for row in rows}
    return Late(known, replace(arrival, assignment=replace(own, tags={**held, **own.tags})))


def _is_about(event: Any, machines: Collection[UUID]) -> bool:
    return isinstance(event, StateChanged | StateDetailed) and event.machine_id in machines


def _may_be_late(event: Any) -> bool:
    return isinstance(event, Sample | StateChanged | StateDetailed)


def _is_of(hold: Any, event: Sample | StateChanged | StateDetailed, error: timedelta) -> bool:
    """Whether the event was recorded within this hold, under a lease of it."""
    about = hold.tag_id == event.tag_id if isinstance(event, Sample) else hold.machine_id == event.machine_id
    return bool(about and hold.held_since <= event.lease <= hold.number and is_before(event, hold.ended_at, error))
