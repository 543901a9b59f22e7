"""Entries of people that were set aside are found by an index: every agent asks for its own again and again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_quarantine_of_people",
        "quarantine",
        ["organization_id", "agent_id", "received_at", "id"],
        postgresql_where=sa.text(
            "kind in ('state_set', 'stop_reasoned', 'call_changed', 'scan_taken', 'scan_undone', 'reading_taken', "
            "'reading_undone')"
        ),
    )


def downgrade() -> None:
    op.drop_index("ix_quarantine_of_people", "quarantine")
