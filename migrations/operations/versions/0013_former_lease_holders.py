"""Who held a tag until when, and by which event a counter stands where it is counted up to.

What an agent recorded while a tag was its own is its word, also when it comes after the hand-over. The triggers that
note the end of a hold stand beside those that raise the fencing number and fire before them, for their names are
earlier: they see the numbers the hold had. Topics are held to their form, by which rights to hear of them are found.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import tenant_table

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CHANGED = "from rows_before as before join rows_after as after using (organization_id, id)"
ENDED_BY = {
    "stations": f"""
        select organization_id, t.id as tag_id, before.agent_id {CHANGED}
        join devices as d using (organization_id) join tags as t using (organization_id)
        where d.station_id = after.id and t.device_id = d.id and before.agent_id is distinct from after.agent_id
    """,  # noqa: S608 - constants
    "devices": f"""
        select organization_id, t.id as tag_id, former.agent_id {CHANGED}
        join stations as former using (organization_id) join stations as present using (organization_id)
        join tags as t using (organization_id)
        where former.id = before.station_id and present.id = after.station_id and t.device_id = after.id
            and former.agent_id is distinct from present.agent_id
    """,  # noqa: S608 - constants
    "tags": f"""
        select organization_id, after.id as tag_id, former.agent_id {CHANGED}
        join devices as f using (organization_id) join stations as former using (organization_id)
        join devices as p using (organization_id) join stations as present using (organization_id)
        where f.id = before.device_id and former.id = f.station_id and p.id = after.device_id
            and present.id = p.station_id and former.agent_id is distinct from present.agent_id
    """,  # noqa: S608 - constants
}
"""Which tags an agent loses by an update of a table, and which agent that is."""

TOPIC = """
    alter table outbox add constraint ck_outbox_topic
    check (topic ~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*){2}$') not valid
"""
"""`room.thing.past_verb`, from now on."""


def upgrade() -> None:
    tenant_table(
        "former_tag_holders",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("held_since", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= held_since", name=op.f("ck_former_tag_holders_numbers_grow")),
        sa.ForeignKeyConstraint(
            ["organization_id", "tag_id"],
            ["tags.organization_id", "tags.id"],
            name=op.f("fk_former_tag_holders_organization_id_tag_id_tags"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "agent_id"],
            ["agents.organization_id", "agents.id"],
            name=op.f("fk_former_tag_holders_organization_id_agent_id_agents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "agent_id", "tag_id", "number", name=op.f("pk_former_tag_holders")),
        append_only=True,
    )
    op.create_index("ix_former_tag_holders_tag_id", "former_tag_holders", ["organization_id", "tag_id"])
    for table, ended in ENDED_BY.items():
        op.execute(f"""
            create function {table}_end_holds() returns trigger language plpgsql as $$
            declare
                seen text := current_setting('app.read_plants', true);
            begin
                perform set_config('app.read_plants', '*', true);
                insert into former_tag_holders (organization_id, agent_id, tag_id, held_since, number, ended_at)
                select a.organization_id, a.id, ended.tag_id, coalesce(lease.held_since, 0),
                    coalesce(lease.number, 0), clock_timestamp()
                from ({ended}) as ended
                join agents as a on a.organization_id = ended.organization_id and a.id = ended.agent_id
                left join tag_leases as lease
                    on lease.organization_id = ended.organization_id and lease.id = ended.tag_id;
                perform set_config('app.read_plants', coalesce(seen, ''), true);
                return null;
            end
            $$
        """)  # noqa: S608 - constants
        op.execute(
            f"create trigger end_holds_update after update on {table} "
            f"referencing old table as rows_before new table as rows_after "
            f"for each statement execute function {table}_end_holds()"
        )
    op.add_column(
        "tag_leases", sa.Column("counted_lease", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("tag_leases", sa.Column("counted_epoch", sa.Uuid(), nullable=True))
    op.add_column("tag_leases", sa.Column("counted_seq", sa.BigInteger(), nullable=True))
    op.execute("update tag_leases set counted_lease = number")
    op.create_check_constraint(
        op.f("ck_tag_leases_counted_by"), "tag_leases", "num_nulls(counted_epoch, counted_seq) <> 1"
    )
    op.execute(TOPIC)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_outbox_topic"), "outbox")
    for column in ("counted_seq", "counted_epoch", "counted_lease"):
        op.drop_column("tag_leases", column)
    for table in ENDED_BY:
        op.execute(f"drop trigger end_holds_update on {table}")
        op.execute(f"drop function {table}_end_holds")
    op.drop_table("former_tag_holders")
