"""Commands to agents, forced changes of counters, and samples computed again."""

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


def upgrade() -> None:
    tenant_table(
        "agent_commands",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parameters", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ok", sa.Boolean(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("answer", JSONB(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('test_read', 'list_dead_letters', 'retry_dead_letters', 'discard_dead_letters', 'send_log', "
            "'unknown')",
            name=op.f("ck_agent_commands_kind"),
        ),
        sa.CheckConstraint("(answered_at is null) = (ok is null)", name=op.f("ck_agent_commands_answered_as_a_whole")),
        sa.ForeignKeyConstraint(
            ["organization_id", "agent_id"],
            ["agents.organization_id", "agents.id"],
            name=op.f("fk_agent_commands_organization_id_agent_id_agents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_agent_commands")),
    )
    op.create_index(
        "ix_agent_commands_created_at",
        "agent_commands",
        ["organization_id", "agent_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_agent_commands_waiting",
        "agent_commands",
        ["organization_id", "agent_id"],
        unique=False,
        postgresql_where=sa.text("answered_at is null"),
    )
    for statement in audit_statements("agent_commands", "answer"):
        op.execute(statement)
    for table in ("devices", "tags"):
        op.add_column(table, sa.Column("forced_reason", sa.Text(), nullable=True))
    op.add_column(
        "agent_reports",
        sa.Column("waiting_tags", JSONB(), server_default=sa.text("'[]'"), nullable=False),
    )
    # What was recorded stays (raw, moment, sender); what follows from it by a scale may be put right.
    op.execute("grant update (number, text, quality, raw) on samples to unison_runtime")


def downgrade() -> None:
    op.execute("revoke update (number, text, quality, raw) on samples from unison_runtime")
    op.drop_column("agent_reports", "waiting_tags")
    for table in ("tags", "devices"):
        op.drop_column(table, "forced_reason")
    op.drop_table("agent_commands")
