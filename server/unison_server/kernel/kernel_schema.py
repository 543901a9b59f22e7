"""The kernel's own tables, alike in both databases: the first migration of each.

As it was released: what changes in them since is a migration of its own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from unison_server.kernel.audit import FUNCTION
from unison_server.kernel.migrate import partition_by_month, tenant_table
from unison_server.kernel.outbox import PLATFORM_ROWS
from unison_server.kernel.rls import RUNTIME, SYSTEM


def create() -> None:
    """Create them, with their policies, and the trigger function of the audit."""
    tenant_table(
        "audit_logs",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("old_values", JSONB(), nullable=True),
        sa.Column("new_values", JSONB(), nullable=True),
        sa.Column("changed_fields", JSONB(), nullable=True),
        sa.Column("actor_kind", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "at", "id", name=op.f("pk_audit_logs")),
        postgresql_partition_by="RANGE (at)",
        append_only=True,
    )
    op.create_index(
        "ix_audit_logs_organization_id_entity_id_at", "audit_logs", ["organization_id", "entity_id", "at"], unique=False
    )
    tenant_table(
        "events",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=True),
        sa.Column("entity", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("causation", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "at", "id", name=op.f("pk_events")),
        postgresql_partition_by="RANGE (at)",
        append_only=True,
    )
    op.create_index("ix_events_organization_id_position", "events", ["organization_id", "position"], unique=False)
    op.create_index("ix_events_position", "events", ["position"], unique=False)
    tenant_table(
        "idempotency_keys",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("headers", JSONB(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "actor", "key", name=op.f("pk_idempotency_keys")),
    )
    tenant_table(
        "outbox",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=True),
        sa.Column("entity", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("causation", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_outbox")),
        append_only=True,
    )
    op.create_index("ix_outbox_id", "outbox", ["id"], unique=False)
    op.create_table(
        "platform_settings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_platform_settings")),
    )
    tenant_table(
        "search_tokens",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "token", "kind", "entity_id", name=op.f("pk_search_tokens")),
    )
    op.create_index(
        "ix_search_tokens_organization_id_entity_id", "search_tokens", ["organization_id", "entity_id"], unique=False
    )

    partition_by_month("events")
    partition_by_month("audit_logs")
    op.execute(f"revoke insert on events from {RUNTIME}")
    op.execute(f"grant select on platform_settings to {RUNTIME}")
    op.execute(f"grant select, insert, update, delete on platform_settings to {SYSTEM}")
    op.execute(PLATFORM_ROWS)
    op.execute(FUNCTION)


def drop() -> None:
    """Take them back."""
    op.execute("drop function write_audit()")
    for table in ("search_tokens", "platform_settings", "outbox", "idempotency_keys", "events", "audit_logs"):
        op.drop_table(table)
