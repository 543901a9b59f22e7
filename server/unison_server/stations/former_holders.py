"""What an agent recorded while it lawfully held a tag or a station, and delivers when another holds it.

It is taken without a person: values and states of that time are nobody else's word. Not counts: the new holder goes on
from a baseline, so they are in what it counts. Whether an event was recorded before the hand-over is judged by its
stamp, which the agent corrected by the server's time; what it stamped before it ever heard that waits for review. So is
taken what it recorded under a lease that a restore undid (`undone_holds.py`), whose number proves it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from unison_domain.stations.batch import ClockReading
from unison_domain.stations.events import Sample, StateChanged, StateDetailed

from unison_server.kernel.database import TenantSession
from unison_server.kernel.undone import Undone
from unison_server.stations.arrival import Arrival, Arrived, Refused, Service, is_before
from unison_server.stations.leases import Holder
from unison_server.stations.undone_holds import Overtaken, is_undone, told_under_undone

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
    select station_id, agent_id = :agent as is_own, ended_at,
        lag(ended_at) over (partition by station_id order by ended_at) as began_at
    from former_station_holders
    where organization_id = :organization and station_id in (
        select station_id from former_station_holders where organization_id = :organization and agent_id = :agent
    )
    order by station_id, ended_at
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
    """Events of a time when their agent held what they are about; by `arrival` it may speak of that.

    Attributes:
        overtaken: what is not taken, and nobody is to decide about.
    """

    events: Sequence[Arrived]
    arrival: Arrival
    overtaken: Sequence[Overtaken] = ()


def former_stations(session: TenantSession, agent_id: UUID) -> Mapping[UUID, Sequence[Service]]:
    """Stations that the agent served once, each with who served it one after the other, before who does now."""
    served: dict[UUID, list[Service]] = {}
    for row in session.execute(_SERVED, {"organization": session.organization_id, "agent": agent_id}):
        served.setdefault(row.station_id, []).append(Service(row.is_own, row.began_at, row.ended_at))
    return served


def former_holds(session: TenantSession, tags: Collection[UUID]) -> Sequence[FormerHold]:
    """Who held these tags before."""
    rows = session.execute(_HELD_BY, {"organization": session.organization_id, "tags": list(tags)})
    return [FormerHold(*row) for row in rows]


def hold_ended(
    agent_id: UUID,
    tag_id: UUID,
    lease: int,
    present: Holder,
    former: Iterable[FormerHold],
    undone: Iterable[Undone],
) -> int | None:
    """The number by which the tag went from the agent, which tells under this lease, to another.

    Returns:
        None where nobody else is known to have held it since. A lease within another's hold was never the agent's: that
        one's hold counts, unless a restore undid that the lease was given.
    """
    was_undone = is_undone(lease, undone)
    holds: list[tuple[UUID | None, int, int, int]]
    holds = [(one.agent_id, one.held_since, one.number, one.number) for one in former if one.tag_id == tag_id]
    number = present.lease.number
    holds.append((present.agent_id, present.lease.held_since, number, max(number, lease)))
    ends = []
    for holder, since, last, until in holds:
        if since > lease:
            ends.append(since)
        elif was_undone:
            ends.append(last)
        elif lease <= until and holder != agent_id:
            ends.append(since)
    return min((end for end in ends if end > (lease if was_undone else 0)), default=None)


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
    of_holds = {one.seq for one in late if any(_is_of(row, one.event, arrival.clock_error) for row in rows)}
    undone = told_under_undone(session, [one for one in late if one.seq not in of_holds])
    of_undone = frozenset(one.seq for one in undone.taken)
    own = arrival.assignment
    held = {row.tag_id: row.machine_id for row in rows}
    return Late(
        [one for one in late if one.seq in of_holds | of_undone],
        replace(arrival, assignment=replace(own, tags={**held, **undone.tags, **own.tags}), late=of_undone),
        undone.overtaken,
    )


def _is_about(event: Any, machines: Collection[UUID]) -> bool:
    return isinstance(event, StateChanged | StateDetailed) and event.machine_id in machines


def _may_be_late(event: Any) -> bool:
    return isinstance(event, Sample | StateChanged | StateDetailed)


def _is_of(hold: Any, event: Sample | StateChanged | StateDetailed, error: timedelta) -> bool:
    """Whether the event was recorded within this hold, under a lease of it."""
    about = hold.tag_id == event.tag_id if isinstance(event, Sample) else hold.machine_id == event.machine_id
    return bool(about and hold.held_since <= event.lease <= hold.number and is_before(event, hold.ended_at, error))
