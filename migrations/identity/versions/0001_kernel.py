"""Outbox, events, idempotency keys, audit and search of the kernel."""

from __future__ import annotations

from unison_server.kernel import kernel_schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    kernel_schema.create()


def downgrade() -> None:
    kernel_schema.drop()
