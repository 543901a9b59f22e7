"""What people prefer, and what they are told: in their inbox, and by mail where they want it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KINDS = (
    "'call_raised', 'agent_silent', 'agent_heard_again', 'agent_conflicted', 'agent_certificate_due', "
    "'certificate_due', 'counter_strayed', 'invitation_accepted', 'second_factor_removed', 'unknown'"
)


def upgrade() -> None:
    tenant_table(
        "user_preferences",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("by_priority", JSONB(), nullable=False),
        sa.Column("by_kind", JSONB(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("units IN ('metric', 'us', 'unknown')", name=op.f("ck_user_preferences_units")),
        sa.CheckConstraint("theme IN ('system', 'light', 'dark', 'unknown')", name=op.f("ck_user_preferences_theme")),
        _of_person("user_preferences"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_user_preferences")),
        sa.UniqueConstraint("organization_id", "user_id", name=op.f("uq_user_preferences_organization_id_user_id")),
    )
    for statement in audit_statements("user_preferences"):
        op.execute(statement)
    tenant_table(
        "notifications",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entity", sa.Uuid(), nullable=True),
        sa.Column("parameters", JSONB(), nullable=False),
        sa.Column("reference_type", sa.Text(), nullable=True),
        sa.Column("reference_id", sa.Uuid(), nullable=True),
        sa.Column("plant_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_notifications_kind")),
        sa.CheckConstraint(
            "(reference_type IS NULL) = (reference_id IS NULL)", name=op.f("ck_notifications_reference")
        ),
        sa.CheckConstraint("read_at >= created_at", name=op.f("ck_notifications_read_after_it_came")),
        _of_person("notifications"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_notifications")),
        sa.UniqueConstraint(
            "organization_id",
            "user_id",
            "kind",
            "entity",
            "occurred_at",
            name="uq_notifications_happening",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_notifications_organization_id_user_id_created_at_id"),
        "notifications",
        ["organization_id", "user_id", "created_at", "id"],
    )
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["organization_id", "user_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )
    _messages_are("'invitation', 'password_reset', 'notification', 'unknown'")


def downgrade() -> None:
    op.execute("delete from messages where kind = 'notification'")
    _messages_are("'invitation', 'password_reset', 'unknown'")
    op.drop_table("notifications")
    op.drop_table("user_preferences")


def _messages_are(kinds: str) -> None:
    op.drop_constraint(op.f("ck_messages_kind"), "messages")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", f"kind IN ({kinds})")


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", "user_id"],
        ["users.organization_id", "users.id"],
        name=op.f(f"fk_{table}_organization_id_user_id_users"),
        ondelete="CASCADE",
    )
