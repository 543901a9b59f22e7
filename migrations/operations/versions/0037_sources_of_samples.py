"""A sample says what it was read from, so that none is computed anew by the scale of another register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("samples", sa.Column("source", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("samples", "source")
