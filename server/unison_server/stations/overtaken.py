"""What came under a lease that a restore undid, of a time from which on another tells: discarded by nobody."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from unison_domain.stations.quarantine_contracts import Decision

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import Arrival
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent, decided_by_nobody
from unison_server.stations.undone_holds import Overtaken


def discard_overtaken(session: TenantSession, arrival: Arrival, overtaken: Collection[Overtaken]) -> None:
    """Decide about those of the batch's events that were set aside just now."""
    if not overtaken:
        return
    reasons = {one.seq: one.reason for one in overtaken}
    kept = session.execute(
        select(QuarantinedEvent.id, QuarantinedEvent.seq).where(
            QuarantinedEvent.organization_id == session.organization_id,
            QuarantinedEvent.agent_id == arrival.agent_id,
            QuarantinedEvent.epoch == arrival.epoch,
            QuarantinedEvent.seq.in_(reasons),
        )
    )
    rows = [decided_by_nobody(session, id_, Decision.DISCARDED, reasons[seq]) for id_, seq in kept]
    if rows:
        session.execute(upsert(QuarantineDecision).on_conflict_do_nothing(), rows)
