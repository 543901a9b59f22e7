"""Tags are leased to one agent; people decide about events that could not be used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table
from unison_server.stations.fences import FENCE, FENCE_AGENT, OF_DEVICE, OF_STATION, OF_TAG, fence_statements

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FENCED = (("stations", OF_STATION), ("devices", OF_DEVICE), ("tags", OF_TAG))
COUNTED_SO_FAR = """
    insert into tag_leases (organization_id, id, counted_raw, counted_at)
    select distinct on (c.organization_id, c.tag_id) c.organization_id, c.tag_id, c.raw_to, c.at
    from machine_counts as c join tags as t on t.organization_id = c.organization_id and t.id = c.tag_id
    order by c.organization_id, c.tag_id, c.at desc, c.seq desc
"""


def upgrade() -> None:
    numbers = ("number", "held_since", "counted_since", "read_since")
    tenant_table(
        "tag_leases",
        *(sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False) for name in numbers),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("counted_raw", sa.Numeric(20, 0), nullable=True),
        sa.Column("counted_remainder", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("baseline_raw", sa.Numeric(20, 0), nullable=True),
        sa.Column("baseline_remainder", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("baseline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "number >= greatest(held_since, counted_since, read_since)", name=op.f("ck_tag_leases_numbers_grow")
        ),
        sa.CheckConstraint("num_nulls(counted_raw, counted_at) <> 1", name=op.f("ck_tag_leases_counted")),
        sa.CheckConstraint("num_nulls(baseline_raw, baseline_at) <> 1", name=op.f("ck_tag_leases_baseline")),
        sa.ForeignKeyConstraint(
            ["organization_id", "id"],
            ["tags.organization_id", "tags.id"],
            name=op.f("fk_tag_leases_organization_id_id_tags"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_tag_leases")),
    )
    op.execute(COUNTED_SO_FAR)
    for statement in (FENCE, FENCE_AGENT):
        op.execute(statement)
    for table, tags in FENCED:
        for statement in fence_statements(table, tags):
            op.execute(statement)
    tenant_table(
        "quarantine_decisions",
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "decision IN ('accepted', 'discarded', 'unknown')", name=op.f("ck_quarantine_decisions_decision")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "id"],
            ["quarantine.organization_id", "quarantine.id"],
            name=op.f("fk_quarantine_decisions_organization_id_id_quarantine"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_quarantine_decisions")),
        append_only=True,
    )
    for statement in audit_statements("quarantine_decisions"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("quarantine_decisions")
    for table, _ in FENCED:
        op.execute(f"drop trigger fence_update on {table}")
        op.execute(f"drop function {table}_fence_leases")
    op.execute("drop function fence_agent")
    op.execute("drop function fence_leases")
    op.drop_table("tag_leases")
