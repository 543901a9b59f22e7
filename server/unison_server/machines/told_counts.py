"""What an agent is told of its counts of today that its own events don't say: what was put right, or decided, and what
it counts once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
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
from unison_server.stations.arrival import FENCED_OFF
from unison_server.stations.quarantine_tables import OF_GAPS

_KINDS = (CountKind.GOOD, CountKind.SCRAP, CountKind.TOTAL)
_OF_GAPS = text(
    f"""
    select q.machine_id, p.time_zone, q.code = any (:fenced) as is_fenced, decided.decision, q.raw, now() as now
    from quarantine as q
    left join quarantine_decisions as decided on decided.organization_id = q.organization_id and decided.id = q.id
    join machines as m on m.organization_id = q.organization_id and m.id = q.machine_id
    join plants as p on p.organization_id = m.organization_id and p.id = m.plant_id
    where q.organization_id = :organization and q.agent_id = :agent and {OF_GAPS}
        and (cast(:epoch as uuid) is null or q.epoch = :epoch) and q.received_at > now() - interval '26 hours'
        and (decided.id is not null or q.code = any (:fenced)) and q.raw::json ->> 'across_gap' = 'true'
    """  # noqa: S608 - constants
)
"""No day is longer, and nothing arrives before it happened."""

_FENCED_OFF = text(
    """
    select f.machine_id, p.time_zone, f.quarter, f.kind, sum(f.parts) as parts, now() as now
    from fenced_counts as f
    join machines as m on m.organization_id = f.organization_id and m.id = f.machine_id
    join plants as p on p.organization_id = m.organization_id and p.id = m.plant_id
    where f.organization_id = :organization and f.agent_id = :agent
        and (cast(:epoch as uuid) is null or f.epoch = :epoch) and f.quarter > now() - interval '26 hours'
    group by f.machine_id, p.time_zone, f.quarter, f.kind
    """
)
"""Summed as it is fenced off: every heartbeat asks."""


class _Change(NamedTuple):
    """Parts of today that are others than the agent told.

    Attributes:
        more: beside those that its page shows as made; less than 0 where it shows them twice.
        settled: of those that its page shows as waiting for a person.
    """

    machine_id: UUID
    day: date
    kind: CountKind
    more: int
    settled: int = 0


def counts_told(session: TenantSession, agent_id: UUID, epoch: UUID | None) -> list[CorrectedDay]:
    """By how much the agent's counts of today are others than it told, by machine; of one life of its buffer.

    What was fenced off is less, unless a person accepted it: the agent counts it once more, from the baseline on.
    """
    told = {one.machine_id: one for one in corrected_today(session, agent_id, epoch)}
    asked = {
        "organization": session.organization_id,
        "agent": agent_id,
        "epoch": epoch,
        "fenced": sorted(FENCED_OFF),
    }
    changes: dict[UUID, list[_Change]] = defaultdict(list)
    for one in (*_of_gaps(session, asked), *_fenced_off(session, asked)):
        changes[one.machine_id].append(one)
    return [*(told | {id_: _with(told.get(id_), ones) for id_, ones in changes.items()}).values()]


def _with(corrected: CorrectedDay | None, changes: Sequence[_Change]) -> CorrectedDay:
    day = corrected or CorrectedDay(machine_id=changes[0].machine_id, day=changes[0].day)
    settled: dict[CountKind, int] = defaultdict(int)
    more: dict[str, Decimal] = {}
    for one in changes:
        if one.settled:
            settled[one.kind] += one.settled
        if one.more:
            more[one.kind] = more.get(one.kind, getattr(day, one.kind)) + one.more
    return day.model_copy(update={**more, "settled": dict(settled)})


def _of_gaps(session: TenantSession, asked: Mapping[str, object]) -> Iterator[_Change]:
    for row in session.execute(_OF_GAPS, asked):
        counted = _read(row.raw)
        if counted is None or counted.count is CountKind.UNKNOWN:
            continue
        zone = ZoneInfo(row.time_zone)
        today, is_booked = _day(row.now, zone), row.decision == Decision.ACCEPTED
        if _day(counted.at, zone) != today:
            continue
        if needs_review(counted) is not None:
            more = counted.delta if is_booked else 0
            yield _Change(row.machine_id, today, counted.count, more, settled=counted.delta)
        elif row.is_fenced and not is_booked:
            yield _Change(row.machine_id, today, counted.count, -counted.delta)


def _fenced_off(session: TenantSession, asked: Mapping[str, object]) -> Iterator[_Change]:
    for row in session.execute(_FENCED_OFF, asked):
        zone = ZoneInfo(row.time_zone)
        today = _day(row.now, zone)
        if row.parts and row.kind in _KINDS and _day(row.quarter, zone) == today:
            yield _Change(row.machine_id, today, CountKind(row.kind), -int(row.parts))


def _read(raw: str) -> Counted | None:
    try:
        return Counted.model_validate(orjson.loads(raw))
    except ValidationError:
        return None


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
