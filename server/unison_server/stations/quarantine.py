"""Events that could not be used: what they are, what taking them after all would do, and what a person decides.

A decision is a row that is only ever added, so an event is decided once, by one person. An accepted event is applied
now, in the same transaction; the keys of what it leaves behind are the agent's, so it could not leave it twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from unison_domain.stations.events import Counted, OpenedInterval, StateChanged, StateSet
from unison_domain.stations.quarantine_contracts import Decision, QuarantinedAnswer

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash
from unison_server.kernel.undone import Undone, undone_times
from unison_server.sites.queries import names_of
from unison_server.stations.arrival import (
    BADGE_TEXT,
    COUNTED_ANEW,
    LEASE_LOST,
    STOOD_BEYOND,
    Arrived,
    Assignment,
    MachineRoom,
    Refused,
)
from unison_server.stations.counted_anew import settle_counted_anew, window_of
from unison_server.stations.former_holders import FormerHold, former_holds, hold_ended
from unison_server.stations.gap_counts import Gap, gaps_of
from unison_server.stations.ingestion import Ingestion
from unison_server.stations.leases import Holder, Holds, advance, holders_of, leases_of
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent
from unison_server.stations.queries import assignment_of, demand_agent_writable
from unison_server.stations.set_aside_subjects import subjects
from unison_server.stations.tables import Agent
from unison_server.stations.telling import tell_of_agent
from unison_server.stations.waiting_events import EVENTS_DECIDED


class Judged(NamedTuple):
    """What would come of accepting an event, in words; `may_accept` is False where it would be refused."""

    may_accept: bool
    consequence: str


class Past(NamedTuple):
    """What is known of tags from before: who held them, counts over gaps that went to a person, what was booked, and
    which times restores undid."""

    holds: Sequence[FormerHold] = ()
    gaps: Sequence[Gap] = ()
    booked: Sequence[Gap] = ()
    undone: Sequence[Undone] = ()


class _Read(NamedTuple):
    """An event as it can be read today, or why it can't."""

    arrived: Arrived | None
    problem: str | None


def answers(
    session: TenantSession, ingestion: Ingestion, machines: MachineRoom, events: Sequence[QuarantinedEvent]
) -> list[QuarantinedAnswer]:
    """The events with what they are about, and what accepting them would do or what was decided."""
    ids = [event.id for event in events]
    decided = {one.id: one for one in session.scalars(select(QuarantineDecision).where(QuarantineDecision.id.in_(ids)))}
    open_ones = [event for event in events if event.id not in decided]
    judged = _judged(session, ingestion, open_ones)
    people = names_of(session, (one.decided_by for one in decided.values()))
    about = subjects(session, machines, events)
    return [
        _answer(event, decided.get(event.id), people, judged.get(event.id)).model_copy(
            update=about[event.id]._asdict() | _told(ingestion, event)
        )
        for event in events
    ]


def accept(session: TenantSession, ingestion: Ingestion, event: QuarantinedEvent, reason: str) -> None:
    """Take the event after all, with all its effects.

    Raises:
        Clash: it was decided already, or taking it is refused, e.g. because its parts would be counted twice.
        NotAllowed: what it is about belongs to a plant where the person may not change anything.
    """
    read = _read(ingestion, event)
    if (tag_id := _tag(read.arrived)) is not None:
        leases_of(session, [tag_id])  # locked: no hand-over comes between judging and taking; first, as batches do
    _decide(session, event, Decision.ACCEPTED, reason)
    judged = _judged(session, ingestion, [event])[event.id]
    if not judged.may_accept or read.arrived is None:
        raise Clash(judged.consequence, code="would_not_be_right")
    holder = _holder(session, read.arrived)
    if holder is not None and holder.agent_id is not None:
        demand_agent_writable(session, session.need(Agent, holder.agent_id, "agent"))
    ingestion.demand_writable(session, event.kind, read.arrived.event)
    own = _assignment(session, event, read.arrived, holder)
    refused = ingestion.take_again(session, event, own, read.arrived, is_late=_is_late(event, read.arrived))
    if refused:
        raise Clash(f"It still can't be used: {refused[0].message}", code=refused[0].code)
    if holder is not None:
        _advance(session, event, read.arrived, holder)
    if isinstance(read.arrived.event, Counted):
        count = read.arrived.event
        for agent_id in settle_counted_anew(session, ingestion.booked, [count.tag_id], [count]):
            tell_decided(session, agent_id)


