"""What stations tell of badges waits here until the login history, in the other database, has it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import tenant_table

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    tenant_table(
        "told_sign_ons",
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("received_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("badge", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("refused_for", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("person_id IS NULL OR refused_for IS NULL", name=op.f("ck_told_sign_ons_outcome")),
        sa.ForeignKeyConstraint(
            ["organization_id", "station_id"],
            ["stations.organization_id", "stations.id"],
            name=op.f("fk_told_sign_ons_organization_id_station_id_stations"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_told_sign_ons")),
    )
    op.create_index("ix_told_sign_ons_received_at", "told_sign_ons", ["received_at"])


def downgrade() -> None:
    op.drop_table("told_sign_ons")
