"""Overrides at stations, with who confirmed each: one act once, and one countersignature for one act."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import tenant_table

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table(
        "station_overrides",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("countersignature_id", sa.Uuid(), nullable=True),
        sa.Column("countersigned_by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('stop_reason', 'machine_state', 'scan_undone', 'reading_undone', 'far_value')",
            name=op.f("ck_station_overrides_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "plant_id"],
            ["plants.organization_id", "plants.id"],
            name=op.f("fk_station_overrides_organization_id_plant_id_plants"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_station_overrides")),
        sa.UniqueConstraint(
            "organization_id", "act_id", "kind", name=op.f("uq_station_overrides_organization_id_act_id_kind")
        ),
        sa.UniqueConstraint(
            "organization_id",
            "countersignature_id",
            name=op.f("uq_station_overrides_organization_id_countersignature_id"),
        ),
        plant_column="plant_id",
        append_only=True,
    )
    op.create_index(
        op.f("ix_station_overrides_organization_id_plant_id"), "station_overrides", ["organization_id", "plant_id"]
    )


def downgrade() -> None:
    op.drop_table("station_overrides")
