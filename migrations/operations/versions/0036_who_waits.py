"""Events that wait for a person are counted by an index, and a PC that was enrolled and never heard is told of once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_quarantine_kept_here",
        "quarantine",
        ["organization_id", "agent_id", "received_at", "id"],
        postgresql_where=sa.text("not rejected"),
    )
    op.add_column("enrolments", sa.Column("silence_told_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("enrolments", "silence_told_at")
    op.drop_index("ix_quarantine_kept_here", "quarantine")
