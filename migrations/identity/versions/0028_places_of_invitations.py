"""An invitation says in which plants and warehouses who accepts it may do what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from unison_server.kernel.migrate import refuse_while_there_are

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("plants", "warehouses"):
        op.add_column("invitations", sa.Column(name, JSONB(), server_default=sa.text("'[]'"), nullable=False))
        op.create_check_constraint(op.f(f"ck_invitations_{name}"), "invitations", f"jsonb_typeof({name}) = 'array'")


def downgrade() -> None:
    refuse_while_there_are(
        "select email from invitations where accepted_at is null and revoked_at is null "
        "and (plants <> '[]' or warehouses <> '[]') order by email",
        "open invitations to plants or warehouses, to be revoked",
    )
    for name in ("warehouses", "plants"):
        op.drop_column("invitations", name)
