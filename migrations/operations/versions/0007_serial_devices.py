"""Devices on a serial bus."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.stations.lines import line_statements
from unison_server.stations.tables import OF_ITS_DRIVER

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OF_SERIAL_PORTS = ("serial_port", "baud_rate", "parity", "stop_bits")


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
    for statement in line_statements():
        op.execute(statement)


def downgrade() -> None:
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
