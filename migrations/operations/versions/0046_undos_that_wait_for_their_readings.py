"""A word that takes back a reading which is not here yet holds if the reading is of the same agent, and keeps nobody
else's word out. Those of readings that are here hold, as they did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import refuse_while_there_are

revision = "0046"
down_revision = "0044"
branch_labels = None
depends_on = None

UNDOS = "inspection_measurement_undos"
UNIQUE = f"uq_{UNDOS}_organization_id_measurement_id_agent_id"
CHECK = f"ck_{UNDOS}_person_was_checked"


def upgrade() -> None:
    op.add_column("inspection_measurements", sa.Column("agent_id", sa.Uuid(), nullable=True))
    op.add_column(UNDOS, sa.Column("measurement_id", sa.Uuid(), nullable=True))
    op.execute(f"update {UNDOS} set measurement_id = id")  # noqa: S608 - names of ours
    op.execute(
        f"update {UNDOS} as u set agent_id = null from inspection_measurements as m "  # noqa: S608 - names of ours
        "where m.organization_id = u.organization_id and m.id = u.measurement_id"
    )
    op.alter_column(UNDOS, "measurement_id", nullable=False)
    op.create_unique_constraint(
        op.f(UNIQUE), UNDOS, ["organization_id", "measurement_id", "agent_id"], postgresql_nulls_not_distinct=True
    )
    op.create_check_constraint(op.f(CHECK), UNDOS, "undone_by IS NULL OR agent_id IS NULL")


def downgrade() -> None:
    refuse_while_there_are(
        f"select distinct measurement_id::text from {UNDOS} as u where "  # noqa: S608 - names of ours
        "exists (select from inspection_measurements as m where m.organization_id = u.organization_id "
        "and m.id = u.measurement_id and u.agent_id is not null and m.agent_id is distinct from u.agent_id) order by 1",
        "readings that another agent spoke of before they came, and that would not count any more; "
        "go back to a backup instead",
    )
    op.execute(
        f"delete from {UNDOS} as u using {UNDOS} as o where o.organization_id = u.organization_id "  # noqa: S608
        "and o.measurement_id = u.measurement_id and (o.undone_at, o.id) < (u.undone_at, u.id)"
    )
    op.drop_constraint(op.f(CHECK), UNDOS)
    op.drop_constraint(op.f(UNIQUE), UNDOS)
    op.execute(f"update {UNDOS} set id = measurement_id")  # noqa: S608 - names of ours
    op.drop_column(UNDOS, "measurement_id")
    op.drop_column("inspection_measurements", "agent_id")
