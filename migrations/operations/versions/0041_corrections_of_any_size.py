"""Corrections of counts run in the background, however many counts there are; what counts meanwhile comes again.

What a correction changes is written before the correction itself, whose sums are known at its end.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import tenant_table

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

OF_CORRECTION = "alter table corrected_counts alter constraint fk_corrected_counts_correction"


def upgrade() -> None:
    tenant_table(
        "withheld_counters",
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "id"],
            ["tags.organization_id", "tags.id"],
            name=op.f("fk_withheld_counters_organization_id_id_tags"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_withheld_counters")),
    )
    tenant_table(
        "count_correction_runs",
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scale", sa.Numeric(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("counts", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'unknown')",
            name=op.f("ck_count_correction_runs_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "tag_id"],
            ["tags.organization_id", "tags.id"],
            name=op.f("fk_count_correction_runs_organization_id_tag_id_tags"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_count_correction_runs")),
    )
    op.create_index(
        "uq_count_correction_runs_under_way",
        "count_correction_runs",
        ["organization_id", "tag_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.execute(f"{OF_CORRECTION} deferrable initially immediate")


def downgrade() -> None:
    op.execute(f"{OF_CORRECTION} not deferrable")
    op.drop_table("count_correction_runs")
    op.drop_table("withheld_counters")
