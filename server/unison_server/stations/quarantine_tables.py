"""Tables of events that could not be used, and of what a person decided about them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, PrimaryKeyConstraint, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.stations.quarantine_contracts import Decision
from unison_domain.stations.set_aside_words import KINDS

from unison_server.kernel.database import TenantSession
from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Operations, Tenant, enum_check

OF_PEOPLE = text("kind in (" + ", ".join(f"'{kind}'" for kind in KINDS) + ")")
"""The condition on `quarantine`, as its index has it."""

OF_GAPS = r"""kind = 'counted' and raw ~ '"across_gap"\s*:\s*true'"""
"""As the index has it, of counts that may be over a gap: no index reads JSON."""


class QuarantinedEvent(Tenant, Operations):
    """An event that could not be used, as the JSON text it came as.

    `rejected`: the agent was told to keep it too. `tag_id`, `machine_id`, `station_id`: as it names them, if it does;
    there may be none.
    """

    __tablename__ = "quarantine"
    __table_args__ = (
        tenant_fk("agent_id", "agents", ondelete="CASCADE"),
        UniqueConstraint("organization_id", "agent_id", "epoch", "seq"),
        Index("ix_quarantine_received_at", "organization_id", "agent_id", "received_at", "id"),
        Index(
            "ix_quarantine_kept_here",
            "organization_id",
            "agent_id",
            "received_at",
            "id",
            postgresql_where=text("not rejected"),
        ),
        Index(
            "ix_quarantine_gaps",
            "organization_id",
            "tag_id",
            postgresql_where=text("code = 'count_across_gap'"),
        ),
        Index(
            "ix_quarantine_of_people",
            "organization_id",
            "agent_id",
            "received_at",
            "id",
            postgresql_where=OF_PEOPLE,
        ),
        Index(
            "ix_quarantine_counts_of_gaps",
            "organization_id",
            "agent_id",
            "received_at",
            "id",
            postgresql_where=text(OF_GAPS),
        ),
    )

    agent_id: Mapped[UUID]
    epoch: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    code: Mapped[str]
    message: Mapped[str]
    rejected: Mapped[bool]
    raw: Mapped[str]
    tag_id: Mapped[UUID | None]
    machine_id: Mapped[UUID | None]
    station_id: Mapped[UUID | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


class QuarantineDecision(Tenant, Operations):
    """What was decided about a quarantined event, once and for good; `id` is the event's.

    `decided_by` is None where the server came to it by itself (`decided_by_nobody`).
    """

    __tablename__ = "quarantine_decisions"
    __table_args__ = (
        tenant_fk("id", "quarantine", ondelete="CASCADE"),
        enum_check("decision", Decision),
    )

    decision: Mapped[str]
    reason: Mapped[str]
    decided_at: Mapped[datetime] = mapped_column(server_default=func.now())
    decided_by: Mapped[UUID | None]


class FencedCount(Operations):
    """How many parts of an agent's counts were fenced off (`arrival.FENCED_OFF`), by quarters of an hour.

    Without counts over a gap, and what a person accepted. Written by triggers of the migration.
    """

    __tablename__ = "fenced_counts"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "agent_id", "epoch", "machine_id", "kind", "quarter"),
        tenant_fk("agent_id", "agents", ondelete="CASCADE"),
    )

    organization_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    epoch: Mapped[UUID]
    machine_id: Mapped[UUID]
    kind: Mapped[str]
    quarter: Mapped[datetime]
    parts: Mapped[Decimal] = mapped_column(Numeric(30, 0))


def decided_by_nobody(session: TenantSession, id_: UUID, decision: Decision, reason: str) -> dict[str, object]:
    """The row of a decision about this event that the server came to by itself."""
    return {
        "organization_id": session.organization_id,
        "id": id_,
        "decision": decision,
        "reason": reason,
        "decided_by": None,
    }
