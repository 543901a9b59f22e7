"""That a person's word about a machine's state was taken back is a fact of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import refuse_while_there_are, tenant_table

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

TABLE = "machine_transition_undos"
MACHINES = f"""
    select distinct machine.machine_code from {TABLE} as undone
    join machine_transitions as said on said.organization_id = undone.organization_id and said.id = undone.id
    join machines as machine on machine.organization_id = said.organization_id and machine.id = said.machine_id
    order by 1
"""  # noqa: S608 - constants


def upgrade() -> None:
    tenant_table(
        TABLE,
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "id"],
            ["machine_transitions.organization_id", "machine_transitions.id"],
            name=op.f(f"fk_{TABLE}_organization_id_id_machine_transitions"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f(f"pk_{TABLE}")),
        append_only=True,
    )


def downgrade() -> None:
    refuse_while_there_are(MACHINES, "states that were taken back, which would hold again, of the machines")
    op.drop_table(TABLE)
