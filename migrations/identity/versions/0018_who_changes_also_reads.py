"""Nobody changes or deletes in a plant or warehouse what they may not read."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TABLES = ("user_plant_access", "user_warehouse_access")
_RULE = "can_read OR NOT (can_write OR can_delete)"


def upgrade() -> None:
    for table in _TABLES:
        op.execute(f"update {table} set can_read = true where not ({_RULE})")  # noqa: S608 - names of ours
        op.create_check_constraint(op.f(f"ck_{table}_reads"), table, _RULE)


def downgrade() -> None:
    for table in _TABLES:
        op.drop_constraint(op.f(f"ck_{table}_reads"), table)
