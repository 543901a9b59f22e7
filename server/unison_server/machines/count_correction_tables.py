"""Tables of what was put right of counts, beside the ledger that stays as it was written."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.machines.contracts import CountKind

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Operations, Tenant, enum_check
from unison_server.machines.tag_run_tables import RunOfTag, run_rules


class CountCorrection(Tenant, Operations):
    """What one step of a counter's register stands for, for counts read from `started_at` to before `ended_at`.

    Of those that stand about a moment the one with the greatest `position` holds, also for counts that arrive later.
    `scale` None: as booked. `reason` None: made by the database as the tag was changed, which ends an open one. The
    counts and sums are those of the moment it was made.
    """

    __tablename__ = "count_corrections"
    __table_args__ = (
        tenant_fk("tag_id", "tags"),
        UniqueConstraint("organization_id", "tag_id", "position", name="uq_count_corrections_position"),
        CheckConstraint("ended_at > started_at", name="ends_after_start"),
        CheckConstraint("scale > 0 AND scale < 'infinity'", name="scale_is_positive"),
        CheckConstraint("former_scale > 0 AND former_scale < 'infinity'", name="former_scale_is_positive"),
        CheckConstraint("reason IS NOT NULL OR (scale IS NULL AND ended_at IS NULL)", name="has_reason"),
    )

    tag_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    former_scale: Mapped[Decimal] = mapped_column(Numeric)
    scale: Mapped[Decimal | None] = mapped_column(Numeric)
    reason: Mapped[str | None]
    counts: Mapped[int] = mapped_column(BigInteger)
    changed: Mapped[int] = mapped_column(BigInteger)
    unread: Mapped[int] = mapped_column(BigInteger)
    parts_before: Mapped[Decimal] = mapped_column(Numeric)
    parts_after: Mapped[Decimal] = mapped_column(Numeric)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[UUID | None]


class CountCorrectionRun(RunOfTag, Operations):
    """A correction that is made in the background; `id` is that of the correction once it is done.

    `counts` of the time when it was asked for. `started_at` to `scale`: as in `CountCorrection`.
    """

    __tablename__ = "count_correction_runs"
    __table_args__ = run_rules(__tablename__)

    ended_at: Mapped[datetime | None]
    scale: Mapped[Decimal | None] = mapped_column(Numeric)
    reason: Mapped[str]
    counts: Mapped[int] = mapped_column(BigInteger)


class CorrectedCount(Operations):
    """By how many parts a correction changes one count: what is right, less what stood before it.

    `machine_id`, `kind` and `at` are those of the count, which never change.
    """

    __tablename__ = "corrected_counts"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "count_id", "correction_id"),
        tenant_fk("count_id", "machine_counts"),
        ForeignKeyConstraint(
            ["organization_id", "correction_id"],
            ["count_corrections.organization_id", "count_corrections.id"],
            name="fk_corrected_counts_correction",
            deferrable=True,
            initially="IMMEDIATE",
        ),
        enum_check("kind", CountKind),
        CheckConstraint("quantity <> 0 AND quantity < 'infinity'", name="is_a_change"),
        Index("ix_corrected_counts_at", "organization_id", "machine_id", "at"),
    )

    organization_id: Mapped[UUID]
    count_id: Mapped[UUID]
    correction_id: Mapped[UUID]
    machine_id: Mapped[UUID]
    kind: Mapped[str]
    at: Mapped[datetime]
    quantity: Mapped[Decimal] = mapped_column(Numeric)
