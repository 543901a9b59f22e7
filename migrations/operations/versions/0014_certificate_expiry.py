"""Until when the certificates hold by which an agent trusts the server, and when their end was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = ("certificate_ends_at", "authority_ends_at", "expiry_told_at")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("agent_reports", sa.Column(column, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_column("agent_reports", column)
