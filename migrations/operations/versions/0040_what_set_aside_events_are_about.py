"""What an event that was set aside is about stands beside it, so that lists find those of a machine or a station.

Of events that lie there already it is read from their text; one that nobody can read is about nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

ABOUT = ("tag_id", "machine_id", "station_id")
NAMED = """
    create function pg_temp.named_in(raw text, field text) returns uuid language plpgsql as $$
    begin
        return (raw::jsonb ->> field)::uuid;
    exception when others then
        return null;
    end
    $$
"""
"""A text may be no JSON to the database, for it nests too deep or holds a NUL."""


def upgrade() -> None:
    for name in ABOUT:
        op.add_column("quarantine", sa.Column(name, sa.Uuid(), nullable=True))
    op.execute(NAMED)
    values = ", ".join(f"{name} = pg_temp.named_in(raw, '{name}')" for name in ABOUT)
    op.execute(f"update quarantine set {values}")  # noqa: S608 - constants
    op.execute("drop function pg_temp.named_in")
    op.create_index(
        "ix_quarantine_gaps",
        "quarantine",
        ["organization_id", "tag_id"],
        postgresql_where=sa.text("code = 'count_across_gap'"),
    )


def downgrade() -> None:
    op.drop_index("ix_quarantine_gaps", "quarantine")
    for name in ABOUT:
        op.drop_column("quarantine", name)
