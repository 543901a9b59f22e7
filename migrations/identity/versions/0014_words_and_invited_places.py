"""Settings may be one of several words, as of whom a second factor is demanded; invitations give roles for one plant or
department."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from unison_server.kernel.migrate import refuse_while_there_are

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


GIVEN = "email, roles, placed_roles, token_hash, expires_at, accepted_at, revoked_at"
GIVEN_BEFORE = "email, roles, token_hash, expires_at, accepted_at, revoked_at"


def upgrade() -> None:
    _hold_values_to("'number', 'boolean', 'string'")
    column = sa.Column("placed_roles", JSONB(), server_default=sa.text("'[]'"), nullable=False)
    op.add_column("invitations", column)
    op.create_check_constraint(
        op.f("ck_invitations_placed_roles"), "invitations", "jsonb_typeof(placed_roles) = 'array'"
    )
    _keep_ended(GIVEN)


def downgrade() -> None:
    refuse_while_there_are(
        "select key from settings where jsonb_typeof(value) = 'string' order by key",
        "settings that are words, which the version before can't read (set them back first)",
    )
    refuse_while_there_are(
        "select email from invitations where placed_roles <> '[]' and accepted_at is null and revoked_at is null "
        "order by email",
        "invitations that give roles for one plant or department (revoke them)",
    )
    _hold_values_to("'number', 'boolean'")
    _keep_ended(GIVEN_BEFORE)
    op.drop_column("invitations", "placed_roles")


def _hold_values_to(kinds: str) -> None:
    op.drop_constraint(op.f("ck_settings_value"), "settings")
    op.create_check_constraint(op.f("ck_settings_value"), "settings", f"jsonb_typeof(value) in ({kinds})")


def _keep_ended(given: str) -> None:
    op.execute("drop trigger keep_ended on invitations")
    op.execute(
        f"create trigger keep_ended before update of {given} on invitations "
        "for each row when (old.accepted_at is not null or old.revoked_at is not null) "
        "execute function keep_ended_invitation()"
    )
