"""Who was signed on where something was scanned or measured, and whether the server was asked who it is.

When each agent was last told which badges name whom, so that the delay of a revocation can be seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLES = ("qr_code_scans", "inspection_measurements")


def upgrade() -> None:
    op.add_column("agent_reports", sa.Column("roster_at", sa.DateTime(timezone=True), nullable=True))
    for table in TABLES:
        op.add_column(table, sa.Column("person_id", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("person_is_verified", sa.Boolean(), nullable=True))
        op.create_check_constraint(
            op.f(f"ck_{table}_person_verified"), table, "(person_id IS NULL) = (person_is_verified IS NULL)"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_constraint(op.f(f"ck_{table}_person_verified"), table)
        op.drop_column(table, "person_is_verified")
        op.drop_column(table, "person_id")
    op.drop_column("agent_reports", "roster_at")
