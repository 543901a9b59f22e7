"""People may prefer units again: what was measured is shown in them too, beside those it was measured in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_preferences", sa.Column("units", sa.Text(), server_default="as_measured", nullable=False))
    op.alter_column("user_preferences", "units", server_default=None)
    op.create_check_constraint(
        op.f("ck_user_preferences_units"),
        "user_preferences",
        "units IN ('as_measured', 'si', 'us_customary', 'unknown')",
    )


def downgrade() -> None:
    op.drop_column("user_preferences", "units")
