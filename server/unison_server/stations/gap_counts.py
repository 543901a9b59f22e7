"""Counts over gaps that were set aside: what they hold, so that parts a former holder tells late are in one count only.

Who takes over goes on from where its counter was counted up to, so its first count holds what the former holder counted
and had not sent. Where that count is discarded, what the former holder tells of the time is nobody else's word.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import select
from unison_domain.stations.events import Counted
from unison_domain.stations.quarantine_contracts import Decision

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import COUNT_ACROSS_GAP
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent


class Gap(NamedTuple):
    """A count over a gap. `decision` is None while it waits."""

    tag_id: UUID
    lease: int
    delta: int
    started_at: datetime
    at: datetime
    raw_from: int
    raw_to: int
    decision: Decision | None

    def holds(self, counted: Counted) -> bool:
        """Whether the parts, which were counted under an earlier lease, are part of it."""
        return (
            counted.tag_id == self.tag_id
            and counted.lease < self.lease
            and not counted.rolled_over
            and not counted.after_reset
            and counted.raw_from is not None
            and self.raw_from <= counted.raw_from <= counted.raw_to <= self.raw_to
            and self.started_at <= counted.started_at <= counted.at <= self.at
        )


def gaps_of(session: TenantSession, tags: Collection[UUID]) -> Sequence[Gap]:
    """The counts over gaps of these tags that wait or waited for a person, if it is clear what they hold."""
    rows = session.execute(
        select(QuarantinedEvent.raw, QuarantineDecision.decision)
        .outerjoin(
            QuarantineDecision,
            (QuarantineDecision.organization_id == QuarantinedEvent.organization_id)
            & (QuarantineDecision.id == QuarantinedEvent.id),
        )
        .where(QuarantinedEvent.tag_id.in_(tags), QuarantinedEvent.code == COUNT_ACROSS_GAP)
    )
    return [gap for raw, decision in rows if (gap := _gap(raw, decision)) is not None]


def _gap(raw: str, decision: str | None) -> Gap | None:
    try:
        said = Counted.model_validate(orjson.loads(raw))
    except ValidationError:
        return None
    return gap_of(said, None if decision is None else Decision(decision))


def gap_of(said: Counted, decision: Decision | None) -> Gap | None:
    """What a count over a gap holds; None where that is not clear."""
    if said.raw_from is None or said.rolled_over or said.after_reset:
        return None
    return Gap(said.tag_id, said.lease, said.delta, said.started_at, said.at, said.raw_from, said.raw_to, decision)
