"""Counts are put right beside the ledger after the scale of their counter was wrong.

The sums of quarters may hold parts of a part now. A correction without an end is ended where its tag is changed, so no
way of writing can forget it, at the tag's lease, where who counts and who corrects take turns.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import refuse_while_there_are, tenant_table

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

SUMS = ("good", "scrap", "total")
WHAT_IT_READS = ("device_id", "register_table", "address", "type", "byte_order", "bit", "bit_count")
READS = {rows: ", ".join(f"{rows}.{column}" for column in WHAT_IT_READS) for rows in ("before", "after")}
END = f"""
    create function end_count_corrections() returns trigger language plpgsql as $$
    declare
        tag record;
        standing count_corrections;
    begin
        for tag in
            select organization_id, id, after.scale, after.updated_by,
                row({READS["before"]}) is distinct from row({READS["after"]}) as reads_otherwise
            from rows_before as before join rows_after as after using (organization_id, id)
            where row(before.scale, {READS["before"]}) is distinct from row(after.scale, {READS["after"]})
            order by id
        loop
            insert into tag_leases (organization_id, id) values (tag.organization_id, tag.id)
            on conflict (organization_id, id) do update set number = tag_leases.number;
            select * into standing from count_corrections
            where organization_id = tag.organization_id and tag_id = tag.id and ended_at is null
            order by position desc limit 1;
            if standing.scale is null or standing.scale::float8 = abs(tag.scale) and not tag.reads_otherwise then
                continue;
            end if;
            insert into count_corrections (organization_id, id, tag_id, position, started_at, former_scale, counts,
                changed, unread, parts_before, parts_after, created_by)
            select tag.organization_id, gen_random_uuid(), tag.id, max(position) + 1, clock_timestamp(), standing.scale,
                0, 0, 0, 0, 0, tag.updated_by
            from count_corrections where organization_id = tag.organization_id and tag_id = tag.id;
        end loop;
        return null;
    end
    $$
"""  # noqa: S608 - constants
"""For statements, not rows: it fires after the versions of agents were raised, so agents are locked before leases."""
ENDS = """
    create trigger end_count_corrections_update after update on tags
    referencing old table as rows_before new table as rows_after
    for each statement execute function end_count_corrections()
"""


def upgrade() -> None:
    op.add_column("machine_counts", sa.Column("steps", sa.Numeric(20, 0), nullable=True))
    op.create_index("ix_machine_counts_tag_id", "machine_counts", ["organization_id", "tag_id", "at"])
    _sums_are(sa.Numeric())
    tenant_table(
        "count_corrections",
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("former_scale", sa.Numeric(), nullable=False),
        sa.Column("scale", sa.Numeric(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("counts", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("unread", sa.BigInteger(), nullable=False),
        sa.Column("parts_before", sa.Numeric(), nullable=False),
        sa.Column("parts_after", sa.Numeric(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("ended_at > started_at", name=op.f("ck_count_corrections_ends_after_start")),
        sa.CheckConstraint("scale > 0 AND scale < 'infinity'", name=op.f("ck_count_corrections_scale_is_positive")),
        sa.CheckConstraint(
            "former_scale > 0 AND former_scale < 'infinity'", name=op.f("ck_count_corrections_former_scale_is_positive")
        ),
        sa.CheckConstraint(
            "reason IS NOT NULL OR (scale IS NULL AND ended_at IS NULL)", name=op.f("ck_count_corrections_has_reason")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "tag_id"],
            ["tags.organization_id", "tags.id"],
            name=op.f("fk_count_corrections_organization_id_tag_id_tags"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_count_corrections")),
        sa.UniqueConstraint("organization_id", "tag_id", "position", name="uq_count_corrections_position"),
        append_only=True,
    )
    for statement in audit_statements("count_corrections"):
        op.execute(statement)
    tenant_table(
        "corrected_counts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("count_id", sa.Uuid(), nullable=False),
        sa.Column("correction_id", sa.Uuid(), nullable=False),
        sa.Column("machine_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.CheckConstraint("kind IN ('good', 'scrap', 'total', 'unknown')", name=op.f("ck_corrected_counts_kind")),
        sa.CheckConstraint("quantity <> 0 AND quantity < 'infinity'", name=op.f("ck_corrected_counts_is_a_change")),
        sa.ForeignKeyConstraint(
            ["organization_id", "correction_id"],
            ["count_corrections.organization_id", "count_corrections.id"],
            name="fk_corrected_counts_correction",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "count_id"],
            ["machine_counts.organization_id", "machine_counts.id"],
            name=op.f("fk_corrected_counts_organization_id_count_id_machine_counts"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "count_id", "correction_id", name=op.f("pk_corrected_counts")),
        append_only=True,
    )
    op.create_index("ix_corrected_counts_at", "corrected_counts", ["organization_id", "machine_id", "at"])
    op.execute(END)
    op.execute(ENDS)


def downgrade() -> None:
    refuse_while_there_are(
        "select distinct t.name from count_corrections as c"
        " join tags as t on t.organization_id = c.organization_id and t.id = c.tag_id order by 1",
        "counters whose counts were put right, which nothing of before would know of; go back to a backup instead",
    )
    op.execute("drop trigger end_count_corrections_update on tags")
    op.execute("drop function end_count_corrections")
    op.drop_table("corrected_counts")
    op.drop_table("count_corrections")
    _sums_are(sa.BigInteger())
    op.drop_index("ix_machine_counts_tag_id", "machine_counts")
    op.drop_column("machine_counts", "steps")


def _sums_are(kind: sa.BigInteger | sa.Numeric[Decimal]) -> None:
    for name in SUMS:
        op.alter_column("machine_count_quarters", name, server_default=None)
        op.alter_column("machine_count_quarters", name, type_=kind)
        op.alter_column("machine_count_quarters", name, server_default=sa.text("0"))