def discard(session: TenantSession, event: QuarantinedEvent, reason: str) -> None:
    """Let it be. It stays as it came, with the reason beside.

    Raises:
        Clash: it was decided already.
    """
    _decide(session, event, Decision.DISCARDED, reason)


def tell_decided(session: TenantSession, agent_id: UUID) -> None:
    """Tell who follows the agent that something of it was decided; once for however many."""
    tell_of_agent(session, EVENTS_DECIDED, agent_id)


def _decide(session: TenantSession, event: QuarantinedEvent, decision: Decision, reason: str) -> None:
    row = {
        "organization_id": session.organization_id,
        "id": event.id,
        "decision": decision,
        "reason": reason,
        "decided_by": session.scope.user_id,
    }
    statement = upsert(QuarantineDecision).values(row).on_conflict_do_nothing().returning(QuarantineDecision.id)
    if session.execute(statement).first() is None:
        before = session.need(QuarantineDecision, event.id, "decision")
        raise Clash(
            f"This event was {before.decision} already at {before.decided_at:%Y-%m-%d %H:%M:%S} UTC: {before.reason}",
            code="already_decided",
            decision=before.decision,
        )


def _advance(session: TenantSession, event: QuarantinedEvent, arrived: Arrived, holder: Holder) -> None:
    """The counter is counted up to here now, unless it stood beyond already or somebody else's word counts."""
    is_holders = holder.agent_id == event.agent_id and holder.lease.counts(arrived.event.lease)
    if is_holders and event.code not in STOOD_BEYOND:
        advance(session, event.epoch, datetime.now(UTC), [arrived], Holds({arrived.event.tag_id: holder.lease}))


def _judged(session: TenantSession, ingestion: Ingestion, events: Sequence[QuarantinedEvent]) -> Mapping[UUID, Judged]:
    reads = {event.id: _read(ingestion, event) for event in events}
    tags = {tag_id for read in reads.values() if (tag_id := _tag(read.arrived)) is not None}
    late = {one.event.machine_id for event in events if (one := _late(event, reads[event.id])) is not None}
    holders = holders_of(session, tags, late) if tags or late else {}
    past = _past(session, ingestion, reads.values(), holders.keys()) if holders else Past()
    judged = {event.id: _judge(event, reads[event.id], holders, past) for event in events}
    able = {
        event.id: (event.kind, arrived)
        for event in events
        if (arrived := _able(reads, judged, event.id)) and not _is_late(event, arrived)
    }
    for id_, objection in zip(able, ingestion.objections(session, list(able.values())), strict=True):
        if objection is not None:
            judged[id_] = Judged(False, objection)
    return judged


def _past(session: TenantSession, ingestion: Ingestion, reads: Iterable[_Read], tags: Collection[UUID]) -> Past:
    counts = [read.arrived.event for read in reads if read.arrived and isinstance(read.arrived.event, Counted)]
    steps = ingestion.booked(session, {window_of(count) for count in counts})
    booked = [gap for step in steps if (gap := Gap.of_booked(step)) is not None]
    return Past(former_holds(session, tags), gaps_of(session, tags), booked, undone_times(session))


def _able(reads: Mapping[UUID, _Read], judged: Mapping[UUID, Judged], id_: UUID) -> Arrived | None:
    return reads[id_].arrived if judged[id_].may_accept else None


def _judge(event: QuarantinedEvent, read: _Read, holders: Mapping[UUID, Holder], past: Past) -> Judged:
    if event.rejected:
        return Judged(False, "The agent keeps it among its dead letters: send it again from there, or discard it")
    if event.code == BADGE_TEXT:
        return Judged(False, "It was a badge, whose text is kept nowhere, so there is nothing to take: discard it")
    if read.arrived is None:
        return Judged(False, f"This server can't read it: {read.problem}")
    if _is_late(event, read.arrived):
        return _judge_late(event, read.arrived.event, holders, past)
    tag_id = _tag(read.arrived)
    if tag_id is None:
        return Judged(True, _consequence(read.arrived.event))
    holder = holders.get(tag_id)
    if holder is None:
        return Judged(False, f"There is no tag {tag_id}")
    if isinstance(read.arrived.event, Counted):
        return _judge_count(event, read.arrived.event, holder, past)
    return Judged(True, f"Is added to the record of tag {holder.tag}, under its time")


