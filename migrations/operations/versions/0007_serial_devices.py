"""Devices on a serial bus."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.migrate import refuse_while_there_are

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OF_SERIAL_PORTS = ("serial_port", "baud_rate", "parity", "stop_bits")
OF_ITS_DRIVER = """
    case when driver = 'modbus_rtu'
        then num_nulls(host, port) = 2 and num_nulls(serial_port, baud_rate, parity, stop_bits) = 0
        else num_nulls(host, port) = 0 and num_nulls(serial_port, baud_rate, parity, stop_bits) = 4
    end
    and (driver = 'modbus_tcp' or unit_id between 1 and 247)
"""
LINE = "coalesce({0}.serial_port, {0}.host || ':' || {0}.port)"
SETTINGS = "({0}.driver, {0}.baud_rate, {0}.parity, {0}.stop_bits, {0}.turnaround_seconds)"
DEVICES = """(devices as {0} join stations as {1}
    on {1}.organization_id = {0}.organization_id and {1}.id = {0}.station_id)"""


def upgrade() -> None:
    op.alter_column("devices", "host", nullable=True)
    op.alter_column("devices", "port", nullable=True)
    op.add_column("devices", sa.Column("serial_port", sa.Text(), nullable=True))
    op.add_column("devices", sa.Column("baud_rate", sa.Integer(), nullable=True))
    op.add_column("devices", sa.Column("parity", sa.Text(), nullable=True))
    op.add_column("devices", sa.Column("stop_bits", sa.Integer(), nullable=True))
    op.add_column("devices", sa.Column("turnaround_seconds", sa.Double(), server_default=sa.text("0"), nullable=False))
    op.create_check_constraint(
        op.f("ck_devices_driver"), "devices", "driver IN ('modbus_tcp', 'modbus_rtu', 'modbus_rtu_tcp')"
    )
    op.create_check_constraint(
        op.f("ck_devices_parity"), "devices", "parity IS NULL OR parity IN ('none', 'even', 'odd')"
    )
    op.create_check_constraint(op.f("ck_devices_place_of_driver"), "devices", OF_ITS_DRIVER)
    for table, changed in (("devices", "d.id"), ("stations", "d.station_id")):
        _hold_lines_together(table, changed)


def _hold_lines_together(table: str, changed: str) -> None:
    """Whatever way rows are written, devices of one agent and line agree about its settings.

    By their names the triggers fire after those that raise the configuration's version, whose lock on the agent lets
    two changes of one agent through only one after the other; and they see every plant, as the agent does.
    """
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
                where d.is_active and o.is_active and {LINE.format("o")} = {LINE.format("d")}
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


def downgrade() -> None:
    refuse_while_there_are(
        "select name from devices where driver <> 'modbus_tcp' order by name, id",
        "devices on serial lines, deactivated ones too; give each the driver modbus_tcp with host and port first",
    )
    for table in ("devices", "stations"):
        for verb in ("insert", "update"):
            op.execute(f"drop trigger line_settings_agree_{verb} on {table}")
        op.execute(f"drop function {table}_agree_about_lines")
    for rule in ("driver", "parity", "place_of_driver"):
        op.drop_constraint(op.f(f"ck_devices_{rule}"), "devices")
    for column in (*OF_SERIAL_PORTS, "turnaround_seconds"):
        op.drop_column("devices", column)
    op.alter_column("devices", "host", nullable=False)
    op.alter_column("devices", "port", nullable=False)
