"""What an agent recovered from a corrupt buffer and sends anew, although some of it had arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import Arrival
from unison_server.stations.tables import AgentCursor


def not_taken_before(
    session: TenantSession, arrival: Arrival, events: Sequence[dict[str, Any]]
) -> Sequence[dict[str, Any]]:
    """Without what an agent recovered from a corrupt buffer although it had arrived.

    The cursors are locked: the last batch of the buffer before it broke may still be under way.
    """
    if not any("recovered_from" in event for event in events):
        return events
    rows = session.execute(
        select(AgentCursor.epoch, AgentCursor.acked_through)
        .where(AgentCursor.organization_id == session.organization_id, AgentCursor.agent_id == arrival.agent_id)
        .order_by(AgentCursor.epoch)
        .with_for_update(read=True)
    )
    taken = {str(row.epoch): row.acked_through for row in rows}
    return [event for event in events if not _was_taken(event.get("recovered_from"), taken)]


def _was_taken(places: object, taken: Mapping[str, int]) -> bool:
    """Whether an event arrived under one of these `[epoch, seq]`."""
    for place in places if isinstance(places, list) else ():
        match place:
            case [str(epoch), int(seq)] if seq <= taken.get(epoch.lower(), 0):
                return True
    return False
