"""What was scanned is called as the data model calls it, in the database as in the API."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("qr_code_scans", "text", new_column_name="qr_code_data")


def downgrade() -> None:
    op.alter_column("qr_code_scans", "qr_code_data", new_column_name="text")
