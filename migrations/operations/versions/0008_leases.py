"""Tags are leased to one agent; people decide about events that could not be used.

The triggers that raise fencing numbers stand where the agent of a tag can change, so no way of writing can forget it,
and the number grows in the transaction of the change. The rows of the leases are locked then: a batch that is being
taken is waited for, so what it counted is part of the baseline, and one that comes later meets the new number.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FENCE = """
    create function fence_leases(tags_concerned uuid[], same_holder boolean) returns void language plpgsql as $$
    begin
        insert into tag_leases (organization_id, id)
        select organization_id, id from tags where id = any(tags_concerned) order by id
        on conflict (organization_id, id) do update set number = tag_leases.number;
        update tag_leases as lease set
            number = fence.number,
            held_since = case when same_holder then lease.held_since else fence.number end,
            counted_since = case
                when same_holder and lease.counted_raw is null then lease.counted_since else fence.number
            end,
            baseline_raw = lease.counted_raw,
            baseline_remainder = lease.counted_remainder,
            baseline_at = lease.counted_at
        from (
            select organization_id, id,
                greatest(tag_leases.number + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint) as number
            from tag_leases where id = any(tags_concerned)
        ) as fence
        where lease.organization_id = fence.organization_id and lease.id = fence.id;
    end
    $$
"""
"""Give these tags new numbers. What was counted up to now is the baseline of the new lease.

With the same holder its values and states go on, and its counts where nothing was counted yet to go on from.
"""

FENCE_AGENT = """
    create function fence_agent(agent uuid) returns void language plpgsql as $$
    declare
        seen text := current_setting('app.read_plants', true);
    begin
        perform set_config('app.read_plants', '*', true);
        perform fence_leases(
            array(
                select t.id from tags as t
                join devices as d on d.organization_id = t.organization_id and d.id = t.device_id
                join stations as s on s.organization_id = d.organization_id and s.id = d.station_id
                where s.agent_id = agent
            ),
            true
        );
        perform raise_configuration(array[agent]);
        perform set_config('app.read_plants', coalesce(seen, ''), true);
    end
    $$
"""
"""New numbers for all that the agent holds: another PC, or another memory, goes on under its name."""

CHANGED = "from rows_before as before join rows_after as after using (organization_id, id)"
OF_STATION = f"""
    select t.id {CHANGED}
    join devices as d on d.organization_id = after.organization_id and d.station_id = after.id
    join tags as t on t.organization_id = d.organization_id and t.device_id = d.id
    where before.agent_id is not null and before.agent_id is distinct from after.agent_id
"""  # noqa: S608 - constants
OF_DEVICE = f"""
    select t.id {CHANGED}
    join stations as former on former.organization_id = before.organization_id and former.id = before.station_id
    join stations as present on present.organization_id = after.organization_id and present.id = after.station_id
    join tags as t on t.organization_id = after.organization_id and t.device_id = after.id
    where former.agent_id is not null and former.agent_id is distinct from present.agent_id
"""  # noqa: S608 - constants
OF_TAG = f"""
    select after.id {CHANGED}
    join devices as f on f.organization_id = before.organization_id and f.id = before.device_id
    join stations as former on former.organization_id = f.organization_id and former.id = f.station_id
    join devices as p on p.organization_id = after.organization_id and p.id = after.device_id
    join stations as present on present.organization_id = p.organization_id and present.id = p.station_id
    where former.agent_id is not null and former.agent_id is distinct from present.agent_id
"""  # noqa: S608 - constants
"""Which tags an agent loses by an update of a table. From nobody to an agent nothing is fenced: nobody held it."""
FENCED = (("stations", OF_STATION), ("devices", OF_DEVICE), ("tags", OF_TAG))
COUNTED_SO_FAR = """
    insert into tag_leases (organization_id, id, counted_raw, counted_at)
    select distinct on (c.organization_id, c.tag_id) c.organization_id, c.tag_id, c.raw_to, c.at
    from machine_counts as c join tags as t on t.organization_id = c.organization_id and t.id = c.tag_id
    order by c.organization_id, c.tag_id, c.at desc, c.seq desc
"""


def upgrade() -> None:
    numbers = ("number", "held_since", "counted_since", "read_since")
    tenant_table(
        "tag_leases",
        *(sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False) for name in numbers),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("counted_raw", sa.Numeric(20, 0), nullable=True),
        sa.Column("counted_remainder", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("baseline_raw", sa.Numeric(20, 0), nullable=True),
        sa.Column("baseline_remainder", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("baseline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "number >= greatest(held_since, counted_since, read_since)", name=op.f("ck_tag_leases_numbers_grow")
        ),
        sa.CheckConstraint("num_nulls(counted_raw, counted_at) <> 1", name=op.f("ck_tag_leases_counted")),
        sa.CheckConstraint("num_nulls(baseline_raw, baseline_at) <> 1", name=op.f("ck_tag_leases_baseline")),
        sa.ForeignKeyConstraint(
            ["organization_id", "id"],
            ["tags.organization_id", "tags.id"],
            name=op.f("fk_tag_leases_organization_id_id_tags"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_tag_leases")),
    )
    op.execute(COUNTED_SO_FAR)
    for statement in (FENCE, FENCE_AGENT):
        op.execute(statement)
    for table, tags in FENCED:
        _fence(table, tags)
    tenant_table(
        "quarantine_decisions",
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "decision IN ('accepted', 'discarded', 'unknown')", name=op.f("ck_quarantine_decisions_decision")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "id"],
            ["quarantine.organization_id", "quarantine.id"],
            name=op.f("fk_quarantine_decisions_organization_id_id_quarantine"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_quarantine_decisions")),
        append_only=True,
    )
    for statement in audit_statements("quarantine_decisions"):
        op.execute(statement)


def _fence(table: str, tags: str) -> None:
    """Fence the tags that `tags` selects from the rows before and after an update of `table`."""
    op.execute(f"""
        create function {table}_fence_leases() returns trigger language plpgsql as $$
        declare
            seen text := current_setting('app.read_plants', true);
        begin
            perform set_config('app.read_plants', '*', true);
            perform fence_leases(array({tags}), false);
            perform set_config('app.read_plants', coalesce(seen, ''), true);
            return null;
        end
        $$
    """)
    op.execute(
        f"create trigger fence_update after update on {table} "
        f"referencing old table as rows_before new table as rows_after "
        f"for each statement execute function {table}_fence_leases()"
    )


def downgrade() -> None:
    op.drop_table("quarantine_decisions")
    for table, _ in FENCED:
        op.execute(f"drop trigger fence_update on {table}")
        op.execute(f"drop function {table}_fence_leases")
    op.execute("drop function fence_agent")
    op.execute("drop function fence_leases")
    op.drop_table("tag_leases")
