"""Agents, stations, devices and tags, and what arrives from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table
from unison_server.stations.configuration_version import RAISE_CONFIGURATION, configuration_statements
from unison_server.stations.plant_policies import agent_statements, device_statements, tag_statements

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "fleet_events",
    "quarantine",
    "agent_cursors",
    "agent_reports",
    "enrolments",
    "tags",
    "devices",
    "stations",
    "agents",
)

OF_STATION = "select agent_id from {rows}"
OF_DEVICE = "select agent_id from {rows} as changed join stations as s using (organization_id) where s.id = station_id"
OF_TAG = """select agent_id from {rows} as changed join devices as d using (organization_id)
    join stations as s using (organization_id) where d.id = device_id and s.id = station_id"""
"""Which agents are concerned by changed rows of a table."""


def upgrade() -> None:
    tenant_table(
        "agents",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("hostname", sa.Text(), nullable=True),
        sa.Column("agent_version", sa.Text(), nullable=True),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("configuration_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'enrolled', 'conflict', 'revoked', 'unknown')", name=op.f("ck_agents_state")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_agents")),
    )
    tenant_table(
        "agent_cursors",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("acked_through", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("checkpoints", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "agent_id"],
            ["agents.organization_id", "agents.id"],
            name=op.f("fk_agent_cursors_organization_id_agent_id_agents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "agent_id", "epoch", name=op.f("pk_agent_cursors")),
    )
    tenant_table(
        "agent_reports",
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("configuration_running", sa.BigInteger(), nullable=True),
        sa.Column("queue_depth", sa.BigInteger(), nullable=True),
        sa.Column("oldest_unsent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_letters", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("clock_offset_seconds", sa.Double(), nullable=True),
        sa.Column("devices", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "id"],
            ["agents.organization_id", "agents.id"],
            name=op.f("fk_agent_reports_organization_id_id_agents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_agent_reports")),
    )
    tenant_table(
        "enrolments",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "agent_id"],
            ["agents.organization_id", "agents.id"],
            name=op.f("fk_enrolments_organization_id_agent_id_agents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("organization_id", "code_hash", name=op.f("uq_enrolments_organization_id_code_hash")),
    )
    tenant_table(
        "fleet_events",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "agent_id"],
            ["agents.organization_id", "agents.id"],
            name=op.f("fk_fleet_events_organization_id_agent_id_agents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_fleet_events")),
        sa.UniqueConstraint(
            "organization_id",
            "agent_id",
            "epoch",
            "seq",
            name=op.f("uq_fleet_events_organization_id_agent_id_epoch_seq"),
        ),
        append_only=True,
    )
    op.create_index("ix_fleet_events_at", "fleet_events", ["organization_id", "agent_id", "at"], unique=False)
    tenant_table(
        "quarantine",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("rejected", sa.Boolean(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "agent_id"],
            ["agents.organization_id", "agents.id"],
            name=op.f("fk_quarantine_organization_id_agent_id_agents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint(
            "organization_id", "agent_id", "epoch", "seq", name=op.f("uq_quarantine_organization_id_agent_id_epoch_seq")
        ),
        append_only=True,
    )
    op.create_index("ix_quarantine_received_at", "quarantine", ["organization_id", "agent_id", "received_at", "id"])
    tenant_table(
        "stations",
        sa.Column("plant_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
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
            ["organization_id", "agent_id"],
            ["agents.organization_id", "agents.id"],
            name=op.f("fk_stations_organization_id_agent_id_agents"),
            ondelete="SET NULL (agent_id)",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "plant_id"],
            ["plants.organization_id", "plants.id"],
            name=op.f("fk_stations_organization_id_plant_id_plants"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_stations")),
        sa.UniqueConstraint("organization_id", "code", name=op.f("uq_stations_organization_id_code")),
        plant_column="plant_id",
    )
    op.create_index("ix_stations_agent_id", "stations", ["organization_id", "agent_id"], unique=False)
    tenant_table(
        "devices",
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("driver", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("timeout_seconds", sa.Double(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("probe_seconds", sa.Double(), nullable=False),
        sa.Column("max_registers", sa.Integer(), nullable=False),
        sa.Column("max_bits", sa.Integer(), nullable=False),
        sa.Column("max_gap", sa.Integer(), nullable=False),
        sa.Column("request_gap_seconds", sa.Double(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "station_id"],
            ["stations.organization_id", "stations.id"],
            name=op.f("fk_devices_organization_id_station_id_stations"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_devices")),
    )
    op.create_index("ix_devices_station_id", "devices", ["organization_id", "station_id"], unique=False)
    tenant_table(
        "tags",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("machine_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("register_table", sa.Text(), nullable=False),
        sa.Column("address", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("byte_order", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=True),
        sa.Column("string_bytes", sa.Text(), nullable=False),
        sa.Column("bit", sa.Integer(), nullable=False),
        sa.Column("bit_count", sa.Integer(), nullable=False),
        sa.Column("scale", sa.Double(), nullable=False),
        sa.Column("offset", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("minimum", sa.Double(), nullable=True),
        sa.Column("maximum", sa.Double(), nullable=True),
        sa.Column("max_rate", sa.Double(), nullable=True),
        sa.Column("sentinels", JSONB(), nullable=False),
        sa.Column("rollover", sa.BigInteger(), nullable=True),
        sa.Column("poll_seconds", sa.Double(), nullable=False),
        sa.Column("deadband", sa.Double(), nullable=False),
        sa.Column("heartbeat_seconds", sa.Double(), nullable=False),
        sa.Column("invert", sa.Boolean(), nullable=False),
        sa.Column("alarm_bits", sa.Boolean(), nullable=False),
        sa.Column("alarms", JSONB(), nullable=False),
        sa.Column("states", JSONB(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("byte_order IN ('abcd', 'dcba', 'badc', 'cdab')", name=op.f("ck_tags_byte_order")),
        sa.CheckConstraint(
            "register_table IN ('coil', 'discrete_input', 'holding_register', 'input_register')",
            name=op.f("ck_tags_register_table"),
        ),
        sa.CheckConstraint(
            "role IN ('run', 'mode', 'alarm', 'emergency_stop', 'starved', 'blocked', 'speed', 'cycle', "
            "'count_good', 'count_scrap', 'count_total', 'sample')",
            name=op.f("ck_tags_role"),
        ),
        sa.CheckConstraint("string_bytes IN ('both', 'low', 'high')", name=op.f("ck_tags_string_bytes")),
        sa.CheckConstraint(
            "type IN ('bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', "
            "'float16', 'float32', 'float64', 'bcd16', 'bcd32', 'bits', 'string')",
            name=op.f("ck_tags_type"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "device_id"],
            ["devices.organization_id", "devices.id"],
            name=op.f("fk_tags_organization_id_device_id_devices"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_tags")),
    )
    op.create_index("ix_tags_device_id", "tags", ["organization_id", "device_id"], unique=False)
    op.create_index("ix_tags_machine_id", "tags", ["organization_id", "machine_id"], unique=False)
    for statement in audit_statements("agents", "token_hash"):
        op.execute(statement)
    for table in ("stations", "devices", "tags"):
        for statement in audit_statements(table):
            op.execute(statement)
    for statement in (*agent_statements(), *device_statements(), *tag_statements()):
        op.execute(statement)
    op.execute(RAISE_CONFIGURATION)
    for table, agents in (("stations", OF_STATION), ("devices", OF_DEVICE), ("tags", OF_TAG)):
        for statement in configuration_statements(table, agents):
            op.execute(statement)


def downgrade() -> None:
    op.execute("drop policy plant_read on agents")
    op.execute("drop function agent_plants")
    for table in TABLES:
        op.drop_table(table)
    for table in ("stations", "devices", "tags"):
        op.execute(f"drop function {table}_change_configuration")
    op.execute("drop function raise_configuration")
