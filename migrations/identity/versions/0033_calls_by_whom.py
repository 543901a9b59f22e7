"""People are told of a call by whom it calls for."""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_CALLS = "'call_setter', 'call_maintenance', 'call_quality', 'call_logistics'"
_OTHERS = (
    "'agent_silent', 'agent_heard_again', 'agent_never_heard', 'agent_conflicted', 'agent_certificate_due', "
    "'events_wait', 'device_silent', 'certificate_due', 'counter_strayed', 'correction_done', 'correction_failed', "
    "'correction_cancelled', 'invitation_accepted', 'password_asked', 'second_factor_removed', 'unknown'"
)


def upgrade() -> None:
    _kinds_are(f"'call_raised', {_CALLS}, {_OTHERS}")


def downgrade() -> None:
    op.execute(f"update notifications set kind = 'call_raised' where kind in ({_CALLS})")  # noqa: S608 - a constant
    op.execute(
        "update user_preferences set by_kind = by_kind"
        " - 'call_setter' - 'call_maintenance' - 'call_quality' - 'call_logistics'"
    )
    _kinds_are(f"'call_raised', {_OTHERS}")


def _kinds_are(kinds: str) -> None:
    op.drop_constraint(op.f("ck_notifications_kind"), "notifications")
    op.create_check_constraint(op.f("ck_notifications_kind"), "notifications", f"kind IN ({kinds})")
