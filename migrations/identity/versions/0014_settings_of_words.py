"""Settings may be one of several words, as of whom a second factor is demanded."""

from __future__ import annotations

from alembic import op
from unison_server.kernel.migrate import refuse_while_there_are

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _hold_values_to("'number', 'boolean', 'string'")


def downgrade() -> None:
    refuse_while_there_are(
        "select key from settings where jsonb_typeof(value) = 'string' order by key",
        "settings that are words, which the version before can't read (set them back first)",
    )
    _hold_values_to("'number', 'boolean'")


def _hold_values_to(kinds: str) -> None:
    op.drop_constraint(op.f("ck_settings_value"), "settings")
    op.create_check_constraint(op.f("ck_settings_value"), "settings", f"jsonb_typeof(value) in ({kinds})")
