"""What became of pictures: lost at their station and why, or deleted when their time was over, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

_TABLE = "station_pictures"
_REASONS = "'room', 'waited', 'refused', 'missing', 'unknown'"
_CHECKS = {
    "lost_reason": f"lost_reason IS NULL OR lost_reason IN ({_REASONS})",
    "lost_for_a_reason": "(lost_at IS NULL) = (lost_reason IS NULL)",
    "stored_is_not_lost": "lost_at IS NULL OR stored_at IS NULL",
}


def upgrade() -> None:
    for name, kind in (("lost_at", sa.DateTime(timezone=True)), ("lost_reason", sa.Text())):
        op.add_column(_TABLE, sa.Column(name, kind, nullable=True))
    op.add_column(_TABLE, sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    for name, rule in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE, rule)
    op.drop_index(f"ix_{_TABLE}_ends_at", _TABLE)
    op.create_index(f"ix_{_TABLE}_ends_at", _TABLE, ["ends_at"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index(
        f"ix_{_TABLE}_deleted_at", _TABLE, ["deleted_at"], postgresql_where=sa.text("deleted_at IS NOT NULL")
    )


def downgrade() -> None:
    pictures = sa.table(_TABLE, sa.column("deleted_at"))
    op.execute(pictures.delete().where(pictures.c.deleted_at.is_not(None)))
    op.drop_index(f"ix_{_TABLE}_deleted_at", _TABLE)
    op.drop_index(f"ix_{_TABLE}_ends_at", _TABLE)
    op.create_index(f"ix_{_TABLE}_ends_at", _TABLE, ["ends_at"])
    for name in reversed(_CHECKS):
        op.drop_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE)
    for name in ("deleted_at", "lost_reason", "lost_at"):
        op.drop_column(_TABLE, name)
