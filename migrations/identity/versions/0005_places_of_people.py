"""What people may do in warehouses; deactivating is a right of its own, which whoever could write has had so far.

Two roles are called what they are in the shop. Sessions and attempts to sign in are
listed in order of time. Programs have keys, organizations roles of their own, and a
person's access may have an end, and signing in a second factor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


NAMES = {"manager": "plant_manager", "maintenance": "maintenance_technician"}
"""Roles by their names before and since."""


def upgrade() -> None:
    for former, present in NAMES.items():
        op.execute(f"update user_roles set role = '{present}' where role = '{former}'")  # noqa: S608 - constants
    op.add_column("user_plant_access", sa.Column("can_delete", sa.Boolean(), nullable=True))
    op.execute("update user_plant_access set can_delete = can_write")
    op.alter_column("user_plant_access", "can_delete", nullable=False)
    tenant_table(
        "user_warehouse_access",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("can_read", sa.Boolean(), nullable=False),
        sa.Column("can_write", sa.Boolean(), nullable=False),
        sa.Column("can_delete", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_user_warehouse_access_organization_id_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_user_warehouse_access")),
        sa.UniqueConstraint(
            "organization_id",
            "user_id",
            "warehouse_id",
            name=op.f("uq_user_warehouse_access_organization_id_user_id_warehouse_id"),
        ),
    )
    op.create_index(
        "uq_user_warehouse_access_default",
        "user_warehouse_access",
        ["organization_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.drop_constraint(op.f("ck_login_history_outcome"), "login_history")
    op.create_check_constraint(
        op.f("ck_login_history_outcome"),
        "login_history",
        "outcome IN ('signed_in', 'wrong', 'inactive', 'too_many', 'second_factor')",
    )
    tenant_table(
        "mfa_methods",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_mfa_methods_organization_id_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_mfa_methods")),
        sa.UniqueConstraint("organization_id", "user_id", name=op.f("uq_mfa_methods_organization_id_user_id")),
    )
    tenant_table(
        "recovery_codes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_recovery_codes_organization_id_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint(
            "organization_id", "user_id", "code_hash", name=op.f("uq_recovery_codes_organization_id_user_id_code_hash")
        ),
    )
    for statement in audit_statements("mfa_methods", "secret", "last_step"):
        op.execute(statement)
    op.add_column("users", sa.Column("access_ends_at", sa.DateTime(timezone=True), nullable=True))
    tenant_table(
        "roles",
        sa.Column("code", sa.String(length=50, collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("permissions", JSONB(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("jsonb_typeof(permissions) = 'array'", name=op.f("ck_roles_permissions")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_roles")),
        sa.UniqueConstraint("organization_id", "code", name=op.f("uq_roles_organization_id_code")),
    )
    tenant_table(
        "api_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("scopes", JSONB(), nullable=False),
        sa.Column("requests_per_minute", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("requests_per_minute between 1 and 60000", name=op.f("ck_api_keys_rate")),
        sa.CheckConstraint("jsonb_typeof(scopes) = 'array'", name=op.f("ck_api_keys_scopes")),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_api_keys_organization_id_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("organization_id", "token_hash", name=op.f("uq_api_keys_organization_id_token_hash")),
    )
    op.create_index(op.f("ix_api_keys_organization_id_user_id"), "api_keys", ["organization_id", "user_id"])
    op.create_index(op.f("ix_sessions_organization_id_last_used_at"), "sessions", ["organization_id", "last_used_at"])
    op.create_index(op.f("ix_login_history_organization_id_at"), "login_history", ["organization_id", "at"])
    for table in ("user_warehouse_access", "roles"):
        for statement in audit_statements(table):
            op.execute(statement)
    for statement in audit_statements("api_keys", "token_hash"):
        op.execute(statement)


def downgrade() -> None:
    for former, present in NAMES.items():
        op.execute(f"update user_roles set role = '{former}' where role = '{present}'")  # noqa: S608 - constants
    op.drop_index(op.f("ix_login_history_organization_id_at"), "login_history")
    op.drop_index(op.f("ix_sessions_organization_id_last_used_at"), "sessions")
    op.drop_column("users", "access_ends_at")
    op.execute("delete from login_history where outcome = 'second_factor'")
    op.drop_constraint(op.f("ck_login_history_outcome"), "login_history")
    op.create_check_constraint(
        op.f("ck_login_history_outcome"),
        "login_history",
        "outcome IN ('signed_in', 'wrong', 'inactive', 'too_many')",
    )
    for table in ("api_keys", "roles", "recovery_codes", "mfa_methods"):
        op.drop_table(table)
    op.drop_table("user_warehouse_access")
    op.drop_column("user_plant_access", "can_delete")
