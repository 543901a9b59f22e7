"""What scanners, gauges and cameras were refused has a history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import tenant_table

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    tenant_table(
        "refused_values",
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("peripheral_id", sa.Uuid(), nullable=False),
        sa.Column("first_at", moment, nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.Column("received_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.Column("others", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("times > 0 AND last_at >= first_at", name=op.f("ck_refused_values_counts")),
        sa.ForeignKeyConstraint(
            ["organization_id", "plant_id"],
            ["plants.organization_id", "plants.id"],
            name=op.f("fk_refused_values_organization_id_plant_id_plants"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "station_id"],
            ["stations.organization_id", "stations.id"],
            name=op.f("fk_refused_values_organization_id_station_id_stations"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_refused_values")),
        plant_column="plant_id",
    )
    op.create_index("ix_refused_values_received_at", "refused_values", ["received_at"])
    op.create_index("ix_refused_values_first_at", "refused_values", ["organization_id", "first_at", "id"])
    for place in ("plant_id", "station_id", "peripheral_id"):
        op.create_index(f"ix_refused_values_{place}", "refused_values", ["organization_id", place, "first_at", "id"])


def downgrade() -> None:
    op.drop_table("refused_values")
