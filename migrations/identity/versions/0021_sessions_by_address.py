"""Whether anybody ever signed in from an address is asked at every sign-in."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_sessions_organization_id_address"), "sessions", ["organization_id", "address"])


def downgrade() -> None:
    op.drop_index(op.f("ix_sessions_organization_id_address"), "sessions")
