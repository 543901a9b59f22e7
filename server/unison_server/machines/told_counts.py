"""What an agent is told of its counts of today that its own events don't say: what was put right, what was decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from pydantic import ValidationError
from sqlalchemy import text
from unison_domain.machines.contracts import CountKind
from unison_domain.machines.count_corrections import CorrectedDay
from unison_domain.machines.counter import needs_review
from unison_domain.stations.events import Counted
from unison_domain.stations.quarantine_contracts import Decision

from unison_server.kernel.database import TenantSession
from unison_server.machines.count_correcting import corrected_today

_DECIDED = text(
    """
    select q.machine_id, p.time_zone, decided.decision, q.raw, now() as now
    from quarantine as q
    join quarantine_decisions as decided on decided.organization_id = q.organization_id and decided.id = q.id
    join machines as m on m.organization_id = q.organization_id and m.id = q.machine_id
    join plants as p on p.organization_id = m.organization_id and p.id = m.plant_id
    where q.organization_id = :organization and q.agent_id = :agent and q.kind = 'counted'
        and (cast(:epoch as uuid) is null or q.epoch = :epoch) and q.received_at > now() - interval '26 hours'
    """
)
"""No day is longer, and nothing arrives before it happened."""


class _Settled(NamedTuple):
    """Parts of a gap of today that were decided."""

    machine_id: UUID
    day: date
    kind: CountKind
    parts: int
    is_booked: bool


def counts_told(session: TenantSession, agent_id: UUID, epoch: UUID | None) -> list[CorrectedDay]:
    """By how much the agent's counts of today are others than it booked, by machine; of one life of its buffer."""
    told = {one.machine_id: one for one in corrected_today(session, agent_id, epoch)}
    settled: dict[UUID, list[_Settled]] = defaultdict(list)
    for one in _settled(session, agent_id, epoch):
        settled[one.machine_id].append(one)
    return [*(told | {id_: _with(told.get(id_), ones) for id_, ones in settled.items()}).values()]


def _with(corrected: CorrectedDay | None, settled: Sequence[_Settled]) -> CorrectedDay:
    day = corrected or CorrectedDay(machine_id=settled[0].machine_id, day=settled[0].day)
    decided: dict[CountKind, int] = defaultdict(int)
    booked: dict[str, Decimal] = {}
    for one in settled:
        decided[one.kind] += one.parts
        if one.is_booked:
            booked[one.kind] = booked.get(one.kind, getattr(day, one.kind)) + one.parts
    return day.model_copy(update={**booked, "settled": dict(decided)})


def _settled(session: TenantSession, agent_id: UUID, epoch: UUID | None) -> Iterator[_Settled]:
    asked = {"organization": session.organization_id, "agent": agent_id, "epoch": epoch}
    for row in session.execute(_DECIDED, asked):
        counted = _waited(row.raw)
        if counted is None:
            continue
        zone = ZoneInfo(row.time_zone)
        today = _day(row.now, zone)
        if _day(counted.at, zone) == today:
            is_booked = row.decision == Decision.ACCEPTED
            yield _Settled(row.machine_id, today, counted.count, counted.delta, is_booked)


def _waited(raw: str) -> Counted | None:
    """The count, where its agent told at its station that it waits for a person."""
    try:
        counted = Counted.model_validate(orjson.loads(raw))
    except ValidationError:
        return None
    return counted if counted.count is not CountKind.UNKNOWN and needs_review(counted) is not None else None


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
