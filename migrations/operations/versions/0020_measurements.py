"""Characteristics and their measurements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = ("inspection_measurement_undos", "inspection_measurements", "inspection_characteristics")

OF_CHARACTERISTIC = """select s.agent_id from {rows} as changed join stations as s using (organization_id)
    where s.plant_id = changed.plant_id"""
"""Which agents are concerned by changed characteristics: all of the plant, whose stations offer them."""
BEFORE, AFTER = (OF_CHARACTERISTIC.format(rows=rows) for rows in ("rows_before", "rows_after"))
ROWS = {
    "insert": "new table as rows_after",
    "delete": "old table as rows_before",
    "update": "old table as rows_before new table as rows_after",
}
CHANGE_CONFIGURATION = f"""
    create function inspection_characteristics_change_configuration() returns trigger language plpgsql as $$
    declare
        seen text := current_setting('app.read_plants', true);
    begin
        perform set_config('app.read_plants', '*', true);
        if tg_op = 'INSERT' then
            perform raise_configuration(array({AFTER}));
        elsif tg_op = 'DELETE' then
            perform raise_configuration(array({BEFORE}));
        else
            perform raise_configuration(array({BEFORE} union {AFTER}));
        end if;
        perform set_config('app.read_plants', coalesce(seen, ''), true);
        return null;
    end
    $$
"""
"""Raises the version of all agents concerned, those in plants that nobody sees too."""


def upgrade() -> None:
    _characteristics()
    _measurements()
    tenant_table(
        "inspection_measurement_undos",
        _moment("undone_at"),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_inspection_measurement_undos")),
        append_only=True,
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("drop function inspection_characteristics_change_configuration")


def _characteristics() -> None:
    table = "inspection_characteristics"
    tenant_table(
        table,
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("characteristic_name", sa.Text(), nullable=False),
        sa.Column("measurement_unit", sa.Text(), nullable=False),
        sa.Column("target", sa.Numeric(), nullable=True),
        sa.Column("lsl", sa.Numeric(), nullable=True),
        sa.Column("usl", sa.Numeric(), nullable=True),
        sa.Column("resolution", sa.Numeric(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("lsl < usl", name=op.f(f"ck_{table}_lower_below_upper")),
        sa.CheckConstraint("resolution > 0", name=op.f(f"ck_{table}_resolution_positive")),
        sa.CheckConstraint(_finite("target", "lsl", "usl", "resolution"), name=op.f(f"ck_{table}_finite")),
        sa.ForeignKeyConstraint(
            ["organization_id", "plant_id"],
            ["plants.organization_id", "plants.id"],
            name=op.f(f"fk_{table}_organization_id_plant_id_plants"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            "organization_id",
            "plant_id",
            "characteristic_name",
            name=op.f(f"uq_{table}_organization_id_plant_id_characteristic_name"),
        ),
        sa.UniqueConstraint(
            "organization_id", "id", "plant_id", "measurement_unit", name="uq_inspection_characteristics_measured_in"
        ),
        plant_column="plant_id",
    )
    for statement in audit_statements(table):
        op.execute(statement)
    op.execute(CHANGE_CONFIGURATION)
    for verb, rows in ROWS.items():
        op.execute(
            f"create trigger configuration_{verb} after {verb} on {table} referencing {rows} "
            f"for each statement execute function {table}_change_configuration()"
        )


def _measurements() -> None:
    table = "inspection_measurements"
    tenant_table(
        table,
        sa.Column("characteristic_id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("measured_value", sa.Numeric(), nullable=False),
        sa.Column("measurement_unit", sa.Text(), nullable=False),
        sa.Column("uncertainty", sa.Numeric(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("peripheral_id", sa.Uuid(), nullable=True),
        sa.Column("station_id", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("measured_by", sa.Uuid(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("picture", sa.Text(), nullable=True),
        _moment("measured_at"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("source IN ('gauge', 'camera', 'typed', 'unknown')", name=op.f(f"ck_{table}_source")),
        sa.CheckConstraint(_finite("measured_value", "uncertainty"), name=op.f(f"ck_{table}_finite")),
        sa.CheckConstraint("uncertainty >= 0", name=op.f(f"ck_{table}_uncertainty_not_negative")),
        sa.CheckConstraint("picture ~ '^[0-9a-f]{64}$'", name=op.f(f"ck_{table}_picture_is_sha256")),
        sa.CheckConstraint("source <> 'typed' or peripheral_id is null", name=op.f(f"ck_{table}_typed_without_gauge")),
        sa.ForeignKeyConstraint(
            ["organization_id", "characteristic_id", "plant_id", "measurement_unit"],
            [f"inspection_characteristics.{c}" for c in ("organization_id", "id", "plant_id", "measurement_unit")],
            name="fk_inspection_measurements_characteristic",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "station_id"],
            ["stations.organization_id", "stations.id"],
            name=op.f(f"fk_{table}_organization_id_station_id_stations"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "peripheral_id"],
            ["peripherals.organization_id", "peripherals.id"],
            name=op.f(f"fk_{table}_organization_id_peripheral_id_peripherals"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f(f"pk_{table}")),
        plant_column="plant_id",
        append_only=True,
    )
    op.create_index(f"ix_{table}_series", table, ["organization_id", "characteristic_id", "measured_at", "id"])
    op.create_index(f"ix_{table}_measured_at", table, ["organization_id", "measured_at", "id"])


def _finite(*columns: str) -> str:
    return " and ".join(f"abs({column}) < 1e18 and scale({column}) <= 12" for column in columns)


def _moment(name: str) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
