"""Whether an organization is active, copied from the identity database: stations are served while that one is away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import tenant_table

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table(
        "organization_copies",
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("copied_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("id = organization_id", name=op.f("ck_organization_copies_organization")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_organization_copies")),
    )


def downgrade() -> None:
    op.drop_table("organization_copies")
