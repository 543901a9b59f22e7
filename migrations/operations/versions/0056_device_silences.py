"""Since when devices are silent, and when that was last told: one that comes and goes is told again in time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import tenant_table

revision = "0056"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    tenant_table(
        "device_silences",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("silent_since", moment, nullable=True),
        sa.Column("is_told", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("told_at", moment, nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("silent_since IS NOT NULL OR NOT is_told", name=op.f("ck_device_silences_told_of")),
        *(
            sa.ForeignKeyConstraint(
                ["organization_id", column],
                [f"{table}.organization_id", f"{table}.id"],
                name=op.f(f"fk_device_silences_organization_id_{column}_{table}"),
                ondelete="CASCADE",
            )
            for column, table in (("id", "devices"), ("agent_id", "agents"))
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_device_silences")),
    )
    op.create_index(
        "ix_device_silences_untold",
        "device_silences",
        ["organization_id", "id"],
        postgresql_where=sa.text("silent_since IS NOT NULL AND NOT is_told"),
    )


def downgrade() -> None:
    op.drop_table("device_silences")
