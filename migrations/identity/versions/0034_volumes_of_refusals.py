"""Over how long the refusals were that a row of the login history stands for; of older rows it is at most an hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("login_history", sa.Column("seconds", sa.Integer()))


def downgrade() -> None:
    op.drop_column("login_history", "seconds")
