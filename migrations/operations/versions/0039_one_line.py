"""Devices of one line agree about its settings at the end of each transaction, however the line is spelled.

So one transaction may change all devices of a line. Lines of before that were held to be two for their spelling get
the settings of the device that was made first; one that can't have them, for its unit number, is put out of use. What
is out of use, or at a station that is, is on no line.
"""

from __future__ import annotations

import string

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

BLANKS = r"e' \t\r\n\v\f'"
PATH = rf"""regexp_replace(regexp_replace(btrim({{0}}, {BLANKS}), '/(\.?/)+', '/', 'g'),
    '^/dev/(serial|input|v4l)/by-id/', '')"""
PORT = rf"""coalesce(
    upper(substring(btrim({{0}}, {BLANKS}) from '^(?:\\\\[.?]\\)?([cC][oO][mM][0-9]+):?$')), {PATH})"""
HOST = rf"""regexp_replace(regexp_replace(
    rtrim(translate(btrim({{0}}, {BLANKS}), '{string.ascii_uppercase}', '{string.ascii_lowercase}'), '.'),
    '^\[', ''), '\]$', '')"""
FUNCTIONS = {
    "serial_port_key(named text)": PORT.format("named"),
    "device_line(serial_port text, host text, port int)": (
        f"coalesce({PORT.format('serial_port')}, {HOST.format('host')} || ':' || port)"
    ),
}
"""As `unison_domain.stations.line` has them."""
SETTINGS = "({0}.driver, {0}.baud_rate, {0}.parity, {0}.stop_bits, {0}.turnaround_seconds)"
LINE = "device_line({0}.serial_port, {0}.host, {0}.port)"
FORMER_LINE = "coalesce({0}.serial_port, {0}.host || ':' || {0}.port)"
DEVICES = """(devices as {0} join stations as {1}
    on {1}.organization_id = {0}.organization_id and {1}.id = {0}.station_id)"""
CHANGED = {"devices": "d.id", "stations": "d.station_id"}
FORMER_PLACE = r"""
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
PLACE = f"""
    case settings ->> 'kind'
        when 'camera' then case
            when settings ->> 'source' like '/dev/%' or settings ->> 'source' not like '%/%'
            then 'camera ' || {PATH.format("settings ->> 'source'")}
        end
        else coalesce(
            'keyboard ' || {PATH.format("settings ->> 'keyboard'")},
            'serial port ' || {PORT.format("settings #>> '{serial,port}'")}
        )
    end
"""
FORMER_PORT = "'serial port ' || regexp_replace(d.serial_port, '^/dev/(serial|input|v4l)/by-id/', '')"
NEW_PORT = "'serial port ' || serial_port_key(d.serial_port)"
PLACES = {"peripherals": "s.id = r.station_id", "devices": "s.id = r.station_id", "stations": "s.id = r.id"}
OF_LINES = """
    select d.organization_id, d.id, first_value(d.id) over (
        partition by d.organization_id, coalesce(s.agent_id, s.id), device_line(d.serial_port, d.host, d.port)
        order by d.id
    ) as first_id
    from devices as d join stations as s on s.organization_id = d.organization_id and s.id = d.station_id
    where d.is_active and s.is_active
"""
UNFIT = f"""
    update devices as d set is_active = false, version = d.version + 1, updated_at = now()
    from ({OF_LINES}) as of_line join devices as f
        on f.organization_id = of_line.organization_id and f.id = of_line.first_id
    where d.organization_id = of_line.organization_id and d.id = of_line.id and f.driver <> d.driver
        and f.driver <> 'modbus_tcp' and d.unit_id not between 1 and 247
"""  # noqa: S608 - constants
AGREED = f"""
    update devices as d set driver = f.driver, baud_rate = f.baud_rate, parity = f.parity, stop_bits = f.stop_bits,
        turnaround_seconds = f.turnaround_seconds, version = d.version + 1, updated_at = now()
    from ({OF_LINES}) as of_line join devices as f
        on f.organization_id = of_line.organization_id and f.id = of_line.first_id
    where d.organization_id = of_line.organization_id and d.id = of_line.id
        and {SETTINGS.format("d")} is distinct from {SETTINGS.format("f")}
