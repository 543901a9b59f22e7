"""A run over a tag that failed says why, and only such a one keeps a problem once it is over."""

from __future__ import annotations

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_TABLES = ("count_correction_runs", "recompute_runs")
_RULE = (
    "CASE state WHEN 'failed' THEN problem IS NOT NULL WHEN 'done' THEN problem IS NULL "
    "WHEN 'cancelled' THEN problem IS NULL ELSE true END"
)


def upgrade() -> None:
    for table in _TABLES:
        op.create_check_constraint(op.f(f"ck_{table}_says_why_it_failed"), table, _RULE)


def downgrade() -> None:
    for table in _TABLES:
        op.drop_constraint(op.f(f"ck_{table}_says_why_it_failed"), table)
        op.execute(f"update {table} set problem = null where state in ('waiting', 'running')")  # noqa: S608 - constants
