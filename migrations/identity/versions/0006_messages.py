"""Messages to people, kept until they are sent and a while longer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from unison_server.kernel.migrate import tenant_table

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table(
        "messages",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("parameters", JSONB(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('invitation', 'password_reset', 'unknown')", name=op.f("ck_messages_kind")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed', 'expired', 'kept', 'nobody', 'unknown')",
            name=op.f("ck_messages_state"),
        ),
        sa.CheckConstraint("(recipient is null) = (state = 'nobody')", name=op.f("ck_messages_recipient")),
        sa.CheckConstraint("secret is null or state = 'waiting'", name=op.f("ck_messages_secret")),
        sa.CheckConstraint("(sent_at is not null) = (state = 'sent')", name=op.f("ck_messages_sent")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_messages")),
    )
    op.create_index(op.f("ix_messages_organization_id_created_at"), "messages", ["organization_id", "created_at"])


def downgrade() -> None:
    op.drop_table("messages")
