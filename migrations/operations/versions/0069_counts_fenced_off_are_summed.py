"""Counts that were fenced off are summed by quarters of an hour as they come: every heartbeat asks for those of today.

Every zone's midnight is at a full quarter. Triggers keep the sums wherever events are set aside and decided; what a
person accepted is in none. Of older days than a heartbeat may ask for nothing is kept. Counts over a gap, which are
decided one by one, are found by an index.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import tenant_table

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

_TIME = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
_OFFSET = "Z|[+-](0[0-9]|1[0-5]):[0-5][0-9]"
_MOMENT = f"^([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_TIME}({_OFFSET}))$"
"""What PostgreSQL reads of what is a moment elsewhere: an offset of 16 hours or more is in no sum."""
_ACCEPTED = "decided.organization_id = q.organization_id and decided.id = q.id and decided.decision = 'accepted'"


def _add(sign: str, rows: str, more: str = "") -> str:
    return f"""
        insert into fenced_counts (organization_id, agent_id, epoch, machine_id, kind, quarter, parts)
        select q.organization_id, q.agent_id, q.epoch, q.machine_id, told.kind,
            date_bin('15 minutes', cast(told.at as timestamptz), '2000-01-01T00:00:00Z'),
            {sign}sum(cast(told.parts as bigint))
        from {rows}
        cross join lateral (
            select case when q.kind = 'counted' and q.code in ('lease_lost', 'counted_anew') then q.raw::json end as raw
        ) as counted
        cross join lateral (
            select counted.raw ->> 'count' as kind, substring(counted.raw ->> 'delta' from '^[0-9]{{1,18}}$') as parts,
                substring(counted.raw ->> 'at' from '{_MOMENT}') as at
        ) as told
        where q.machine_id is not null and told.kind is not null and told.parts is not null and told.at is not null
            and coalesce(counted.raw ->> 'across_gap', 'false') <> 'true' {more}
        group by 1, 2, 3, 4, 5, 6
        order by 1, 2, 3, 4, 5, 6
        on conflict (organization_id, agent_id, epoch, machine_id, kind, quarter)
        do update set parts = fenced_counts.parts + excluded.parts
    """  # noqa: S608 - constants


_KEPT_FOR = "interval '3 days'"


def upgrade() -> None:
    tenant_table(
        "fenced_counts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("machine_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quarter", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parts", sa.Numeric(30, 0), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "agent_id"],
            ["agents.organization_id", "agents.id"],
            name=op.f("fk_fenced_counts_organization_id_agent_id_agents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "agent_id", "epoch", "machine_id", "kind", "quarter", name=op.f("pk_fenced_counts")
        ),
    )
    op.create_index(
        "ix_quarantine_counts_of_gaps",
        "quarantine",
        ["organization_id", "agent_id", "received_at", "id"],
        postgresql_where=sa.text(r"""kind = 'counted' and raw ~ '"across_gap"\s*:\s*true'"""),
    )
    unaccepted = f"not exists (select from quarantine_decisions as decided where {_ACCEPTED})"
    recent = "q.received_at > now() - interval '26 hours'"
    op.execute(_add("", "quarantine as q", f"and {recent} and {unaccepted}"))
    op.execute(
        f"""
        create function quarantine_sum_fenced() returns trigger language plpgsql as $$
        begin
            if exists (
                select from rows_after where kind = 'counted' and code in ('lease_lost', 'counted_anew')
            ) then
                {_add("", "rows_after as q")};
                delete from fenced_counts as past using (
                    select distinct organization_id, agent_id from rows_after
                ) as told
                where past.organization_id = told.organization_id and past.agent_id = told.agent_id
                    and past.quarter < now() - {_KEPT_FOR};
            end if;
            return null;
        end
        $$
        """  # noqa: S608 - constants
    )
    op.execute(
        "create trigger sum_fenced after insert on quarantine referencing new table as rows_after "
        "for each statement execute function quarantine_sum_fenced()"
    )
    op.execute(
        f"""
        create function quarantine_take_accepted() returns trigger language plpgsql as $$
        begin
            if exists (select from rows_after where decision = 'accepted') then
                {_add("-", f"rows_after as decided join quarantine as q on {_ACCEPTED}")};
            end if;
            return null;
        end
        $$
        """
    )
    op.execute(
        "create trigger take_accepted after insert on quarantine_decisions referencing new table as rows_after "
        "for each statement execute function quarantine_take_accepted()"
    )


def downgrade() -> None:
    op.execute("drop trigger take_accepted on quarantine_decisions")
    op.execute("drop function quarantine_take_accepted")
    op.execute("drop trigger sum_fenced on quarantine")
    op.execute("drop function quarantine_sum_fenced")
    op.drop_table("fenced_counts")
    op.drop_index("ix_quarantine_counts_of_gaps", "quarantine")
