"""Changes of stops know about how long they are, so that those of a stop are found without reading all others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

_LENGTH_CLASS = (
    "width_bucket(extract(epoch from ended_at - started_at), "
    "array[64, 256, 1024, 4096, 16384, 65536, 262144, 1048576]::numeric[])"
)


def upgrade() -> None:
    length_class = sa.Column("length_class", sa.Integer(), sa.Computed(_LENGTH_CLASS, persisted=True), nullable=True)
    op.add_column("downtime_changes", length_class)
    op.create_index(
        "ix_downtime_changes_started_at",
        "downtime_changes",
        ["organization_id", "machine_id", "length_class", "started_at"],
    )


def downgrade() -> None:
    op.drop_index("ix_downtime_changes_started_at", "downtime_changes")
    op.drop_column("downtime_changes", "length_class")
