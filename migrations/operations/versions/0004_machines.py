"""Work centers and machines: states, counts, samples."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import partition_by_month, tenant_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    "samples",
    "machine_signals",
    "counter_incidents",
    "machine_count_quarters",
    "machine_counts",
    "machine_states",
    "machines",
    "work_centers",
)

OF_MACHINE = """select s.agent_id from {rows} as changed join tags as t using (organization_id)
    join devices as d on d.organization_id = t.organization_id and d.id = t.device_id
    join stations as s on s.organization_id = d.organization_id and s.id = d.station_id
    where t.machine_id = changed.id
    union select s.agent_id from {rows} as changed join stations as s using (organization_id) where s.id = station_id"""
"""Which agents are concerned by changed machines."""
BEFORE, AFTER = (OF_MACHINE.format(rows=rows) for rows in ("rows_before", "rows_after"))
ROWS = {
    "insert": "new table as rows_after",
    "delete": "old table as rows_before",
    "update": "old table as rows_before new table as rows_after",
}
CHANGE_CONFIGURATION = f"""
    create function machines_change_configuration() returns trigger language plpgsql as $$
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
    tenant_table(
        "samples",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("extra", JSONB(), nullable=True),
        sa.CheckConstraint("quality IN ('good', 'uncertain', 'bad', 'stale')", name=op.f("ck_samples_quality")),
        sa.PrimaryKeyConstraint("organization_id", "tag_id", "at", "epoch", "seq", name=op.f("pk_samples")),
        postgresql_partition_by="RANGE (at)",
        append_only=True,
    )
    tenant_table(
        "work_centers",
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=50, collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "plant_id"],
            ["plants.organization_id", "plants.id"],
            name=op.f("fk_work_centers_organization_id_plant_id_plants"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_work_centers")),
        sa.UniqueConstraint("organization_id", "code", name=op.f("uq_work_centers_organization_id_code")),
        plant_column="plant_id",
    )
    tenant_table(
        "machines",
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=True),
        sa.Column("station_id", sa.Uuid(), nullable=True),
        sa.Column("machine_code", sa.String(length=50, collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("machine_type", sa.Text(), nullable=True),
        sa.Column("life_cycle", sa.Text(), nullable=False),
        sa.Column("capacity_units_per_hour", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("ideal_cycle_seconds", sa.Double(), nullable=True),
        sa.Column("micro_stop_seconds", sa.Double(), nullable=False),
        sa.Column("on_delay_seconds", sa.Double(), nullable=False),
        sa.Column("off_delay_seconds", sa.Double(), nullable=False),
        sa.Column("stale_seconds", sa.Double(), nullable=True),
        sa.Column("idle_after_seconds", sa.Double(), nullable=True),
        sa.Column("installation_date", sa.Date(), nullable=True),
        sa.Column("manufacturer", sa.Text(), nullable=True),
        sa.Column("model_number", sa.Text(), nullable=True),
        sa.Column("serial_number", sa.Text(), nullable=True),
        sa.Column("purchase_cost", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "life_cycle IN ('planned', 'in_service', 'out_of_service', 'retired')", name=op.f("ck_machines_life_cycle")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "plant_id"],
            ["plants.organization_id", "plants.id"],
            name=op.f("fk_machines_organization_id_plant_id_plants"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "station_id"],
            ["stations.organization_id", "stations.id"],
            name=op.f("fk_machines_organization_id_station_id_stations"),
            ondelete="SET NULL (station_id)",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "work_center_id"],
            ["work_centers.organization_id", "work_centers.id"],
            name=op.f("fk_machines_organization_id_work_center_id_work_centers"),
            ondelete="SET NULL (work_center_id)",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_machines")),
        sa.UniqueConstraint("organization_id", "machine_code", name=op.f("uq_machines_organization_id_machine_code")),
        plant_column="plant_id",
    )
    tenant_table(
        "counter_incidents",
        sa.Column("machine_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw_from", sa.Numeric(precision=20, scale=0), nullable=False),
        sa.Column("raw_to", sa.Numeric(precision=20, scale=0), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=True),
        sa.Column("extra", JSONB(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "machine_id"],
            ["machines.organization_id", "machines.id"],
            name=op.f("fk_counter_incidents_organization_id_machine_id_machines"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_counter_incidents")),
        sa.UniqueConstraint(
            "organization_id",
            "agent_id",
            "epoch",
            "seq",
            name=op.f("uq_counter_incidents_organization_id_agent_id_epoch_seq"),
        ),
        append_only=True,
    )
    op.create_index(
        "ix_counter_incidents_at", "counter_incidents", ["organization_id", "machine_id", "at"], unique=False
    )
    tenant_table(
        "machine_count_quarters",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("machine_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("scrap", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "machine_id"],
            ["machines.organization_id", "machines.id"],
            name=op.f("fk_machine_count_quarters_organization_id_machine_id_machines"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "machine_id", "started_at", name=op.f("pk_machine_count_quarters")),
    )
    tenant_table(
        "machine_counts",
        sa.Column("machine_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw_from", sa.Numeric(precision=20, scale=0), nullable=True),
        sa.Column("raw_to", sa.Numeric(precision=20, scale=0), nullable=False),
        sa.Column("across_gap", sa.Boolean(), nullable=False),
        sa.Column("rolled_over", sa.Boolean(), nullable=False),
        sa.Column("extra", JSONB(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('good', 'scrap', 'total', 'unknown')", name=op.f("ck_machine_counts_kind")),
        sa.ForeignKeyConstraint(
            ["organization_id", "machine_id"],
            ["machines.organization_id", "machines.id"],
            name=op.f("fk_machine_counts_organization_id_machine_id_machines"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_machine_counts")),
        sa.UniqueConstraint(
            "organization_id",
            "agent_id",
            "epoch",
            "seq",
            name=op.f("uq_machine_counts_organization_id_agent_id_epoch_seq"),
        ),
        append_only=True,
    )
    op.create_index("ix_machine_counts_at", "machine_counts", ["organization_id", "machine_id", "at"], unique=False)
    tenant_table(
        "machine_signals",
        sa.Column("last_signal_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_state", sa.Text(), nullable=True),
        sa.Column("reported_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "reported_state IS NULL OR reported_state IN ('running', 'no_output', 'stopped', 'starved', "
            "'blocked', 'setup', 'cleaning', 'maintenance', 'manual', 'fault', 'emergency_stop', 'unknown')",
            name=op.f("ck_machine_signals_reported_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "id"],
            ["machines.organization_id", "machines.id"],
            name=op.f("fk_machine_signals_organization_id_id_machines"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_machine_signals")),
    )
    tenant_table(
        "machine_states",
        sa.Column("machine_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("alarms", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        ExcludeConstraint(
            (sa.text("uuid_range(organization_id, organization_id, '[]')"), "&&"),
            (sa.text("uuid_range(machine_id, machine_id, '[]')"), "&&"),
            (sa.text("tstzrange(started_at, ended_at)"), "&&"),
            using="gist",
            name="ex_machine_states_no_overlap",
        ),
        sa.CheckConstraint("source IN ('signal', 'person', 'unknown')", name=op.f("ck_machine_states_source")),
        sa.CheckConstraint(
            "state IN ('running', 'no_output', 'stopped', 'starved', 'blocked', 'setup', 'cleaning', "
            "'maintenance', 'manual', 'fault', 'emergency_stop', 'unknown')",
            name=op.f("ck_machine_states_state"),
        ),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_machine_states_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["organization_id", "machine_id"],
            ["machines.organization_id", "machines.id"],
            name=op.f("fk_machine_states_organization_id_machine_id_machines"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_machine_states")),
    )
    op.create_index(
        "ix_machine_states_started_at", "machine_states", ["organization_id", "machine_id", "started_at"], unique=False
    )
    partition_by_month("samples")
    for table in ("work_centers", "machines"):
        for statement in audit_statements(table):
            op.execute(statement)
    op.execute(CHANGE_CONFIGURATION)
    for verb, rows in ROWS.items():
        op.execute(
            f"create trigger configuration_{verb} after {verb} on machines referencing {rows} "
            "for each statement execute function machines_change_configuration()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("drop function machines_change_configuration")