def _late(event: QuarantinedEvent, read: _Read) -> Arrived | None:
    return read.arrived if read.arrived is not None and _is_late(event, read.arrived) else None


def _is_late(event: QuarantinedEvent, arrived: Arrived) -> bool:
    """Whether it is a state of a time before the present hold, in which it lands."""
    return event.code == LEASE_LOST and isinstance(arrived.event, StateChanged)


def _judge_late(event: QuarantinedEvent, changed: StateChanged, holders: Mapping[UUID, Holder], past: Past) -> Judged:
    """A former holder's state stands up to what is known next, where it began before another held the machine."""
    ends = [
        number
        for tag_id, holder in holders.items()
        if holder.machine_id == changed.machine_id
        and (number := hold_ended(event.agent_id, tag_id, changed.lease, holder, past.holds, past.undone)) is not None
    ]
    started_at = changed.opened.started_at
    ended_at = datetime.fromtimestamp(min(ends) / 1000, UTC) if ends else None
    if ended_at is not None and started_at >= ended_at:
        return Judged(
            False,
            f"It says the machine was {changed.opened.state} from {started_at:%Y-%m-%d %H:%M:%S} UTC on, but another "
            f"PC had it since {ended_at:%Y-%m-%d %H:%M:%S} UTC: what happened from then on is told by that one",
        )
    return Judged(
        True,
        f"The machine was {changed.opened.state} from {started_at:%Y-%m-%d %H:%M:%S} UTC on, up to the next state that "
        "is known, but not where a person said what it did",
    )


def _judge_count(event: QuarantinedEvent, counted: Counted, holder: Holder, past: Past) -> Judged:
    """Parts before a hand-over are part of what is counted from its baseline on; without one they are of nothing.

    Where that is a count over the gap which a person discarded, they are in nobody's count either.
    """
    if holder.machine_id is None:
        return Judged(False, f"Tag {holder.tag} belongs to no machine: give it one, then accept")
    adds = f"Adds {counted.delta} {counted.count} parts at {counted.at:%Y-%m-%d %H:%M:%S} UTC"
    if event.code not in STOOD_BEYOND and (holder.agent_id != event.agent_id or not holder.lease.counts(counted.lease)):
        if counted.lease in holder.uncounted and _was_its(event, counted, past.holds):
            return Judged(
                True,
                f"{adds}. The agent after it was given no value of tag {holder.tag} to go on from and counts from its "
                "first look on: accept parts that were made before that",
            )
        gap = next((one for one in past.gaps if one.holds(counted)), None)
        is_its = holder.agent_id == event.agent_id and holder.lease.admits(counted.lease)
        if gap is not None and (is_its or _was_its(event, counted, past.holds)):
            return _of_gap(adds, gap)
        if event.code == COUNTED_ANEW and is_its and holder.lease.is_counted_on(counted.lease, holder.reached):
            return _left_over(adds, counted, past)
        who = holder.agent or "the next agent"
        since = "" if holder.held_from is None else f" since {holder.held_from:%Y-%m-%d %H:%M:%S} UTC"
        return Judged(
            False,
            f"It would count {counted.delta} parts twice: {who} counts tag {holder.tag}{since}, from the value on up "
            "to which parts were counted before, these included",
        )
    return Judged(True, adds)


def _left_over(adds: str, counted: Counted, past: Past) -> Judged:
    """The counter was counted on from before these parts, and no count that is known holds all of them."""
    waiting = next((one for one in past.gaps if one.decision is None and one.overlaps(counted)), None)
    if waiting is not None:
        return Judged(
            False,
            f"Some of them may be among the {waiting.delta} parts over the gap up to "
            f"{waiting.at:%Y-%m-%d %H:%M:%S} UTC that wait for a decision: decide about those first",
        )
    booked = next((one for one in past.booked if one.overlaps(counted)), None)
    if booked is not None:
        return Judged(
            False,
            f"Some of them may be among the {booked.delta} parts that were booked at "
            f"{booked.at:%Y-%m-%d %H:%M:%S} UTC: discard them, and put the count right by hand where "
            "parts are missing in it",
        )
    return Judged(True, f"{adds}. The counter was counted on without them, so they are in nobody's count")


