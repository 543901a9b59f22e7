"""Outbox, events, idempotency keys, audit and search of the kernel; the range type that forbids overlaps."""

from __future__ import annotations

from alembic import op
from unison_server.kernel import kernel_schema
from unison_server.kernel.migrate import create_uuid_range

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    kernel_schema.create()
    create_uuid_range()


def downgrade() -> None:
    op.execute("drop type uuid_range")
    kernel_schema.drop()
