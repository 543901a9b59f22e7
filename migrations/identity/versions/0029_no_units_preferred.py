"""Nobody prefers units: measures stand in those of their characteristic and are never converted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("user_preferences", "units")


def downgrade() -> None:
    op.add_column("user_preferences", sa.Column("units", sa.Text(), server_default="metric", nullable=False))
    op.alter_column("user_preferences", "units", server_default=None)
    op.create_check_constraint(
        op.f("ck_user_preferences_units"), "user_preferences", "units IN ('metric', 'us', 'unknown')"
    )
