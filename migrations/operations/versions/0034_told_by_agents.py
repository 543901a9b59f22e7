"""What agents tell of the pictures the server does not have, and of what is plugged into their PCs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_reports", sa.Column("picture_problem", sa.Text(), nullable=True))
    op.add_column("agent_reports", sa.Column("attached", JSONB, server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    op.drop_column("agent_reports", "attached")
    op.drop_column("agent_reports", "picture_problem")
