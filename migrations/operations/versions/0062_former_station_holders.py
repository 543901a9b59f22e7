"""Who served a station until when: what was scanned and measured at a PC is its word, also when it comes late.

The trigger stands beside the one that ends holds of the station's tags, and sees agents of every plant as that does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import tenant_table

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

_NOTED = """
    create function stations_end_service() returns trigger language plpgsql as $$
    declare
        seen text := current_setting('app.read_plants', true);
    begin
        perform set_config('app.read_plants', '*', true);
        insert into former_station_holders (organization_id, agent_id, station_id, ended_at)
        select a.organization_id, a.id, after.id, clock_timestamp()
        from rows_before as before
        join rows_after as after on after.organization_id = before.organization_id and after.id = before.id
        join agents as a on a.organization_id = before.organization_id and a.id = before.agent_id
        where before.agent_id is distinct from after.agent_id;
        perform set_config('app.read_plants', coalesce(seen, ''), true);
        return null;
    end
    $$
"""


def upgrade() -> None:
    tenant_table(
        "former_station_holders",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "station_id"],
            ["stations.organization_id", "stations.id"],
            name=op.f("fk_former_station_holders_organization_id_station_id_stations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "agent_id"],
            ["agents.organization_id", "agents.id"],
            name=op.f("fk_former_station_holders_organization_id_agent_id_agents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "agent_id", "station_id", "ended_at", name=op.f("pk_former_station_holders")
        ),
        append_only=True,
    )
    op.create_index("ix_former_station_holders_station_id", "former_station_holders", ["organization_id", "station_id"])
    op.execute(_NOTED)
    op.execute(
        "create trigger end_service_update after update on stations "
        "referencing old table as rows_before new table as rows_after "
        "for each statement execute function stations_end_service()"
    )


def downgrade() -> None:
    op.execute("drop trigger end_service_update on stations")
    op.execute("drop function stations_end_service")
    op.drop_table("former_station_holders")
