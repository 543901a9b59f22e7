"""Holds that a restore undid: a PC tells under a lease which this server gave, and knows nothing of since.

A lease's number is the millisecond it was given in. One from the time a restore undid was given by the server as it was
before; the PC that has it held the tag until the restored server gave the present holder a number of its own, or, where
it gave none yet, holds it still. A server that was never restored knows no such time, so nobody can make up a lease.

Which PC it was given to is undone too, also of which plant that is: a station may go to any PC of the organization.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from unison_domain.stations.events import Sample, StateChanged, StateDetailed

from unison_server.kernel.database import TenantSession
from unison_server.kernel.undone import Undone, undone_times
from unison_server.stations.arrival import Arrived

_HOLDS = text(
    """
    select t.id as tag_id, t.machine_id, a.name as agent,
        array(
            select unnest(array[hold.held_since, hold.number]) from (
                select former.held_since, former.number from former_tag_holders as former
                where former.organization_id = :organization and former.tag_id = t.id
                union all select coalesce(lease.held_since, 0), coalesce(lease.number, 0)
            ) as hold
        ) as numbers
    from tags as t
    join devices as d on d.organization_id = t.organization_id and d.id = t.device_id
    join stations as s on s.organization_id = d.organization_id and s.id = d.station_id
    left join agents as a on a.organization_id = s.organization_id and a.id = s.agent_id
    left join tag_leases as lease on lease.organization_id = t.organization_id and lease.id = t.id
    where t.organization_id = :organization
        and (t.id = any(cast(:tags as uuid[])) or t.machine_id = any(cast(:machines as uuid[])))
    """
)


class UndoneHold(NamedTuple):
    """A tag of which an undone lease is told.

    Attributes:
        numbers: of the leases this server knows of it; 0 where it was never handed over.
        agent: who has it now.
    """

    tag_id: UUID
    machine_id: UUID | None
    agent: str | None
    numbers: frozenset[int]

    def is_about(self, event: Sample | StateChanged | StateDetailed) -> bool:
        """Whether the event tells of the tag, or of its machine."""
        if isinstance(event, Sample):
            return self.tag_id == event.tag_id
        return self.machine_id == event.machine_id

    def until(self, lease: int) -> int | None:
        """The number by which it went to the present holder; None where that has none of its own yet."""
        return min((number for number in self.numbers if number > lease), default=None)


class _Ended(NamedTuple):
    """Since when somebody holds the tag; `agent` is None where its station has none."""

    moment: datetime
    agent: str | None

    @property
    def words(self) -> str:
        return (
            f"A restore of the server undid the lease this was told under; what happened from "
            f"{self.moment:%Y-%m-%d %H:%M:%S} UTC on is told by agent {self.agent}"
        )


class Overtaken(NamedTuple):
    """What is told under an undone lease of a time from which on the present holder tells: nobody is asked about it."""

    seq: int
    reason: str


class OfUndone(NamedTuple):
    """What of events is told under undone leases.

    Attributes:
        taken: what is nobody else's word.
        tags: that it tells of, each with its machine.
    """

    taken: Sequence[Arrived] = ()
    overtaken: Sequence[Overtaken] = ()
    tags: Mapping[UUID, UUID | None] = {}


def is_undone(lease: int, times: Iterable[Undone]) -> bool:
    """Whether a restore undid that it was given."""
    return any(time.since.timestamp() * 1000 <= lease <= time.until.timestamp() * 1000 for time in times)


def told_under_undone(session: TenantSession, events: Sequence[Arrived]) -> OfUndone:
    """Which of these values and states, which nobody admits, are told under a lease that a restore undid.

    Values are taken under their time, whoever reads the tag as well. States are where they began before the present
    holder got its number: from then on it tells them.
    """
    times = undone_times(session) if events else []
    told = [one for one in events if is_undone(one.event.lease, times) and not _is_unsynced(one.event)]
    if not told:
        return OfUndone()
    holds = _holds(session, told)
    taken, overtaken, tags = [], [], {}
    for one in told:
        about = [hold for hold in holds if hold.is_about(one.event) and one.event.lease not in hold.numbers]
        if not about:
            continue
        tags.update({hold.tag_id: hold.machine_id for hold in about})
        ended = _ended(one.event, about)
        if ended is None:
            taken.append(one)
        elif ended.agent is not None:
            overtaken.append(Overtaken(one.seq, ended.words))
    return OfUndone(taken, overtaken, tags)


def _holds(session: TenantSession, told: Iterable[Arrived]) -> list[UndoneHold]:
    asked = {
        "organization": session.organization_id,
        "tags": list({one.event.tag_id for one in told if isinstance(one.event, Sample)}),
        "machines": list({one.event.machine_id for one in told if not isinstance(one.event, Sample)}),
    }
    rows = session.execute(_HOLDS, asked)
    return [UndoneHold(row.tag_id, row.machine_id, row.agent, frozenset(row.numbers)) for row in rows]


def _ended(event: Any, holds: Sequence[UndoneHold]) -> _Ended | None:
    """Since when another tells what the event tells of; None where nobody else does."""
    if isinstance(event, Sample):
        return None
    ends = [(number, hold.agent) for hold in holds if (number := hold.until(event.lease)) is not None]
    if not ends:
        return None
    number, agent = min(ends, key=lambda one: one[0])
    moment = datetime.fromtimestamp(number / 1000, UTC)
    began = event.opened.started_at if isinstance(event, StateChanged) else event.at
    return None if began < moment else _Ended(moment, agent)


def _is_unsynced(event: Any) -> bool:
    """Whether its clock never heard the server's time."""
    return bool((event.model_extra or {}).get("clock_unsynced"))
