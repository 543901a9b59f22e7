"""Proofs that somebody stands behind a release or an override, with badge and PIN; and what the login history tells of
them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BEFORE = "'signed_in', 'wrong', 'inactive', 'too_many', 'second_factor', 'reset_asked', 'password_reset', 'elsewhere'"
ADDED = "'countersigned', 'not_allowed'"


def upgrade() -> None:
    tenant_table(
        "countersignatures",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spent_on", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(spent_at IS NULL) = (spent_on IS NULL)", name=op.f("ck_countersignatures_spent_on_one")),
        sa.CheckConstraint("spent_at <= expires_at", name=op.f("ck_countersignatures_in_time")),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_countersignatures_organization_id_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_countersignatures")),
        sa.UniqueConstraint(
            "organization_id", "token_hash", name=op.f("uq_countersignatures_organization_id_token_hash")
        ),
    )
    op.create_index(
        op.f("ix_countersignatures_organization_id_user_id"), "countersignatures", ["organization_id", "user_id"]
    )
    for statement in audit_statements("countersignatures", "token_hash"):
        op.execute(statement)
    _hold_outcomes_to(f"{BEFORE}, {ADDED}")


def downgrade() -> None:
    op.execute("delete from login_history where outcome in ('countersigned', 'not_allowed')")
    _hold_outcomes_to(BEFORE)
    op.drop_table("countersignatures")


def _hold_outcomes_to(listed: str) -> None:
    op.drop_constraint(op.f("ck_login_history_outcome"), "login_history")
    op.create_check_constraint(op.f("ck_login_history_outcome"), "login_history", f"outcome IN ({listed})")
