"""Codes that counted together are found by their set: who takes one back takes all of it back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_qr_code_scans_group_id", "qr_code_scans"


def upgrade() -> None:
    op.create_index(INDEX, TABLE, ["organization_id", "group_id"], postgresql_where=sa.text("group_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_index(INDEX, table_name=TABLE)
