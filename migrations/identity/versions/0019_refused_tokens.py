"""The login history tells of links, keys, tokens and codes that let nobody in, and of addresses that have to wait."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BEFORE = (
    "'signed_in', 'wrong', 'inactive', 'too_many', 'second_factor', 'reset_asked', 'password_reset', 'elsewhere', "
    "'countersigned', 'not_allowed'"
)
ADDED = "'link_refused', 'key_refused', 'device_refused', 'code_refused', 'token_refused', 'address_limited', 'unknown'"


def upgrade() -> None:
    _hold_outcomes_to(f"{BEFORE}, {ADDED}")


def downgrade() -> None:
    op.execute(f"delete from login_history where outcome in ({ADDED})")  # noqa: S608 - constants
    _hold_outcomes_to(BEFORE)


def _hold_outcomes_to(listed: str) -> None:
    op.drop_constraint(op.f("ck_login_history_outcome"), "login_history")
    op.create_check_constraint(op.f("ck_login_history_outcome"), "login_history", f"outcome IN ({listed})")
