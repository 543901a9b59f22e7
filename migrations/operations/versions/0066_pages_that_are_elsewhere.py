"""Agents tell why their operator page is not at its port: their screens show another program meanwhile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_reports", sa.Column("page_problem", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("agent_reports", "page_problem")
