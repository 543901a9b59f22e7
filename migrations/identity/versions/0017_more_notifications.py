"""People are told of events that wait for them, of PCs that were never heard, and of devices that do not answer."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_BEFORE = (
    "'call_raised', 'agent_silent', 'agent_heard_again', 'agent_conflicted', 'agent_certificate_due', "
    "'certificate_due', 'counter_strayed', 'invitation_accepted', 'second_factor_removed', 'unknown'"
)
_AFTER = (
    "'call_raised', 'agent_silent', 'agent_heard_again', 'agent_never_heard', 'agent_conflicted', "
    "'agent_certificate_due', 'events_wait', 'device_silent', 'certificate_due', 'counter_strayed', "
    "'invitation_accepted', 'second_factor_removed', 'unknown'"
)


def upgrade() -> None:
    _kinds_are(_AFTER)


def downgrade() -> None:
    op.execute("delete from notifications where kind in ('agent_never_heard', 'events_wait', 'device_silent')")
    _kinds_are(_BEFORE)


def _kinds_are(kinds: str) -> None:
    op.drop_constraint(op.f("ck_notifications_kind"), "notifications")
    op.create_check_constraint(op.f("ck_notifications_kind"), "notifications", f"kind IN ({kinds})")
