"""Agents tell when their buffer takes nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_reports", sa.Column("refusal", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("agent_reports", "refusal")
