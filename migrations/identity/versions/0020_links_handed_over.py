"""A link to a new password that no mail carries waits, encrypted, for the administrator who hands it over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.audit import audit_statements

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("password_resets", sa.Column("sealed", sa.Text(), nullable=True))
    op.add_column("password_resets", sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("password_resets", sa.Column("handed_over_by", sa.Uuid(), nullable=True))
    op.create_check_constraint(
        op.f("ck_password_resets_sealed"),
        "password_resets",
        "sealed is null or (user_id is not null and used_at is null and handed_over_at is null)",
    )
    op.create_check_constraint(
        op.f("ck_password_resets_handed_over"),
        "password_resets",
        "(handed_over_at is null) = (handed_over_by is null)",
    )
    _audit_without("token_hash", "sealed")


def downgrade() -> None:
    _audit_without("token_hash")
    op.drop_constraint(op.f("ck_password_resets_handed_over"), "password_resets")
    op.drop_constraint(op.f("ck_password_resets_sealed"), "password_resets")
    for column in ("handed_over_by", "handed_over_at", "sealed"):
        op.drop_column("password_resets", column)


def _audit_without(*secrets: str) -> None:
    op.execute("drop trigger audit on password_resets")
    for statement in audit_statements("password_resets", *secrets):
        op.execute(statement)
