"""A word said without end stays of its stop when that goes on after all; merged notes keep the limit of notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CAUSES = "downtime_causes"


def upgrade() -> None:
    op.add_column(CAUSES, sa.Column("is_of_stop", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute("update downtime_causes set is_of_stop = true where ended_at is null")
    op.create_check_constraint(op.f("ck_downtime_causes_open_is_of_stop"), CAUSES, "ended_at is not null or is_of_stop")
    for notes in ("notes", "resolution_notes"):
        causes = sa.table(CAUSES, sa.column(notes, sa.Text()))
        column = causes.c[notes]
        op.execute(
            causes.update().values({notes: sa.func.left(column, 1999) + "…"}).where(sa.func.char_length(column) > 2000)
        )
    op.create_check_constraint(
        op.f("ck_downtime_causes_notes_fit"),
        CAUSES,
        "char_length(notes) <= 2000 and char_length(resolution_notes) <= 2000",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_downtime_causes_notes_fit"), CAUSES)
    op.drop_constraint(op.f("ck_downtime_causes_open_is_of_stop"), CAUSES)
    op.drop_column(CAUSES, "is_of_stop")
