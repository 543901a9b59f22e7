"""Batches of station events: taken once, in one transaction, however often they are sent and whatever is in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from unison_domain.stations.batch import Acknowledgement, Batch, Rejected
from unison_domain.stations.contracts import AgentState
from unison_domain.stations.tail_hash import CHECKPOINTS_KEPT, Checkpoint, Standing, standing, tail

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid
from unison_server.kernel.keys import new_id
from unison_server.kernel.route import after_refusal
from unison_server.stations import leases
from unison_server.stations.arrival import (
    Arrival,
    Arrived,
    Assignment,
    BadgesAmong,
    BookedStep,
    CountWindow,
    EventRoom,
    Refused,
    Witness,
    no_badges,
)
from unison_server.stations.batch_reading import Received, first_line, unreadable
from unison_server.stations.former_holders import Late, clock_error, recorded_before
from unison_server.stations.late_counts import LateCounts
from unison_server.stations.nesting import json_of
from unison_server.stations.overtaken import discard_overtaken
from unison_server.stations.quarantine_tables import QuarantinedEvent
from unison_server.stations.queries import assignment_of
from unison_server.stations.recovered import not_taken_before
from unison_server.stations.set_aside_subjects import named_in
from unison_server.stations.tables import Agent, AgentCursor
from unison_server.stations.telling import tell_of_agent

_DATA_FAULTS = ("22", "23")
"""SQLSTATE classes by which the database says that the values, not the circumstances, are at fault."""

_HOLD_CURSOR = text(
    """
    with held as (
        insert into agent_cursors (organization_id, agent_id, epoch) values (:organization, :agent, :epoch)
        on conflict (organization_id, agent_id, epoch) do update set updated_at = now()
        returning acked_through, checkpoints
    )
    select held.*, a.state, a.configuration_version
    from held join agents as a on a.organization_id = :organization and a.id = :agent
    """
)
_ADVANCE = text(
    """
    update agent_cursors set acked_through = :through, checkpoints = cast(:checkpoints as jsonb)
    where organization_id = :organization and agent_id = :agent and epoch = :epoch
    """
)


class IdentityConflict(Clash):
    """409: two histories claim one agent; a person decides which one is right."""

    code, title = "identity_conflict", "Two agents use one identity"


class Ingestion:
    """Takes batches and hands each kind of event to the room that understands it."""

    def __init__(self, rooms: Iterable[EventRoom], witness: Witness, badges: BadgesAmong = no_badges) -> None:
        self._witness, self._badges = witness, badges
        self._rooms: dict[str, EventRoom] = {}
        self._adapters: dict[str, TypeAdapter[list[Any]]] = {}
        self._assignments: dict[UUID, tuple[int, Assignment]] = {}
        for room in rooms:
            for kind, model in room.kinds.items():
                self._rooms[kind] = room
                self._adapters[kind] = TypeAdapter(list[model])  # type: ignore[valid-type]  # models come as values

    def take(self, session: TenantSession, received: Received) -> Acknowledgement:
        """Write the effects of the events not taken before. The agent is the session's actor.

        Raises:
            IdentityConflict: another history was sent under this identity.
            Invalid: the batch names another agent.
        """
        batch = received.batch
        agent_id = _acting_agent(session, batch.agent_id)
        cursor = session.execute(
            _HOLD_CURSOR, {"organization": session.organization_id, "agent": agent_id, "epoch": batch.epoch}
        ).one()
        previous = Checkpoint(batch.previous_sequence, batch.previous_hash)
        held = _held(session, batch, cursor)
        through = held[-1].sequence if held else 0
        is_closed = cursor.acked_through > 0 and not cursor.checkpoints
        stands = Standing.FORK if is_closed else standing(held, previous, batch.events, is_all=batch.is_all)
        if cursor.state == AgentState.CONFLICT or stands is Standing.FORK:
            after_refusal(session, lambda own: mark_conflict(own, agent_id))
            raise _conflict(batch, cursor.acked_through)
        if stands is Standing.SHORT:
            return _nothing_of(batch, through, cursor.configuration_version)
        rejected: list[Rejected] = []
        fresh = [event for event in batch.events if event["seq"] > through]
        if stands is not Standing.AHEAD:
            rejected = _earlier_rejections(session, batch, through)
            if fresh:
                arrival = self._arrival(session, batch, cursor.configuration_version)
                rejected += self._take_fresh(session, arrival, fresh, received)
                _advance(session, arrival, [*held, tail(previous, batch.events)][-CHECKPOINTS_KEPT:])
                through = fresh[-1]["seq"]
        return Acknowledgement(
            acknowledged_through=through,
            rejected=rejected,
            server_time=datetime.now(UTC),
            resend_from=through + 1 if stands is Standing.AHEAD else None,
            configuration=cursor.configuration_version,
        )

    def _take_fresh(
        self, session: TenantSession, arrival: Arrival, events: Sequence[dict[str, Any]], received: Received
    ) -> list[Rejected]:
        events = not_taken_before(session, arrival, events)
        refused = unreadable(events, received.may_hold_nul, received.may_nest)
        unusable = {one.seq for one in refused}
        rooms, bad = self._validated([event for event in events if event["seq"] not in unusable])
        refused += bad
        every = [one for _, arrived in rooms for one in arrived]
        holds = leases.hold(session, arrival, every)
        lost = leases.lost(session, arrival, every, holds)
        late = self._late(session, recorded_before(session, arrival, every, lost, holds.untagged))
        delivered = {one.seq for one in late.events}
        refused += [one for one in lost if one.seq not in delivered]
        fenced = {one.seq for one in refused} | delivered
        for room, arrived in rooms:
            refused += _apply(session, room, late.arrival, [one for one in arrived if one.seq in delivered])
            refused += _apply(session, room, arrival, [one for one in arrived if one.seq not in fenced])
        unused = {one.seq for one in refused if not one.for_review}
        late_counts = LateCounts.of(session, arrival, every, refused, holds)
        leases.advance(
            session, arrival.epoch, arrival.received_at, (one for one in every if one.seq not in unused), holds
        )
        if refused:
            _quarantine(session, arrival, {event["seq"]: event for event in events}, refused)
            discard_overtaken(session, arrival, late.overtaken)
        late_counts.settle(session, self.booked, self.take_again)
        return [_rejection(one.seq, one.code, one.message) for one in sorted(refused) if one.permanent]

    def read_again(self, raw: dict[str, Any]) -> Arrived | Refused:
        """An event that was set aside, as it can be read now."""
        illegible = unreadable([raw], may_hold_nul=True, may_nest=True)
        rooms, bad = ([], illegible) if illegible else self._validated([raw])
        return bad[0] if bad else rooms[0][1][0]

    def booked(self, session: TenantSession, windows: Collection[CountWindow]) -> Sequence[BookedStep]:
        """What was booked of counters in these times."""
        return self._rooms["counted"].booked(session, windows) if "counted" in self._rooms else ()

    def objections(self, session: TenantSession, late: Sequence[tuple[str, Arrived]]) -> list[str | None]:
        """Why their rooms would rather not have these events, each with its kind, so late; None where they would."""
        rooms: dict[int, list[int]] = {}
        for place, (kind, _) in enumerate(late):
            rooms.setdefault(id(self._rooms[kind]), []).append(place)
        found: list[str | None] = [None] * len(late)
        for places in rooms.values():
            room = self._rooms[late[places[0]][0]]
            said = room.objections(session, [late[place][1].event for place in places])
            for place, words in zip(places, said, strict=True):
                found[place] = words
        return found

    def demand_writable(self, session: TenantSession, kind: str, event: Any) -> None:
        """Raise NotAllowed where what an event is about is of a plant that the person may not change."""
        self._rooms[kind].demand_writable(session, event)

    def take_again(
        self,
        session: TenantSession,
        kept: QuarantinedEvent,
        assignment: Assignment,
        arrived: Arrived,
        *,
        is_late: bool = False,
    ) -> list[Refused]:
        """Write the effects of an event that was set aside; what is still refused. `is_late`: as in `Arrival`."""
        now, badges = datetime.now(UTC), self._badges
        late = frozenset([arrived.seq] if is_late else [])
        arrival = Arrival(
            kept.agent_id, kept.epoch, now, assignment, self._witness, badges_among=badges, reviewed=True, late=late
        )
        return _apply(session, self._rooms[kept.kind], arrival, [arrived])

    def _validated(
        self, events: Sequence[dict[str, Any]]
    ) -> tuple[list[tuple[EventRoom, list[Arrived]]], list[Refused]]:
        """Events of known kinds by room, in order of `seq`, and those that are none."""
        kinds: dict[str, list[dict[str, Any]]] = {}
        for event in events:
            kinds.setdefault(event["kind"], []).append(event)
        rooms: dict[int, tuple[EventRoom, list[Arrived]]] = {}
        refused: list[Refused] = []
        for kind, raw in kinds.items():
            room = self._rooms.get(kind)
            if room is None:
                refused += [Refused(e["seq"], "unknown_kind", f"This server knows no event {kind!r}") for e in raw]
                continue
            arrived, bad = _read_events(self._adapters[kind], raw)
            rooms.setdefault(id(room), (room, []))[1].extend(arrived)
            refused += bad
        for _, arrived in rooms.values():
            arrived.sort(key=lambda one: one.seq)
        return list(rooms.values()), refused

    def _late(self, session: TenantSession, late: Late) -> Late:
        """What its room would object to, as more is known by now, is told late."""
        if not late.events:
            return late
        objections = self.objections(session, [(one.event.kind, one) for one in late.events])
        older = {one.seq for one, words in zip(late.events, objections, strict=True) if words is not None}
        return late._replace(arrival=replace(late.arrival, late=late.arrival.late | older))

    def _arrival(self, session: TenantSession, batch: Batch, version: int) -> Arrival:
        """The batch with what its agent may speak of, which is read anew when its configuration has changed."""
        known = self._assignments.get(batch.agent_id)
        if known is None or known[0] != version:
            known = self._assignments[batch.agent_id] = version, assignment_of(session, batch.agent_id)
        error = clock_error(batch.clock)
        return Arrival(batch.agent_id, batch.epoch, datetime.now(UTC), known[1], self._witness, error, self._badges)


def mark_conflict(session: TenantSession, agent_id: UUID) -> None:
    """Stop taking from this identity until a person enrols one of the two anew."""
    changed = session.execute(
        update(Agent)
        .where(Agent.id == agent_id, Agent.state != AgentState.CONFLICT)
        .values(state=AgentState.CONFLICT, version=Agent.version + 1)
        .returning(Agent.version)
    ).scalar()
    if changed:
        tell_of_agent(session, "stations.agent.conflicted", agent_id, version=changed)


def _held(session: TenantSession, batch: Batch, cursor: Row[Any]) -> list[Checkpoint]:
    """The checkpoints of the epoch. A buffer that was sent as another agent goes on where it says it is."""
    if cursor.checkpoints:
        return [Checkpoint(*pair) for pair in cursor.checkpoints]
    is_anew = batch.previous_sequence > 0 and _came_from_another(session, batch)
    return [Checkpoint(batch.previous_sequence, batch.previous_hash)] if is_anew else []


def _nothing_of(batch: Batch, through: int, configuration: int) -> Acknowledgement:
    return Acknowledgement(
        acknowledged_through=batch.previous_sequence,
        server_time=datetime.now(UTC),
        held_through=through,
        configuration=configuration,
    )


def _conflict(batch: Batch, through: int) -> IdentityConflict:
    return IdentityConflict(
        f"Another history was already sent as this agent (epoch {batch.epoch}, up to {through}): "
        "a copy of this computer, or a backup brought back. Enrol this one anew.",
        agent=str(batch.agent_id),
        acknowledged_through=through,
    )


def _earlier_rejections(session: TenantSession, batch: Batch, through: int) -> list[Rejected]:
    """The same batch again gets the same answer."""
    if not batch.events or batch.events[0]["seq"] > through:
        return []
    rows = session.execute(
        select(QuarantinedEvent.seq, QuarantinedEvent.code, QuarantinedEvent.message)
        .where(
            QuarantinedEvent.organization_id == session.organization_id,
            QuarantinedEvent.agent_id == batch.agent_id,
            QuarantinedEvent.epoch == batch.epoch,
            QuarantinedEvent.seq.between(batch.events[0]["seq"], through),
            QuarantinedEvent.rejected,
        )
        .order_by(QuarantinedEvent.seq)
    )
    return [_rejection(*row) for row in rows]


def _came_from_another(session: TenantSession, batch: Batch) -> bool:
    """Whether this buffer was sent as another agent before."""
    known = select(AgentCursor.epoch).where(
        AgentCursor.organization_id == session.organization_id,
        AgentCursor.epoch == batch.epoch,
        AgentCursor.agent_id != batch.agent_id,
    )
    return session.execute(known.limit(1)).first() is not None


def _apply(session: TenantSession, room: EventRoom, arrival: Arrival, events: Sequence[Arrived]) -> list[Refused]:
    """Let the room take them; when the database refuses their values, find the one at fault and take the others."""
    if not events:
        return []
    try:
        with session.connection().begin_nested():  # of the connection: the session has nothing pending to flush
            return list(room.take(session, arrival, events))
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        if not state.startswith(_DATA_FAULTS):
            raise
        if len(events) == 1:
            return [Refused(events[0].seq, "not_storable", f"The database refuses it: {first_line(error.orig)}")]
    half = len(events) // 2
    return _apply(session, room, arrival, events[:half]) + _apply(session, room, arrival, events[half:])


def _read_events(adapter: TypeAdapter[list[Any]], raw: Sequence[dict[str, Any]]) -> tuple[list[Arrived], list[Refused]]:
    try:
        return list(map(Arrived, [event["seq"] for event in raw], adapter.validate_python(raw))), []
    except (ValidationError, OverflowError) as error:
        if len(raw) == 1:
            return [], [Refused(raw[0]["seq"], "invalid", f"Not a valid {raw[0]['kind']}: {first_line(error)}")]
    half = len(raw) // 2
    (good, bad), (more, worse) = _read_events(adapter, raw[:half]), _read_events(adapter, raw[half:])
    return good + more, bad + worse


def _quarantine(
    session: TenantSession, arrival: Arrival, raw: Mapping[int, dict[str, Any]], refused: Sequence[Refused]
) -> None:
    rows = [
        {
            "organization_id": session.organization_id,
            "id": new_id(),
            "agent_id": arrival.agent_id,
            "epoch": arrival.epoch,
            "seq": one.seq,
            "kind": raw[one.seq]["kind"].replace("\x00", "\N{REPLACEMENT CHARACTER}"),
            "code": one.code,
            "message": one.message.replace("\x00", "\N{REPLACEMENT CHARACTER}"),
            "rejected": one.permanent,
            "raw": json_of({name: said for name, said in raw[one.seq].items() if name not in one.hidden}),
            **named_in(raw[one.seq]),
        }
        for one in refused
    ]
    # One number of an epoch is one event: where it is kept already, it is this one.
    session.execute(upsert(QuarantinedEvent).on_conflict_do_nothing(), rows)
    tell_of_agent(session, "stations.agent.quarantined", arrival.agent_id)


def _advance(session: TenantSession, arrival: Arrival, checkpoints: Sequence[Checkpoint]) -> None:
    session.execute(
        _ADVANCE,
        {
            "organization": session.organization_id,
            "agent": arrival.agent_id,
            "epoch": arrival.epoch,
            "through": checkpoints[-1].sequence,
            "checkpoints": orjson.dumps([list(point) for point in checkpoints]).decode(),
        },
    )


def _acting_agent(session: TenantSession, named: UUID) -> UUID:
    acting = session.scope.actor_id
    if acting is None or acting != named:
        raise Invalid(f"The batch is of agent {named}, the token of agent {acting}", code="other_agent")
    return acting


def _rejection(seq: int, code: str, message: str) -> Rejected:
    return Rejected(seq=seq, code=code, message=message)
