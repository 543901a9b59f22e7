"""Counts that were fenced off are settled without a person once a booked count is known to hold their parts.

Who takes a counter over, also a PC whose restored server gave it new leases, begins where the server had it counted up
to. Its first count holds all that was counted from there on under earlier leases; what is held by it is decided by
nobody, whichever of them arrives first. Where a person decides about that first count, the parts wait as long. So are
settled a first look, which is of no parts, and what tells that a counter went back or leapt, where that was told again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from unison_domain.stations.events import Counted, CounterJumped, CounterReset
from unison_domain.stations.quarantine_contracts import Decision

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import FENCED_OFF, BookedStep, CountWindow
from unison_server.stations.former_holders import former_holds
from unison_server.stations.gap_counts import Gap, Step
from unison_server.stations.leases import holders_of
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent
from unison_server.stations.waiting_events import waits

Booked = Callable[[TenantSession, Collection[CountWindow]], Sequence[BookedStep]]
_MODELS: Mapping[str, type[Step]] = {
    "counted": Counted,
    "counter_reset": CounterReset,
    "counter_jumped": CounterJumped,
}


class _Late(NamedTuple):
    id: UUID
    agent_id: UUID
    epoch: UUID
    seq: int
    step: Step

    @property
    def told_by(self) -> tuple[UUID, UUID, int]:
        """What is told by one agent under one lease goes on from one value."""
        return self.step.tag_id, self.agent_id, self.step.lease


def settle_counted_anew(
    session: TenantSession, booked: Booked, tags: Collection[UUID], now: Iterable[Counted]
) -> set[UUID]:
    """Decide what booked counts hold of what was set aside of these counters; the agents of which something was.

    Args:
        now: what is booked in this transaction; under which lease it was counted is known of it alone.

    The leases of the counters must be locked: a hand-over, another's counts or a person's decision comes before or
    after.
    """
    late = _waiting(session, tags) if tags else []
    if not late:
        return set()
    steps = booked(session, {window_of(one.step) for one in late})
    why = {one.id: words for one in late if (words := _reason(one.step, steps)) is not None}
    rest = [one for one in late if one.id not in why]
    since = _first_numbers(session, tags) if rest else {}
    gaps = [Gap.of(count, Decision.ACCEPTED) for count in now if count.across_gap]
    for (_, agent_id, _), group in groupby(rest, key=lambda one: one.told_by):
        told = list(group)
        for gap in [*gaps, *_gaps_for(agent_id, steps, since)]:
            held = set(map(id, gap.held([one.step for one in told])))
            why |= {one.id: _part_of(gap) for one in told if id(one.step) in held}
    if why:
        rows = [_decision(session, id_, words) for id_, words in why.items()]
        session.execute(upsert(QuarantineDecision).on_conflict_do_nothing(), rows)
    return {one.agent_id for one in late if one.id in why}


def owners_of_waiting(session: TenantSession, tags: Collection[UUID]) -> set[UUID]:
    """The agents of which something waits that was fenced off of these counters."""
    return {one.agent_id for one in _waiting(session, tags)} if tags else set()


def window_of(step: Step) -> CountWindow:
    """The time it tells of."""
    return CountWindow(step.tag_id, step.started_at if isinstance(step, Counted) else step.at, step.at)


def _waiting(session: TenantSession, tags: Collection[UUID]) -> list[_Late]:
    """What one agent told under one lease stands together, in the order it happened."""
    rows = session.execute(
        select(
            QuarantinedEvent.id,
            QuarantinedEvent.agent_id,
            QuarantinedEvent.epoch,
            QuarantinedEvent.seq,
            QuarantinedEvent.kind,
            QuarantinedEvent.raw,
        ).where(
            QuarantinedEvent.organization_id == session.organization_id,
            QuarantinedEvent.tag_id.in_(tags),
            QuarantinedEvent.kind.in_(_MODELS),
            QuarantinedEvent.code.in_(FENCED_OFF),
            waits(),
        )
    )
    late = [
        _Late(id_, agent_id, epoch, seq, step)
        for id_, agent_id, epoch, seq, kind, raw in rows
        if (step := _read(kind, raw)) is not None
    ]
    return sorted(late, key=lambda one: (one.told_by, one.step.at, one.epoch, one.seq))


def _first_numbers(session: TenantSession, tags: Collection[UUID]) -> Mapping[tuple[UUID, UUID], int]:
    """By counter and agent, the number under which that agent is known to have held it first."""
    numbers = {
        (id_, one.agent_id): one.lease.held_since for id_, one in holders_of(session, tags).items() if one.agent_id
    }
    for hold in former_holds(session, tags):
        place = hold.tag_id, hold.agent_id
        numbers[place] = min(hold.held_since, numbers.get(place, hold.held_since))
    return numbers


def _gaps_for(agent_id: UUID, steps: Iterable[BookedStep], since: Mapping[tuple[UUID, UUID], int]) -> Iterable[Gap]:
    """Which booked counts may hold what this agent told.

    Its own by the clock, which is the same. Another's where that one never held the counter before, so that it began
    where this one was counted up to; from 0 on it may have begun anew, and passed the same values twice.
    """
    for step in steps:
        gap = Gap.of_booked(step) if step.across_gap else None
        if gap is not None and step.agent_id == agent_id:
            yield gap
        elif gap is not None and gap.raw_from and step.steps == gap.raw_to - gap.raw_from:
            yield gap._replace(lease=since.get((step.tag_id, step.agent_id), 0))


def _read(kind: str, raw: str) -> Step | None:
    try:
        return _MODELS[kind].model_validate(orjson.loads(raw))
    except ValidationError:
        return None


def _reason(step: Step, booked: Iterable[BookedStep]) -> str | None:
    """Why there is nothing in it to be counted."""
    if isinstance(step, Counted):
        return None if step.delta else "It tells where the counter began, and is of no parts"
    for one in booked:
        is_same_way = (one.kind, one.tag_id) == (step.kind, step.tag_id) and one.at >= step.at
        if is_same_way and (one.raw_from or 0) <= step.raw_from and step.raw_to <= one.raw_to:
            return (
                f"Told again: the register's step from {one.raw_from} to {one.raw_to}, which was recorded at "
                f"{one.at:%Y-%m-%d %H:%M:%S} UTC, holds it"
            )
    return None


def _part_of(gap: Gap) -> str:
    return (
        f"Already counted: they are part of the {gap.delta} parts of the register's steps from {gap.raw_from} to "
        f"{gap.raw_to}, which were booked at {gap.at:%Y-%m-%d %H:%M:%S} UTC"
    )


def _decision(session: TenantSession, id_: UUID, reason: str) -> dict[str, object]:
    return {
        "organization_id": session.organization_id,
        "id": id_,
        "decision": Decision.DISCARDED,
        "reason": reason,
        "decided_by": None,
    }
