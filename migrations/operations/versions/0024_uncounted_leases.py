"""Counts under leases that were handed over without a baseline are part of nobody's count.

Where the server had counted nothing to go on from, a new holder begins where it first looks. What the former one
counted before and delivers later would not be counted twice then, so a person may accept it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

FENCE = """
    create or replace function fence_leases(tags_concerned uuid[], same_holder boolean) returns void
    language plpgsql as $$
    begin
        insert into tag_leases (organization_id, id)
        select organization_id, id from tags where id = any(tags_concerned) order by id
        on conflict (organization_id, id) do update set number = tag_leases.number;
        update tag_leases as lease set
            number = fence.number,
            held_since = case when same_holder then lease.held_since else fence.number end,
            counted_since = case
                when same_holder and lease.counted_raw is null then lease.counted_since else fence.number
            end,{uncounted}
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
UNCOUNTED = """
            uncounted_since = case
                when same_holder or lease.counted_raw is not null or lease.uncounted_before = lease.counted_since
                then lease.uncounted_since else lease.counted_since
            end,
            uncounted_before = case
                when same_holder or lease.counted_raw is not null then lease.uncounted_before else fence.number
            end,"""
"""Hand-overs without a baseline that follow each other are one; of others the last is known."""


def upgrade() -> None:
    for name in ("uncounted_since", "uncounted_before"):
        op.add_column("tag_leases", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_check_constraint(
        op.f("ck_tag_leases_uncounted"),
        "tag_leases",
        "uncounted_since <= uncounted_before and uncounted_before <= counted_since",
    )
    op.execute(FENCE.format(uncounted=UNCOUNTED))


def downgrade() -> None:
    op.execute(FENCE.format(uncounted=""))
    op.drop_constraint(op.f("ck_tag_leases_uncounted"), "tag_leases")
    for name in ("uncounted_before", "uncounted_since"):
        op.drop_column("tag_leases", name)
