"""A session in a practice organization knows the real session it was opened from, and ends with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("real_session_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("sessions", "real_session_id")
