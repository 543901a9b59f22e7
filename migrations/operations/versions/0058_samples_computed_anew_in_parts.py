"""Samples are computed anew in the background, however many they are: part by part, and how far it is is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from unison_server.kernel.migrate import refuse_while_there_are, tenant_table

revision = "0058"
down_revision = "0056"
branch_labels = None
depends_on = None

COUNTED = ("late", "changed", "implausible", "plausible", "others", "unsure")


def upgrade() -> None:
    tenant_table(
        "recompute_runs",
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("with_unsure", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("samples", sa.BigInteger(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reached_epoch", sa.Uuid(), nullable=True),
        sa.Column("reached_seq", sa.BigInteger(), nullable=True),
        sa.Column("memory", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        *(sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False) for name in COUNTED),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("ended_at > started_at", name=op.f("ck_recompute_runs_ends_after_start")),
        sa.CheckConstraint(
            "num_nulls(reached_at, reached_epoch, reached_seq) IN (0, 3)", name=op.f("ck_recompute_runs_reached_wholly")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'unknown')",
            name=op.f("ck_recompute_runs_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "tag_id"],
            ["tags.organization_id", "tags.id"],
            name=op.f("fk_recompute_runs_organization_id_tag_id_tags"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_recompute_runs")),
    )
    op.create_index(
        "uq_recompute_runs_under_way",
        "recompute_runs",
        ["organization_id", "tag_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )


def downgrade() -> None:
    refuse_while_there_are(
        "select distinct t.name from recompute_runs as r"
        " join tags as t on t.organization_id = r.organization_id and t.id = r.tag_id"
        " where r.state in ('waiting', 'running') order by 1",
        "tags whose samples are being computed anew, which nothing of before would go on with; cancel that first",
    )
    op.drop_table("recompute_runs")
