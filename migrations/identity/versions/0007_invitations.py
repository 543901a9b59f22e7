"""Invitations and links to new passwords; what people did about their password is in the history of sign-ins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE = "'signed_in', 'wrong', 'inactive', 'too_many', 'second_factor'"
ADDED = "'reset_asked', 'password_reset'"
KEEP_ENDED = """
    create function keep_ended_invitation() returns trigger language plpgsql as $$
    begin
        raise exception 'invitation % has ended and stays as it is', old.id using errcode = 'check_violation';
    end
    $$
"""
ENDED = """
    create trigger keep_ended
    before update of email, roles, token_hash, expires_at, accepted_at, revoked_at on invitations
    for each row when (old.accepted_at is not null or old.revoked_at is not null)
    execute function keep_ended_invitation()
"""


def upgrade() -> None:
    tenant_table(
        "invitations",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("roles", JSONB(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("num_nonnulls(accepted_at, revoked_at) < 2", name=op.f("ck_invitations_ends_once")),
        sa.CheckConstraint("(accepted_at is null) = (user_id is null)", name=op.f("ck_invitations_accepted")),
        sa.CheckConstraint("accepted_at <= expires_at", name=op.f("ck_invitations_in_time")),
        sa.CheckConstraint("jsonb_typeof(roles) = 'array'", name=op.f("ck_invitations_roles")),
        _of("invited_by", "invitations"),
        _of("user_id", "invitations"),
        sa.ForeignKeyConstraint(
            ["organization_id", "message_id"],
            ["messages.organization_id", "messages.id"],
            name=op.f("fk_invitations_organization_id_message_id_messages"),
            ondelete="SET NULL (message_id)",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("organization_id", "token_hash", name=op.f("uq_invitations_organization_id_token_hash")),
    )
    op.create_index(op.f("ix_invitations_organization_id_created_at"), "invitations", ["organization_id", "created_at"])
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["organization_id", sa.text("lower(email)")],
        unique=True,
        postgresql_where=sa.text("accepted_at is null and revoked_at is null"),
    )
    op.execute(KEEP_ENDED)
    op.execute(ENDED)
    tenant_table(
        "password_resets",
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("used_at is null or user_id is not null", name=op.f("ck_password_resets_of_somebody")),
        sa.CheckConstraint("used_at <= expires_at", name=op.f("ck_password_resets_in_time")),
        _of("user_id", "password_resets"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_password_resets")),
        sa.UniqueConstraint(
            "organization_id", "token_hash", name=op.f("uq_password_resets_organization_id_token_hash")
        ),
    )
    op.create_index(
        op.f("ix_password_resets_organization_id_user_id"), "password_resets", ["organization_id", "user_id"]
    )
    for table in ("invitations", "password_resets"):
        for statement in audit_statements(table, "token_hash"):
            op.execute(statement)
    _hold_outcomes_to(f"{BEFORE}, {ADDED}")


def downgrade() -> None:
    op.execute(f"delete from login_history where outcome in ({ADDED})")  # noqa: S608 - constants
    _hold_outcomes_to(BEFORE)
    op.drop_table("password_resets")
    op.drop_table("invitations")
    op.execute("drop function keep_ended_invitation")


def _of(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        ["users.organization_id", "users.id"],
        name=op.f(f"fk_{table}_organization_id_{column}_users"),
        ondelete="CASCADE",
    )


def _hold_outcomes_to(listed: str) -> None:
    op.drop_constraint(op.f("ck_login_history_outcome"), "login_history")
    op.create_check_constraint(op.f("ck_login_history_outcome"), "login_history", f"outcome IN ({listed})")
