"""A countersignature is of one act from the beginning, and rows are only added: nothing is confirmed twice with one.

What was given before for an act that nobody named confirms nothing any more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.audit import audit_statements

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("drop trigger audit on countersignatures")
    op.execute("delete from countersignatures where spent_on is null")
    op.drop_constraint(op.f("ck_countersignatures_spent_on_one"), "countersignatures")
    op.drop_constraint(op.f("ck_countersignatures_in_time"), "countersignatures")
    op.drop_constraint(op.f("uq_countersignatures_organization_id_token_hash"), "countersignatures")
    for column in ("token_hash", "expires_at", "spent_at"):
        op.drop_column("countersignatures", column)
    op.alter_column("countersignatures", "spent_on", new_column_name="act_id", nullable=False)
    op.execute("revoke update, delete on countersignatures from unison_runtime")


def downgrade() -> None:
    op.execute("grant update, delete on countersignatures to unison_runtime")
    op.alter_column("countersignatures", "act_id", new_column_name="spent_on", nullable=True)
    op.add_column("countersignatures", sa.Column("token_hash", sa.Text(), nullable=True))
    op.add_column("countersignatures", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("countersignatures", sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "update countersignatures set token_hash = 'none ' || id, expires_at = created_at, spent_at = created_at"
    )
    op.alter_column("countersignatures", "token_hash", nullable=False)
    op.alter_column("countersignatures", "expires_at", nullable=False)
    op.create_unique_constraint(
        op.f("uq_countersignatures_organization_id_token_hash"), "countersignatures", ["organization_id", "token_hash"]
    )
    op.create_check_constraint(
        op.f("ck_countersignatures_spent_on_one"), "countersignatures", "(spent_at IS NULL) = (spent_on IS NULL)"
    )
    op.create_check_constraint(op.f("ck_countersignatures_in_time"), "countersignatures", "spent_at <= expires_at")
    for statement in audit_statements("countersignatures", "token_hash"):
        op.execute(statement)
