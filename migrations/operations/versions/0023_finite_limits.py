"""A limit of a tag that is no number, or infinite, limits nothing: it goes, and none can come again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

FINITE = "{0} > '-infinity'::float8 and {0} < 'infinity'::float8"
"""PostgreSQL holds NaN for greater than infinity."""
LIMITS = ("minimum", "maximum")


def upgrade() -> None:
    tags = sa.table("tags", *(sa.column(name) for name in ("version", "updated_at", *LIMITS)))
    for limit in LIMITS:
        finite = FINITE.format(limit)
        gone = {limit: None, "version": tags.c.version + 1, "updated_at": sa.func.now()}
        op.execute(tags.update().where(sa.text(f"not ({finite})")).values(gone))
        op.create_check_constraint(op.f(f"ck_tags_finite_{limit}"), "tags", finite)


def downgrade() -> None:
    for limit in LIMITS:
        op.drop_constraint(op.f(f"ck_tags_finite_{limit}"), "tags")
