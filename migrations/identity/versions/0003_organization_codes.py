"""Codes of organizations differ by more than case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("uq_organizations_code", "organizations")
    op.create_index(
        "uq_organizations_code_folded", "organizations", [sa.text('lower(code collate "default")')], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_organizations_code_folded", "organizations")
    op.create_unique_constraint("uq_organizations_code", "organizations", ["code"])
