"""Agents, stations, devices and tags, and what arrives from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table
from unison_server.kernel.rls import RUNTIME

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
ROWS = {
    "insert": "new table as rows_after",
    "delete": "old table as rows_before",
    "update": "old table as rows_before new table as rows_after",
}

RAISE_CONFIGURATION = """
    create function raise_configuration(agents_concerned uuid[]) returns void language sql as $$
        update agents set configuration_version =
            greatest(configuration_version + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)
        where id = any(agents_concerned)
    $$
"""
"""A version is the millisecond (Unix) it was made in: after a restore none names again what agents got before it."""

AGENT_PLANTS = """
    create function agent_plants(agent uuid) returns table (plant_id uuid, code text) language plpgsql as $$
    declare
        seen text := current_setting('app.read_plants', true);
    begin
        perform set_config('app.read_plants', '*', true);
        return query select distinct p.id, p.code::text from stations as s
            join plants as p on p.organization_id = s.organization_id and p.id = s.plant_id where s.agent_id = agent;
        perform set_config('app.read_plants', coalesce(seen, ''), true);
    end
    $$
"""
"""All plants an agent serves, those the caller may not read too: whoever changes an agent changes it for them all.

The setting lets a function see them; other organizations stay out of reach, as they would not with SECURITY DEFINER,
and an error rolls the setting back.
"""

ALL = "(select current_setting('app.{}', true)) = '*'"
WRITABLE = (
    "s.plant_id = any((select nullif(nullif(current_setting('app.write_plants', true), ''), '*')::uuid[])::uuid[])"
)
STATION_OF_DEVICE = "from stations as s where s.organization_id = devices.organization_id and s.id = devices.station_id"
DEVICE_OF_TAG = "from devices as d where d.organization_id = tags.organization_id and d.id = tags.device_id"
STATION_OF_TAG = (
    "from devices as d join stations as s on s.organization_id = d.organization_id and s.id = d.station_id "
    "where d.organization_id = tags.organization_id and d.id = tags.device_id"
)
VISIBLE_AGENT = f"""{ALL.format("read_plants")}
    or exists (select from stations as s where s.organization_id = agents.organization_id and s.agent_id = agents.id)
    or (created_by = (select nullif(current_setting('app.actor_id', true), '')::uuid)
        and not exists (select from agent_plants(agents.id)))"""  # noqa: S608 - constants
"""An agent is seen by who reads a plant of its stations; one without stations, of few plants, by who made it."""


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
    op.execute(AGENT_PLANTS)
    op.execute(f"create policy plant_read on agents as restrictive for select to {RUNTIME} using ({VISIBLE_AGENT})")
    _hold_to_plants("devices", STATION_OF_DEVICE, f"{STATION_OF_DEVICE} and {WRITABLE}")
    _hold_to_plants("tags", DEVICE_OF_TAG, f"{STATION_OF_TAG} and {WRITABLE}")
    op.execute(RAISE_CONFIGURATION)
    for table, agents in (("stations", OF_STATION), ("devices", OF_DEVICE), ("tags", OF_TAG)):
        _change_configuration(table, agents.format(rows="rows_before"), agents.format(rows="rows_after"))


def _hold_to_plants(table: str, visible: str, writable: str) -> None:
    """Rows without a plant of their own; what is visible is left to the policies of the tables that are looked up.

    Updates are held by their check alone: a lock to find out who may write would find no row.
    """
    policy = f"on {table} as restrictive for"
    read = f"{ALL.format('read_plants')} or exists (select {visible})"
    write = f"{ALL.format('write_plants')} or exists (select {writable})"
    op.execute(f"create policy plant_read {policy} select to {RUNTIME} using ({read})")
    op.execute(f"create policy plant_insert {policy} insert to {RUNTIME} with check ({write})")
    op.execute(f"create policy plant_update {policy} update to {RUNTIME} using (true) with check ({write})")
    op.execute(f"create policy plant_delete {policy} delete to {RUNTIME} using ({write})")


def _change_configuration(table: str, before: str, after: str) -> None:
    """Raise the version of all agents concerned, once per statement that changes `table`, in plants nobody sees too."""
    op.execute(f"""
        create function {table}_change_configuration() returns trigger language plpgsql as $$
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
            f"create trigger configuration_{verb} after {verb} on {table} referencing {rows} "
            f"for each statement execute function {table}_change_configuration()"
        )


def downgrade() -> None:
    op.execute("drop policy plant_read on agents")
    op.execute("drop function agent_plants")
    for table in TABLES:
        op.drop_table(table)
    for table in ("stations", "devices", "tags"):
        op.execute(f"drop function {table}_change_configuration")
    op.execute("drop function raise_configuration")
