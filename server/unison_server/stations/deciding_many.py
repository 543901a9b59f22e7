"""Many events that were set aside are decided in one request: each wholly or not at all, in the order they happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import NotFound, Refusal
from unison_server.stations.leases import leases_of
from unison_server.stations.quarantine_tables import QuarantinedEvent

_NAMED_IN_REFUSAL = 5


class Outcome(NamedTuple):
    """What came of one event; `refusal` is None where it was decided."""

    event: QuarantinedEvent
    refusal: Refusal | None


def events_of(session: TenantSession, agent_id: UUID, ids: Sequence[UUID]) -> list[QuarantinedEvent]:
    """These events of the agent, in the order they arrived.

    Raises:
        NotFound: one of them is none of the agent's, by its id.
    """
    statement = select(QuarantinedEvent).where(QuarantinedEvent.agent_id == agent_id, QuarantinedEvent.id.in_(ids))
    events = session.scalars(statement.order_by(QuarantinedEvent.received_at, QuarantinedEvent.seq)).all()
    missing = [str(id_) for id_ in ids if id_ not in {event.id for event in events}]
    if missing:
        named = ", ".join(missing[:_NAMED_IN_REFUSAL])
        more = f" and {len(missing) - _NAMED_IN_REFUSAL} more" if len(missing) > _NAMED_IN_REFUSAL else ""
        raise NotFound(
            f"There is no quarantined event {named}{more} of agent {agent_id}: nothing was decided", ids=missing
        )
    return list(events)


def decide_each(
    session: TenantSession, events: Sequence[QuarantinedEvent], decide: Callable[[QuarantinedEvent], None]
) -> list[Outcome]:
    """Decide one after the other; one that is refused leaves nothing of itself and keeps no other from its decision.

    The leases of all are locked first, in the order in which batches lock them: two never wait in turn.
    """
    leases_of(session, {event.tag_id for event in events if event.tag_id})
    return [Outcome(event, _refusal(session, event, decide)) for event in events]


def _refusal(
    session: TenantSession, event: QuarantinedEvent, decide: Callable[[QuarantinedEvent], None]
) -> Refusal | None:
    try:
        with session.begin_nested():
            decide(event)
    except Refusal as refusal:
        return refusal
    return None
