"""Pictures that stations keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import tenant_table

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INDEXES = {
    "taken_at": ["organization_id", "taken_at", "id"],
    "station_id": ["organization_id", "station_id", "taken_at", "id"],
    "sha256": ["organization_id", "sha256"],
    "ends_at": ["ends_at"],
}


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    tenant_table(
        "station_pictures",
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("peripheral_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("machine_id", sa.Uuid(), nullable=True),
        sa.Column("taken_at", moment, nullable=False),
        sa.Column("received_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("stored_at", moment, nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('scan', 'reading', 'stop', 'calibration', 'asked')", name=op.f("ck_station_pictures_reason")
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_station_pictures_is_hash")),
        sa.CheckConstraint("media_type IN ('image/jpeg', 'image/png')", name=op.f("ck_station_pictures_is_picture")),
        sa.CheckConstraint("bytes > 0 AND ends_at > taken_at", name=op.f("ck_station_pictures_has_extent")),
        sa.CheckConstraint("machine_id IS NULL OR reason = 'stop'", name=op.f("ck_station_pictures_machine_stood")),
        sa.ForeignKeyConstraint(
            ["organization_id", "plant_id"],
            ["plants.organization_id", "plants.id"],
            name=op.f("fk_station_pictures_organization_id_plant_id_plants"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "station_id"],
            ["stations.organization_id", "stations.id"],
            name=op.f("fk_station_pictures_organization_id_station_id_stations"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_station_pictures")),
        plant_column="plant_id",
    )
    for name, columns in INDEXES.items():
        op.create_index(f"ix_station_pictures_{name}", "station_pictures", columns, unique=False)


def downgrade() -> None:
    op.drop_table("station_pictures")