def _of_gap(adds: str, gap: Gap) -> Judged:
    whole = f"the {gap.delta} parts over the gap up to {gap.at:%Y-%m-%d %H:%M:%S} UTC"
    if gap.decision is Decision.DISCARDED:
        return Judged(True, f"{adds}. They were part of {whole} that were discarded, so they are in nobody's count")
    if gap.decision is None:
        return Judged(
            False, f"They are part of {whole} that wait for a decision: accept those, or discard those and accept these"
        )
    return Judged(False, f"They would be counted twice: they are part of {whole} that were accepted")


def _was_its(event: QuarantinedEvent, counted: Counted, former: Sequence[FormerHold]) -> bool:
    """Whether the agent held the counter under that lease."""
    return any(
        (one.tag_id, one.agent_id) == (counted.tag_id, event.agent_id) and one.held_since <= counted.lease <= one.number
        for one in former
    )


def _consequence(event: Any) -> str:
    if isinstance(event, StateChanged):
        return f"The machine is {event.opened.state} from {event.opened.started_at:%Y-%m-%d %H:%M:%S} UTC on"
    if (moment := _moment_of(event)) is None:
        return "Is taken as if it came now"
    return f"Is taken for the time it tells of, {moment:%Y-%m-%d %H:%M:%S} UTC"


def _moment_of(event: Any) -> datetime | None:
    """The time it tells of; None of a kind that tells of none."""
    return getattr(event, "started_at", None) or getattr(event, "at", None)


def _read(ingestion: Ingestion, event: QuarantinedEvent) -> _Read:
    read = ingestion.read_again(orjson.loads(event.raw))
    return _Read(None, read.message) if isinstance(read, Refused) else _Read(read, None)


def _told(ingestion: Ingestion, stored: QuarantinedEvent) -> dict[str, Any]:
    """What it says, as far as it can be read: parts of a count, a state or a value, and of when."""
    arrived = _read(ingestion, stored).arrived
    if arrived is None:
        return {}
    event = arrived.event
    if isinstance(event, Counted):
        return {"parts": event.delta, "count": event.count, "told_of": event.at}
    said = event.opened if isinstance(event, StateChanged) else event
    state = said.state if isinstance(said, StateSet | OpenedInterval) else None
    return {"state": state, "value": _value_of(said), "told_of": _moment_of(said)}


def _value_of(event: Any) -> str | None:
    """Of a signal or a gauge, or the text of a code; None of a kind that tells none."""
    value = getattr(event, "value", getattr(event, "text", None))
    if value is None or isinstance(value, str):
        return value
    plain = format(value, "f") if isinstance(value, Decimal) else orjson.dumps(value).decode()
    return f"{plain} {getattr(event, 'unit', '')}".strip()


def _assignment(session: TenantSession, event: QuarantinedEvent, arrived: Arrived, holder: Holder | None) -> Assignment:
    """What the agent may speak of, and what this event is about, for a person vouches for it."""
    own = assignment_of(session, event.agent_id)
    about: dict[UUID, UUID | None] = {}
    if holder is not None:
        about[arrived.event.tag_id] = holder.machine_id
    elif (machine_id := getattr(arrived.event, "machine_id", None)) is not None:
        about[machine_id] = machine_id
    return replace(own, tags={**own.tags, **about})


def _holder(session: TenantSession, arrived: Arrived) -> Holder | None:
    tag_id = _tag(arrived)
    return None if tag_id is None else holders_of(session, [tag_id]).get(tag_id)


def _tag(arrived: Arrived | None) -> UUID | None:
    tag_id: UUID | None = getattr(arrived.event, "tag_id", None) if arrived is not None else None
    return tag_id


def _answer(
    event: QuarantinedEvent, decision: QuarantineDecision | None, people: Mapping[UUID, str], judged: Judged | None
) -> QuarantinedAnswer:
    answer = QuarantinedAnswer.model_validate(event)
    if decision is not None:
        said = {name: getattr(decision, name) for name in ("reason", "decided_at", "decided_by")}
        name = people.get(decision.decided_by) if decision.decided_by else None
        return answer.model_copy(update={**said, "decision": Decision(decision.decision), "decided_by_name": name})
    if judged is None:
        return answer
    return answer.model_copy(update=judged._asdict())
