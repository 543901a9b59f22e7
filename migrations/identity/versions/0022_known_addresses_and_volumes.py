"""Whether anybody signed in from an address is asked at every sign-in; a row of the history may stand for many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_sessions_organization_id_address"), "sessions", ["organization_id", "address"])
    op.add_column("login_history", sa.Column("times", sa.Integer(), server_default=sa.text("1"), nullable=False))


def downgrade() -> None:
    op.drop_column("login_history", "times")
    op.drop_index(op.f("ix_sessions_organization_id_address"), "sessions")
