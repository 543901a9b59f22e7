"""A letter of its own for a first password, and who looks after people is told who waits for a link to a new one."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_LETTERS_BEFORE = "'invitation', 'password_reset', 'notification', 'unknown'"
_LETTERS_AFTER = "'invitation', 'password_reset', 'first_password', 'notification', 'unknown'"
_OF_THINGS = (
    "'call_raised', 'agent_silent', 'agent_heard_again', 'agent_never_heard', 'agent_conflicted', "
    "'agent_certificate_due', 'events_wait', 'device_silent', 'certificate_due', 'counter_strayed', "
    "'correction_done', 'correction_failed', 'correction_cancelled', "
)
_TOLD_BEFORE = f"{_OF_THINGS}'invitation_accepted', 'second_factor_removed', 'unknown'"
_TOLD_AFTER = f"{_OF_THINGS}'invitation_accepted', 'password_asked', 'second_factor_removed', 'unknown'"


def upgrade() -> None:
    _kinds_are("messages", _LETTERS_AFTER)
    _kinds_are("notifications", _TOLD_AFTER)


def downgrade() -> None:
    op.execute("update messages set kind = 'password_reset' where kind = 'first_password'")
    op.execute("delete from notifications where kind = 'password_asked'")
    _kinds_are("messages", _LETTERS_BEFORE)
    _kinds_are("notifications", _TOLD_BEFORE)


def _kinds_are(table: str, kinds: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_kind"), table)
    op.create_check_constraint(op.f(f"ck_{table}_kind"), table, f"kind IN ({kinds})")
