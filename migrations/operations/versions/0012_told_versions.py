"""Which configuration an agent was told last, so that one told by an undone future is recognised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agents", sa.Column("told_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.execute("alter table agents disable trigger user")  # nobody changed anything
    op.execute("update agents set told_version = configuration_version")
    op.execute("alter table agents enable trigger user")


def downgrade() -> None:
    op.drop_column("agents", "told_version")
