"""Words of a stop end where setup, cleaning or a state set by hand begins, and know how far their stop was known.

What was said before is mended alike: a word that swallowed such work ends where the first of it begins, unless it was
said in the office while that was known already. No word becomes longer, and none that was given an end by a person
changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

_KNOWN_WHEN_SAID = """
    update downtime_causes as w set lasted_at = newest.started_at
    from downtime_causes as said
    cross join lateral (
        select s.started_at from machine_states as s
        where s.organization_id = said.organization_id and s.machine_id = said.machine_id
            and s.started_at > said.started_at and s.started_at < coalesce(said.ended_at, 'infinity')
            and s.started_at <= said.said_at and s.created_at <= said.said_at
        order by s.started_at desc limit 1
    ) as newest
    where w.organization_id = said.organization_id and w.id = said.id and said.is_of_stop
        and said.said_by is not null and said.said_by_name is null
"""
_SHORTEN = """
    update downtime_causes as w set ended_at = first.started_at
    from downtime_causes as said
    cross join lateral (
        select n.started_at from machine_states as n
        where n.organization_id = said.organization_id and n.machine_id = said.machine_id
            and n.started_at > coalesce(said.lasted_at, said.started_at)
            and n.started_at < coalesce(said.ended_at, 'infinity')
            and (n.state in ('running', 'no_output', 'unknown')
                or (n.source = 'person' or n.state in ('cleaning', 'setup')) and not exists (
                    select from machine_states as b
                    where b.organization_id = n.organization_id and b.machine_id = n.machine_id
                        and b.ended_at = n.started_at and b.state = n.state
                ))
        order by n.started_at limit 1
    ) as first
    where w.organization_id = said.organization_id and w.id = said.id and said.is_of_stop
        and coalesce((
            select s.state from machine_states as s
            where s.organization_id = said.organization_id and s.machine_id = said.machine_id
                and s.started_at <= said.started_at
            order by s.started_at desc limit 1
        ), 'unknown') <> 'unknown'
"""


def upgrade() -> None:
    op.add_column("downtime_causes", sa.Column("lasted_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_KNOWN_WHEN_SAID)
    op.execute(_SHORTEN)


def downgrade() -> None:
    """Ends stay as they are: a rebuild moves them."""
    op.drop_column("downtime_causes", "lasted_at")
