"""Scans of one code are found by its mark: a text of 4,096 characters fits into no index, and under row level security
none is used on what a function makes of it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "qr_code_scans",
        sa.Column("code_mark", sa.Uuid(), sa.Computed("md5(qr_code_data)::uuid", persisted=True), nullable=False),
    )
    op.create_index("ix_qr_code_scans_code_mark", "qr_code_scans", ["organization_id", "code_mark", "scanned_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_qr_code_scans_code_mark", "qr_code_scans")
    op.drop_column("qr_code_scans", "code_mark")
