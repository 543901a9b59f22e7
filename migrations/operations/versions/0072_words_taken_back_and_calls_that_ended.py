"""That a person's word about a machine's state was taken back is a fact of its own.

Calls of machines that were put away before 0070 ended with it, and nobody was told: what people were notified of them
stood unread. That they ended is told now, so that it is read by itself, as of any call that nobody need come to.
"""

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


_TELL_ENDED_CALLS = """
    insert into outbox (organization_id, id, topic, plant_id, entity)
    select call.organization_id, gen_random_uuid(),
        case when call.done_at is null then 'machines.call.withdrawn' else 'machines.call.done' end,
        machine.plant_id, call.id
    from machine_calls as call
    join machines as machine on machine.organization_id = call.organization_id and machine.id = call.machine_id
    where not machine.is_active and (call.done_at is not null or call.withdrawn_at is not null)
"""


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
    op.execute(_TELL_ENDED_CALLS)


def downgrade() -> None:
    refuse_while_there_are(MACHINES, "states that were taken back, which would hold again, of the machines")
    op.drop_table(TABLE)
