"""Counts that were fenced off are settled without a person once the count that holds their parts is booked.

Who takes a counter over, also a PC whose restored server gave it new leases, begins where the server had it counted up
to. Its first count holds all that was counted from there on under earlier leases; what is held by it is decided then,
by nobody. Where a person decides about that first count, the parts wait as long. What comes later than the count that
holds it is settled as it comes, where the ledger proves that: who counted it never had the counter before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from unison_domain.stations.events import Counted
from unison_domain.stations.quarantine_contracts import Decision

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import FENCED_OFF, Covering
from unison_server.stations.former_holders import former_holds
from unison_server.stations.gap_counts import Gap, gap_of
from unison_server.stations.leases import holders_of
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent
from unison_server.stations.waiting_events import waits


class _Late(NamedTuple):
    id: UUID
    agent_id: UUID
    counted: Counted


def settle_counted_anew(session: TenantSession, booked: Iterable[Counted]) -> set[UUID]:
    """Decide what these counts, which are booked, hold of what was set aside; the agents of which something was.

    The leases of their counters must be locked: a hand-over or a person's decision comes before or after.
    """
    gaps = [gap for count in booked if count.across_gap and (gap := gap_of(count, Decision.ACCEPTED)) is not None]
    return _settle(session, gaps)


def settle_late(
    session: TenantSession,
    agent_id: UUID,
    late: Sequence[Counted],
    covering: Callable[[TenantSession, Sequence[Counted]], Sequence[Covering | None]],
) -> set[UUID]:
    """Decide what of these late counts, which were set aside, a booked count of another agent holds.

    A lease tells which came first: where the other never had the counter before this agent lost it, its count began
    where this agent was counted up to. The leases must be locked: a count is booked before or after.
    """
    tags = {one.tag_id for one in late}
    if not tags:
        return set()
    former, holders = former_holds(session, tags), holders_of(session, tags)
    gaps = []
    for one, found in zip(late, covering(session, late), strict=True):
        if found is None or found.agent_id == agent_id:
            continue
        numbers = [hold.held_since for hold in former if (hold.tag_id, hold.agent_id) == (one.tag_id, found.agent_id)]
        holder = holders[one.tag_id]
        since = min(numbers, default=holder.lease.number if holder.agent_id == found.agent_id else 0)
        gaps.append(Gap(one.tag_id, since, *found[1:], Decision.ACCEPTED))
    return _settle(session, gaps)


def _settle(session: TenantSession, gaps: Sequence[Gap]) -> set[UUID]:
    late = _waiting(session, {gap.tag_id for gap in gaps}) if gaps else []
    held = [(one, gap) for one in late if (gap := next((gap for gap in gaps if gap.holds(one.counted)), None))]
    if held:
        rows = [_decision(session, one.id, gap) for one, gap in held]
        session.execute(upsert(QuarantineDecision).on_conflict_do_nothing(), rows)
    return {one.agent_id for one, _ in held}


def _waiting(session: TenantSession, tags: set[UUID]) -> list[_Late]:
    rows = session.execute(
        select(QuarantinedEvent.id, QuarantinedEvent.agent_id, QuarantinedEvent.raw).where(
            QuarantinedEvent.organization_id == session.organization_id,
            QuarantinedEvent.tag_id.in_(tags),
            QuarantinedEvent.kind == "counted",
            QuarantinedEvent.code.in_(FENCED_OFF),
            waits(),
        )
    )
    return [_Late(id_, agent_id, counted) for id_, agent_id, raw in rows if (counted := _counted(raw)) is not None]


def _counted(raw: str) -> Counted | None:
    try:
        return Counted.model_validate(orjson.loads(raw))
    except ValidationError:
        return None


def _decision(session: TenantSession, id_: UUID, gap: Gap) -> dict[str, object]:
    reason = (
        f"Already counted: they are part of the {gap.delta} parts of the register's steps from {gap.raw_from} to "
        f"{gap.raw_to}, which were booked at {gap.at:%Y-%m-%d %H:%M:%S} UTC"
    )
    return {
        "organization_id": session.organization_id,
        "id": id_,
        "decision": Decision.DISCARDED,
        "reason": reason,
        "decided_by": None,
    }
