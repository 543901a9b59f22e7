"""What a former PC tells late of a machine's past is marked: it lies in that past, and holds nothing to its start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

TABLES = ("machine_transitions", "machine_states")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("is_late", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_column(table, "is_late")
