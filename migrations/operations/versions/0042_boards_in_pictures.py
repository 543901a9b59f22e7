"""Agents look for a calibration board in a picture when they are asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

BEFORE = (
    "test_read",
    "list_dead_letters",
    "retry_dead_letters",
    "discard_dead_letters",
    "send_log",
    "take_picture",
    "calibrate_plane",
)
ADDED = "find_board"
AFTER = ("try_tool", "measure", "unknown")


def upgrade() -> None:
    _allow((*BEFORE, ADDED, *AFTER))


def downgrade() -> None:
    commands = sa.table("agent_commands", sa.column("kind"))
    op.execute(commands.delete().where(commands.c.kind == ADDED))
    _allow((*BEFORE, *AFTER))


def _allow(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_agent_commands_kind"), "agent_commands")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_agent_commands_kind"), "agent_commands", f"kind IN ({listed})")
