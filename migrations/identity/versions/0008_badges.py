"""Badges and PINs, by which people sign on at stations, and how long a station believes what it fetched of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table(
        "badges",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('barcode', 'rfid')", name=op.f("ck_badges_kind")),
        sa.CheckConstraint("state IN ('active', 'lost', 'revoked')", name=op.f("ck_badges_state")),
        sa.CheckConstraint("(state = 'active') = (state_changed_at IS NULL)", name=op.f("ck_badges_state_changed")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_badges_expiry")),
        _of_person("badges"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_badges")),
    )
    op.create_index(
        "uq_badges_active",
        "badges",
        ["organization_id", "text_hash"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    for column in ("text_hash", "user_id"):
        op.create_index(op.f(f"ix_badges_organization_id_{column}"), "badges", ["organization_id", column])
    tenant_table(
        "person_pins",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _of_person("person_pins"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_person_pins")),
        sa.UniqueConstraint("organization_id", "user_id", name=op.f("uq_person_pins_organization_id_user_id")),
    )
    tenant_table(
        "sign_on_settings",
        sa.Column("badge_key", sa.Text(), nullable=False),
        sa.Column("roster_hours", sa.Integer(), server_default=sa.text("24"), nullable=False),
        sa.Column("idle_minutes", sa.Integer(), server_default=sa.text("60"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("roster_hours between 1 and 720", name=op.f("ck_sign_on_settings_roster_hours")),
        sa.CheckConstraint("idle_minutes between 1 and 1440", name=op.f("ck_sign_on_settings_idle_minutes")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sign_on_settings")),
        sa.UniqueConstraint("organization_id", name=op.f("uq_sign_on_settings_organization_id")),
    )
    for table, secret in (("badges", "text_hash"), ("person_pins", "pin_hash"), ("sign_on_settings", "badge_key")):
        for statement in audit_statements(table, secret):
            op.execute(statement)


def downgrade() -> None:
    for table in ("sign_on_settings", "person_pins", "badges"):
        op.drop_table(table)


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", "user_id"],
        ["users.organization_id", "users.id"],
        name=op.f(f"fk_{table}_organization_id_user_id_users"),
        ondelete="CASCADE",
    )
