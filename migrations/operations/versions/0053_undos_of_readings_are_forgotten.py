"""Words that wait for their readings are found by when they came, to be forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0051"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_inspection_measurement_undos_waiting", "inspection_measurement_undos"


def upgrade() -> None:
    op.create_index(INDEX, TABLE, ["recorded_at"], postgresql_where=sa.text("agent_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_index(INDEX, TABLE)
