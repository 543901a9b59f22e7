"""Since when an agent is silent, so that it is told once; when each tag was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_reports", sa.Column("silent_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("agent_reports", sa.Column("signals", JSONB(), server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    op.drop_column("agent_reports", "signals")
    op.drop_column("agent_reports", "silent_since")
