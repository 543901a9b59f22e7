"""Scanners, gauges and cameras of stations, and how they fare."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import refuse_while_there_are, tenant_table
from unison_server.kernel.rls import RUNTIME

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PLACE = r"""
    case settings ->> 'kind'
        when 'camera' then case
            when settings ->> 'source' like '/dev/%' or settings ->> 'source' not like '%/%'
            then 'camera ' || regexp_replace(settings ->> 'source', '^/dev/(serial|input|v4l)/by-id/', '')
        end
        else coalesce(
            'keyboard ' || regexp_replace(settings ->> 'keyboard', '^/dev/(serial|input|v4l)/by-id/', ''),
            'serial port ' || regexp_replace(settings #>> '{serial,port}', '^/dev/(serial|input|v4l)/by-id/', '')
        )
    end
"""
PORT = "'serial port ' || regexp_replace(d.serial_port, '^/dev/(serial|input|v4l)/by-id/', '')"
OF_PERIPHERAL = """select agent_id from {rows} as changed join stations as s using (organization_id)
    where s.id = station_id"""
"""Which agents are concerned by changed rows."""
ROWS = {
    "insert": "new table as rows_after",
    "delete": "old table as rows_before",
    "update": "old table as rows_before new table as rows_after",
}
ALL = "(select current_setting('app.{}', true)) = '*'"
STATION = "from stations as s where s.organization_id = peripherals.organization_id and s.id = peripherals.station_id"
WRITABLE = (
    "s.plant_id = any((select nullif(nullif(current_setting('app.write_plants', true), ''), '*')::uuid[])::uuid[])"
)
CHANGED = {"peripherals": "s.id = r.station_id", "devices": "s.id = r.station_id", "stations": "s.id = r.id"}
"""How the stations of changed rows are found."""


def upgrade() -> None:
    tenant_table(
        "peripherals",
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("settings", JSONB(), nullable=False),
        sa.Column("kind", sa.Text(), sa.Computed("settings ->> 'kind'", persisted=True), nullable=False),
        sa.Column("name", sa.Text(), sa.Computed("settings ->> 'name'", persisted=True), nullable=False),
        sa.Column("place", sa.Text(), sa.Computed(PLACE, persisted=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("kind IN ('scanner', 'gauge', 'camera')", name=op.f("ck_peripherals_kind")),
        sa.ForeignKeyConstraint(
            ["organization_id", "station_id"],
            ["stations.organization_id", "stations.id"],
            name=op.f("fk_peripherals_organization_id_station_id_stations"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_peripherals")),
    )
    op.create_index(
        "ix_peripherals_name",
        "peripherals",
        ["organization_id", "station_id", "name"],
        unique=True,
        postgresql_where=sa.text("is_active"),
    )
    op.create_index("ix_peripherals_station_id", "peripherals", ["organization_id", "station_id"], unique=False)
    op.add_column("agent_reports", sa.Column("peripherals", JSONB(), server_default=sa.text("'[]'"), nullable=False))
    for statement in audit_statements("peripherals"):
        op.execute(statement)
    _hold_to_plants()
    _change_configuration()
    for table, found in CHANGED.items():
        _keep_apart(table, found)


def _hold_to_plants() -> None:
    """As devices are held: what is visible is left to the policies of stations, updates to their check alone."""
    policy = "on peripherals as restrictive for"
    read = f"{ALL.format('read_plants')} or exists (select {STATION})"
    write = f"{ALL.format('write_plants')} or exists (select {STATION} and {WRITABLE})"
    op.execute(f"create policy plant_read {policy} select to {RUNTIME} using ({read})")
    op.execute(f"create policy plant_insert {policy} insert to {RUNTIME} with check ({write})")
    op.execute(f"create policy plant_update {policy} update to {RUNTIME} using (true) with check ({write})")
    op.execute(f"create policy plant_delete {policy} delete to {RUNTIME} using ({write})")


def _change_configuration() -> None:
    """Raise the version of all agents concerned, once per statement, in plants nobody sees too."""
    before, after = (OF_PERIPHERAL.format(rows=rows) for rows in ("rows_before", "rows_after"))
    op.execute(f"""
        create function peripherals_change_configuration() returns trigger language plpgsql as $$
        declare
            seen text := current_setting('app.read_plants', true);
        begin
            perform set_config('app.read_plants', '*', true);
            if tg_op = 'INSERT' then
                perform raise_configuration(array({after}));
            elsif tg_op = 'DELETE' then
                perform raise_configuration(array({before}));
            else
                perform raise_configuration(array({before} union {after}));
            end if;
            perform set_config('app.read_plants', coalesce(seen, ''), true);
            return null;
        end
        $$
    """)
    for verb, rows in ROWS.items():
        op.execute(
            f"create trigger configuration_{verb} after {verb} on peripherals referencing {rows} "
            "for each statement execute function peripherals_change_configuration()"
        )


def _keep_apart(table: str, found: str) -> None:
    """Whatever way rows are written, what a peripheral of an agent has to itself no other of them has, and no device.

    By their names the triggers fire after those that raise the configuration's version, whose lock on the agent lets
    two changes of one agent through only one after the other; and they see every plant, as the agent does.
    """
    op.execute(f"""
        create function {table}_keep_places_apart() returns trigger language plpgsql as $$
        declare
            seen text := current_setting('app.read_plants', true);
            shared text;
        begin
            perform set_config('app.read_plants', '*', true);
            with agents_concerned as (
                select distinct s.organization_id, s.agent_id from rows_after as r
                    join stations as s on s.organization_id = r.organization_id and {found}
                where s.agent_id is not null
            ), taken as (
                select a.agent_id, p.place, true as alone from agents_concerned as a
                    join stations as s on s.organization_id = a.organization_id and s.agent_id = a.agent_id
                    join peripherals as p on p.organization_id = s.organization_id and p.station_id = s.id
                where p.is_active and s.is_active and p.place is not null
                union all
                select distinct a.agent_id, {PORT}, false from agents_concerned as a
                    join stations as s on s.organization_id = a.organization_id and s.agent_id = a.agent_id
                    join devices as d on d.organization_id = s.organization_id and d.station_id = s.id
                where d.is_active and s.is_active and d.serial_port is not null
            )
            select place into shared from taken group by agent_id, place having count(*) > 1 and bool_or(alone) limit 1;
            perform set_config('app.read_plants', coalesce(seen, ''), true);
            if shared is not null then
                raise exception '% is used twice at one PC', shared
                    using errcode = 'check_violation', constraint = 'places_apart', table = '{table}';
            end if;
            return null;
        end
        $$
    """)  # noqa: S608 - constants
    for verb in ("insert", "update"):
        op.execute(
            f"create trigger places_apart_{verb} after {verb} on {table} "
            f"referencing new table as rows_after for each statement execute function {table}_keep_places_apart()"
        )


def downgrade() -> None:
    refuse_while_there_are(
        "select name from peripherals order by name, id",
        "scanners, gauges and cameras, deactivated ones too; what was scanned and measured with them needs them",
    )
    for table in ("devices", "stations"):
        for verb in ("insert", "update"):
            op.execute(f"drop trigger places_apart_{verb} on {table}")
    op.drop_column("agent_reports", "peripherals")
    op.drop_table("peripherals")
    op.execute("drop function peripherals_change_configuration")
    for table in CHANGED:
        op.execute(f"drop function {table}_keep_places_apart")
