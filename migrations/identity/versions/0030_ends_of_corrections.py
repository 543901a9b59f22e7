"""People are told how the corrections ended that they asked for."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_BEFORE = (
    "'call_raised', 'agent_silent', 'agent_heard_again', 'agent_never_heard', 'agent_conflicted', "
    "'agent_certificate_due', 'events_wait', 'device_silent', 'certificate_due', 'counter_strayed', "
    "'invitation_accepted', 'second_factor_removed', 'unknown'"
)
_AFTER = (
    "'call_raised', 'agent_silent', 'agent_heard_again', 'agent_never_heard', 'agent_conflicted', "
    "'agent_certificate_due', 'events_wait', 'device_silent', 'certificate_due', 'counter_strayed', "
    "'correction_done', 'correction_failed', 'correction_cancelled', "
    "'invitation_accepted', 'second_factor_removed', 'unknown'"
)


def upgrade() -> None:
    _kinds_are(_AFTER)


def downgrade() -> None:
    op.execute(
        "delete from notifications where kind in ('correction_done', 'correction_failed', 'correction_cancelled')"
    )
    _kinds_are(_BEFORE)


def _kinds_are(kinds: str) -> None:
    op.drop_constraint(op.f("ck_notifications_kind"), "notifications")
    op.create_check_constraint(op.f("ck_notifications_kind"), "notifications", f"kind IN ({kinds})")