"""  # noqa: S608 - constants


def upgrade() -> None:
    for signature, body in FUNCTIONS.items():
        op.execute(f"create function {signature} returns text language sql immutable as $$ select {body} $$")
    for table in CHANGED:
        _drop_agreement(table)
    for statement in (UNFIT, AGREED):
        op.execute(statement)
    for table, changed in CHANGED.items():
        _hold_lines_together(table, changed)
    _replace_place(PLACE)
    for table, found in PLACES.items():
        _keep_apart(table, found, NEW_PORT)


def _drop_agreement(table: str) -> None:
    for verb in ("insert", "update"):
        op.execute(f"drop trigger line_settings_agree_{verb} on {table}")
    op.execute(f"drop function {table}_agree_about_lines")


def _hold_lines_together(table: str, changed: str) -> None:
    """At the commit, when the agent's row is locked for its new version; they see every plant, as the agent does."""
    op.execute(f"""
        create function {table}_agree_about_lines() returns trigger language plpgsql as $$
        declare
            seen text := current_setting('app.read_plants', true);
            disagreeing text;
        begin
            perform set_config('app.read_plants', '*', true);
            select o.name into disagreeing
                from {DEVICES.format("d", "s")} join {DEVICES.format("o", "t")}
                    on o.organization_id = d.organization_id and t.agent_id = s.agent_id
                where d.organization_id = new.organization_id and {changed} = new.id
                    and d.is_active and s.is_active and o.is_active and t.is_active
                    and {LINE.format("o")} = {LINE.format("d")}
                    and {SETTINGS.format("o")} is distinct from {SETTINGS.format("d")}
                limit 1;
            perform set_config('app.read_plants', coalesce(seen, ''), true);
            if disagreeing is not null then
                raise exception 'device % has other settings of the same line', disagreeing
                    using errcode = 'check_violation', constraint = 'line_settings_agree', table = '{table}';
            end if;
            return null;
        end
        $$
    """)  # noqa: S608 - constants
    op.execute(
        f"create constraint trigger line_settings_agree after insert or update on {table} "
        f"deferrable initially deferred for each row execute function {table}_agree_about_lines()"
    )


def _replace_place(place: str) -> None:
    op.drop_column("peripherals", "place")
    op.add_column("peripherals", sa.Column("place", sa.Text(), sa.Computed(place, persisted=True), nullable=True))


def _keep_apart(table: str, found: str, port: str) -> None:
    op.execute(f"""
        create or replace function {table}_keep_places_apart() returns trigger language plpgsql as $$
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
                select distinct a.agent_id, {port}, false from agents_concerned as a
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


def downgrade() -> None:
    for table, found in PLACES.items():
        _keep_apart(table, found, FORMER_PORT)
    _replace_place(FORMER_PLACE)
    for table in CHANGED:
        op.execute(f"drop trigger line_settings_agree on {table}")
        op.execute(f"drop function {table}_agree_about_lines")
    for table, changed in CHANGED.items():
        _hold_as_before(table, changed)
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature.partition('(')[0]}")


def _hold_as_before(table: str, changed: str) -> None:
    op.execute(f"""
        create function {table}_agree_about_lines() returns trigger language plpgsql as $$
        declare
            seen text := current_setting('app.read_plants', true);
            disagreeing text;
        begin
            perform set_config('app.read_plants', '*', true);
            select o.name into disagreeing
                from rows_after as r join {DEVICES.format("d", "s")}
                    on d.organization_id = r.organization_id and {changed} = r.id
                join {DEVICES.format("o", "t")}
                    on o.organization_id = d.organization_id and t.agent_id = s.agent_id
                where d.is_active and o.is_active and {FORMER_LINE.format("o")} = {FORMER_LINE.format("d")}
                    and {SETTINGS.format("o")} is distinct from {SETTINGS.format("d")}
                limit 1;
            perform set_config('app.read_plants', coalesce(seen, ''), true);
            if disagreeing is not null then
                raise exception 'device % has other settings of the same line', disagreeing
                    using errcode = 'check_violation', constraint = 'line_settings_agree', table = '{table}';
            end if;
            return null;
        end
        $$
    """)  # noqa: S608 - constants
    for verb in ("insert", "update"):
        op.execute(
            f"create trigger line_settings_agree_{verb} after {verb} on {table} "
            f"referencing new table as rows_after for each statement execute function {table}_agree_about_lines()"
        )
