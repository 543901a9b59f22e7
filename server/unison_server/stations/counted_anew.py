"""Counts that were fenced off are settled without a person once a booked count is known to hold their parts.

Who takes a counter over, also a PC whose restored server gave it new leases, begins where the server had it counted up
to. Its first count holds all that was counted from there on under earlier leases; what is held by it is decided by
nobody, whichever of them arrives first. Where a person decides about that first count, the parts wait as long. What
two PCs counted side by side, as a restore of the server undid a hand-over, is in a chain of the counts that were booked
(`booked_chains`). So are settled a first look, which is of no parts, and what tells that a counter went back or leapt,
where that was told again when the counter was looked at next.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased
from unison_domain.stations.events import Counted, CounterJumped, CounterReset
from unison_domain.stations.quarantine_contracts import Decision

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import FENCED_OFF, BookedStep, CountWindow
from unison_server.stations.booked_chains import EVER, Break, Chain, chains_of, is_untimed, spans_of
from unison_server.stations.former_holders import former_holds
from unison_server.stations.gap_counts import Gap, Step, gaps_of
from unison_server.stations.leases import holders_of
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent, decided_by_nobody
from unison_server.stations.tables import Agent
from unison_server.stations.waiting_events import waits

_Decision = aliased(QuarantineDecision)
Booked = Callable[[TenantSession, Collection[CountWindow]], Sequence[BookedStep]]
_MODELS: Mapping[str, type[Step]] = {
    "counted": Counted,
    "counter_reset": CounterReset,
    "counter_jumped": CounterJumped,
}


class FencedOff(NamedTuple):
    """What an agent told of a counter under a lease that holds no more."""

    id: UUID
    agent_id: UUID
    epoch: UUID
    seq: int
    step: Step
    is_decided: bool
    is_settled: bool
    """Its parts were decided by nobody: they are in another count."""

    @property
    def told_by(self) -> tuple[UUID, UUID, int]:
        """What is told by one agent under one lease goes on from one value."""
        return self.step.tag_id, self.agent_id, self.step.lease

    @property
    def place(self) -> tuple[object, ...]:
        """What is told by one stands together, in the order it happened."""
        return *self.told_by, self.step.at, self.epoch, self.seq


def settle_counted_anew(
    session: TenantSession, booked: Booked, tags: Collection[UUID], now: Iterable[Counted]
) -> set[UUID]:
    """Decide what booked counts hold of what was set aside of these counters; the agents of which something was.

    Args:
        now: what is booked in this transaction; under which lease it was counted is known of it alone.

    The leases of the counters must be locked: a hand-over, another's counts or a person's decision comes before or
    after.
    """
    waiting = fenced_off(session, tags, waits()) if tags else []
    if not waiting:
        return set()
    steps = booked(session, {window_of(one.step) for one in waiting})
    review = gaps_of(session, tags) if any(not isinstance(one.step, Counted) for one in waiting) else ()
    why = {one.id: words for one in waiting if (words := _reason(one.step, steps, review)) is not None}
    if len(why) < len(waiting):
        since = _first_numbers(session, tags)
        gaps = [Gap.of(count, Decision.ACCEPTED) for count in now if count.across_gap]
        whole = sorted([*waiting, *decided_of(session, waiting)], key=lambda one: one.place)
        for (_, agent_id, _), group in groupby(whole, key=lambda one: one.told_by):
            told = list(group)
            for gap in [*gaps, *_gaps_for(agent_id, steps, since)]:
                why = {one.id: _part_of(gap) for one in _held(gap, told)} | why
        left = [one for one in waiting if one.id not in why]
        why |= _of_chains(session, booked, left, whole)
    if why:
        rows = [decided_by_nobody(session, id_, Decision.DISCARDED, words) for id_, words in why.items()]
        session.execute(upsert(QuarantineDecision).on_conflict_do_nothing(), rows)
    return {one.agent_id for one in waiting if one.id in why}


def owners_of_waiting(session: TenantSession, tags: Collection[UUID]) -> set[UUID]:
    """The agents of which something waits that was fenced off of these counters."""
    return {one.agent_id for one in fenced_off(session, tags, waits())} if tags else set()


def told_since(session: TenantSession, tags: Collection[UUID], moment: datetime) -> set[UUID]:
    """Of which of these counters something waits that was fenced off and came since then."""
    found = session.scalars(
        select(QuarantinedEvent.tag_id)
        .where(
            QuarantinedEvent.organization_id == session.organization_id,
            QuarantinedEvent.agent_id.in_(select(Agent.id).where(Agent.organization_id == session.organization_id)),
            QuarantinedEvent.received_at >= moment,
            QuarantinedEvent.tag_id.in_(tags),
            QuarantinedEvent.code.in_(FENCED_OFF),
            waits(),
        )
        .distinct()
    )
    return {tag_id for tag_id in found if tag_id is not None}


def window_of(step: Step) -> CountWindow:
    """The time it tells of."""
    return CountWindow(step.tag_id, step.started_at if isinstance(step, Counted) else step.at, step.at)


def fenced_off(session: TenantSession, tags: Collection[UUID], which: ColumnElement[bool]) -> list[FencedOff]:
    """What was fenced off of these counters."""
    rows = session.execute(
        select(
            QuarantinedEvent.id,
            QuarantinedEvent.agent_id,
            QuarantinedEvent.epoch,
            QuarantinedEvent.seq,
            QuarantinedEvent.kind,
            QuarantinedEvent.raw,
            _Decision.decision,
            _Decision.decided_by,
        )
        .outerjoin(
            _Decision,
            (_Decision.organization_id == QuarantinedEvent.organization_id) & (_Decision.id == QuarantinedEvent.id),
        )
        .where(
            QuarantinedEvent.organization_id == session.organization_id,
            QuarantinedEvent.tag_id.in_(tags),
            QuarantinedEvent.kind.in_(_MODELS),
            QuarantinedEvent.code.in_(FENCED_OFF),
            which,
        )
    )
    return [
        FencedOff(id_, agent_id, epoch, seq, step, decision is not None, decision is not None and decided_by is None)
        for id_, agent_id, epoch, seq, kind, raw, decision, decided_by in rows
        if (step := _read(kind, raw)) is not None
    ]


def decided_of(session: TenantSession, waiting: Collection[FencedOff]) -> list[FencedOff]:
    """What was decided of those who tell of these counters: it stands on the way of what they told after it."""
    tags, agents = {one.step.tag_id for one in waiting}, {one.agent_id for one in waiting}
    decided = and_(QuarantinedEvent.agent_id.in_(agents), _Decision.id.is_not(None))
    told_by = {one.told_by for one in waiting}
    return [one for one in fenced_off(session, tags, decided) if one.told_by in told_by]


def _held(gap: Gap, told: Sequence[FencedOff]) -> list[FencedOff]:
    """What waits of what one agent told under one lease and is held by the count.

    Nothing, where parts of its time were settled that turn out to be no part of it, as the counter went back after
    them: those are in nobody's count then, and a person is to know.
    """
    held = set(map(id, gap.held([one.step for one in told])))
    others = [one for one in told if id(one.step) not in held and gap.is_of_its_time(one.step)]
    if any(one.is_settled and isinstance(one.step, Counted) and one.step.delta for one in others):
        return []
    return [one for one in told if id(one.step) in held and not one.is_decided]


def _of_chains(
    session: TenantSession, booked: Booked, waiting: Sequence[FencedOff], whole: Sequence[FencedOff]
) -> Mapping[UUID, str]:
    """Why there is nothing to be decided about these parts: a chain of booked counts holds them.

    Args:
        whole: with what else is told of their counters, by who told it.
    """
    spans = spans_of({window_of(one.step) for one in waiting if isinstance(one.step, Counted)})
    if not spans:
        return {}
    groups = [list(group) for _, group in groupby(whole, key=lambda one: one.told_by)]
    why: dict[UUID, str] = {}
    for chain in chains_of(spans, booked(session, spans), _breaks(session, whole)):
        for group in groups:
            since, until = (bisect_left(group, moment, key=lambda one: one.step.at) for moment in chain.told_between)
            told = group[since:until]
            if chain.agrees_with(one.step for one in told):
                held = [one for one in _held(chain.way, told) if chain.may_hold(one.step)]
                why |= {one.id: _part_of_chain(chain) for one in held}
    return why


def _breaks(session: TenantSession, told: Iterable[FencedOff]) -> Mapping[UUID, Collection[Break]]:
    """Where no chain of these counters goes on, by what was set aside."""
    broken: dict[UUID, list[Break]] = defaultdict(list)
    for one in told:
        if not isinstance(one.step, Counted):
            broken[one.step.tag_id].append(EVER if is_untimed(one.step) else Break.told(one.step.at))
    for gap in gaps_of(session, {one.step.tag_id for one in told}):
        if gap.decision is not Decision.ACCEPTED:
            broken[gap.tag_id].append(Break(gap.started_at, gap.at))
    return broken


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


def _reason(step: Step, booked: Iterable[BookedStep], review: Sequence[Gap]) -> str | None:
    """Why there is nothing in it to be counted.

    Args:
        review: counts over gaps that went to a person: what happened before one was not told again after it.
    """
    if isinstance(step, Counted):
        return None if step.delta else "It tells where the counter began, and is of no parts"
    for one in booked:
        is_same = (one.kind, one.tag_id) == (step.kind, step.tag_id) and (one.since or step.at) <= step.at <= one.at
        is_next = not any(gap.tag_id == step.tag_id and step.at <= gap.at < one.at for gap in review)
        if is_same and is_next and (one.raw_from or 0) <= step.raw_from and step.raw_to <= one.raw_to:
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


def _part_of_chain(chain: Chain) -> str:
    way = chain.way
    return (
        f"Already counted: they are part of the {way.delta} parts of the register's steps from {way.raw_from} to "
        f"{way.raw_to}, which were booked from {chain.begun:%Y-%m-%d %H:%M:%S} to {chain.ended:%Y-%m-%d %H:%M:%S} UTC"
    )
