"""The login history tells who tried to sign on at a station of a plant that their access does not cover."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BEFORE = "'signed_in', 'wrong', 'inactive', 'too_many', 'second_factor', 'reset_asked', 'password_reset'"
ADDED = "'elsewhere'"


def upgrade() -> None:
    _hold_outcomes_to(f"{BEFORE}, {ADDED}")


def downgrade() -> None:
    op.execute("delete from login_history where outcome = 'elsewhere'")
    _hold_outcomes_to(BEFORE)


def _hold_outcomes_to(listed: str) -> None:
    op.drop_constraint(op.f("ck_login_history_outcome"), "login_history")
    op.create_check_constraint(op.f("ck_login_history_outcome"), "login_history", f"outcome IN ({listed})")
