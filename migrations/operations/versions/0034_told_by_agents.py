"""What an agent tells of the pictures the server does not have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_reports", sa.Column("picture_problem", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("agent_reports", "picture_problem")
