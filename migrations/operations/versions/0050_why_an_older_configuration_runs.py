"""Why an agent can't use the newest configuration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_reports", sa.Column("configuration_problem", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("agent_reports", "configuration_problem")
