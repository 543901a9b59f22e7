"""Counts over gaps that another PC saw: nobody has to say whether their parts were made.

A person is asked about the parts of a gap as nobody looked meanwhile. Where the counter was another PC's before, or in
a time that a restore of the server undid, somebody may have: that one tells late, step by step, what is in the count of
the present holder, who goes on from where the server stood. The count is booked without a person where it holds all
that the other tells of its time, and no part of it was made in a stretch that neither saw and that is not short.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from unison_domain.machines.gaps import is_short, may_be_seen
from unison_domain.stations.events import Counted
from unison_domain.stations.quarantine_contracts import Decision

from unison_server.kernel.database import TenantSession
from unison_server.kernel.undone import Undone, undone_times
from unison_server.stations.arrival import COUNT_ACROSS_GAP, Arrived, Assignment, Refused
from unison_server.stations.booked_chains import is_untimed
from unison_server.stations.counted_anew import FencedOff, decided_of, fenced_off
from unison_server.stations.former_holders import FormerHold, former_holds
from unison_server.stations.gap_counts import Gap, is_clear
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent, decided_by_nobody
from unison_server.stations.queries import assignment_of
from unison_server.stations.undone_holds import is_undone
from unison_server.stations.waiting_events import waits

Take = Callable[[TenantSession, QuarantinedEvent, Assignment, Arrived], Collection[Refused]]
"""Writes the effects of an event that was set aside; what is still refused."""

_REASON = (
    "The PC that had the counter meanwhile saw it: it tells of these parts as well, but for what was made within a "
    "minute that no PC saw"
)


class Seen(NamedTuple):
    """A count over a gap that is booked now."""

    agent_id: UUID
    counted: Counted


def book_seen(session: TenantSession, tags: Collection[UUID], take: Take) -> list[Seen]:
    """Book what waits of counts over gaps of these counters, as far as another PC saw them; what was booked.

    The leases of the counters must be locked: a hand-over or a person's acceptance comes before or after.
    """
    waiting = list(_waiting(session, tags)) if tags else []
    if not waiting:
        return []
    told = _told(session, {counted.tag_id for _, counted in waiting})
    return [
        Seen(event.agent_id, counted)
        for event, counted in waiting
        if any(is_seen(Gap.of(counted, None), one) for one in _by_others(told, event, counted))
        and _book(session, event, counted, take)
    ]


def is_seen(gap: Gap, told: Sequence[FencedOff]) -> bool:
    """Whether one PC saw all parts of the gap, but for stretches that are short.

    Args:
        told: by it under one lease, in the order it happened.
    """
    of_its_time = [one for one in told if gap.is_of_its_time(one.step)]
    held = gap.held([one.step for one in of_its_time])
    if not held or len(held) < len(of_its_time) or any(one.is_decided for one in of_its_time):
        return False
    reached, seen_until = gap.raw_from, gap.started_at
    for step in held:
        if not isinstance(step, Counted) or is_untimed(step) or not is_clear(step):
            return False
        is_unseen = step.across_gap or step.raw_from != reached
        if is_unseen and step.delta and not is_short(step.at - seen_until):
            return False
        reached, seen_until = step.raw_to, step.at
    return reached == gap.raw_to or is_short(gap.at - seen_until)


def _waiting(session: TenantSession, tags: Collection[UUID]) -> Iterator[tuple[QuarantinedEvent, Counted]]:
    """Counts over gaps that wait for a person, and that it is of use to have seen."""
    events = session.scalars(
        select(QuarantinedEvent).where(
            QuarantinedEvent.organization_id == session.organization_id,
            QuarantinedEvent.tag_id.in_(tags),
            QuarantinedEvent.code == COUNT_ACROSS_GAP,
            waits(),
        )
    )
    for event in events:
        try:
            counted = Counted.model_validate(orjson.loads(event.raw))
        except ValidationError:
            continue
        if may_be_seen(counted.after_reset, counted.gap_run):
            yield event, counted


def _told(session: TenantSession, tags: Collection[UUID]) -> list[FencedOff]:
    """What was fenced off of these counters of those who had them, each in its order."""
    waiting = fenced_off(session, tags, waits())
    if not waiting:
        return []
    times, holds = undone_times(session), former_holds(session, tags)
    whole = [*waiting, *decided_of(session, waiting)]
    return sorted((one for one in whole if _had_it(one, times, holds)), key=lambda one: one.place)


def _had_it(told: FencedOff, times: Iterable[Undone], holds: Iterable[FormerHold]) -> bool:
    """Whether its lease was given to who tells it, as far as anybody can know what a restore undid."""
    lease, place = told.step.lease, (told.step.tag_id, told.agent_id)
    held = ((one.tag_id, one.agent_id) == place and one.held_since <= lease <= one.number for one in holds)
    return any(held) or is_undone(lease, times)


def _by_others(told: Iterable[FencedOff], event: QuarantinedEvent, counted: Counted) -> Iterator[list[FencedOff]]:
    """What each other agent told of the counter."""
    others = [one for one in told if one.step.tag_id == counted.tag_id and one.agent_id != event.agent_id]
    return (list(group) for _, group in groupby(others, key=lambda one: one.told_by))


def _book(session: TenantSession, event: QuarantinedEvent, counted: Counted, take: Take) -> bool:
    """Whether it took effect, decided by nobody."""
    own = assignment_of(session, event.agent_id)
    if counted.tag_id not in own.tags:
        return False
    row = decided_by_nobody(session, event.id, Decision.ACCEPTED, _REASON)
    decided = upsert(QuarantineDecision).values(row).on_conflict_do_nothing().returning(QuarantineDecision.id)
    with session.connection().begin_nested() as together:
        if session.execute(decided).first() is not None and not take(session, event, own, Arrived(event.seq, counted)):
            return True
        together.rollback()
    return False
