"""When a person last wanted a change of a counter or a device to hold at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("devices", "tags"):
        op.add_column(table, sa.Column("forced_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for table in ("tags", "devices"):
        op.drop_column(table, "forced_at")
