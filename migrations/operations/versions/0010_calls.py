"""Calls for help from machines; a plant's time zone is part of what its agents are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OF_PLANT = """select s.agent_id from {rows} as changed join stations as s using (organization_id)
    where s.plant_id = changed.id"""
"""Which agents are concerned by changed plants."""
BEFORE, AFTER = (OF_PLANT.format(rows=rows) for rows in ("rows_before", "rows_after"))
ROWS = {
    "insert": "new table as rows_after",
    "delete": "old table as rows_before",
    "update": "old table as rows_before new table as rows_after",
}
CHANGE_CONFIGURATION = f"""
    create function plants_change_configuration() returns trigger language plpgsql as $$
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


def _moment(name: str, *, nullable: bool = True) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    tenant_table(
        "machine_calls",
        sa.Column("machine_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("called", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        _moment("called_at", nullable=False),
        _moment("answered_at"),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        _moment("arrived_at"),
        sa.Column("arrived_by", sa.Uuid(), nullable=True),
        _moment("done_at"),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        _moment("withdrawn_at"),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "called IN ('setter', 'maintenance', 'quality', 'logistics', 'unknown')",
            name=op.f("ck_machine_calls_called"),
        ),
        sa.CheckConstraint("answered_at >= called_at", name=op.f("ck_machine_calls_answered_after_call")),
        sa.CheckConstraint("arrived_at >= called_at", name=op.f("ck_machine_calls_arrived_after_call")),
        sa.CheckConstraint("done_at >= coalesce(arrived_at, called_at)", name=op.f("ck_machine_calls_done_last")),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR (withdrawn_at >= called_at AND arrived_at IS NULL AND done_at IS NULL)",
            name=op.f("ck_machine_calls_withdrawn_before_arrival"),
        ),
        sa.CheckConstraint(
            "(answered_by IS NULL OR answered_at IS NOT NULL) AND (arrived_by IS NULL OR arrived_at IS NOT NULL)"
            " AND (done_by IS NULL OR done_at IS NOT NULL)",
            name=op.f("ck_machine_calls_nobody_without_moment"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "machine_id"],
            ["machines.organization_id", "machines.id"],
            name=op.f("fk_machine_calls_organization_id_machine_id_machines"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_machine_calls")),
    )
    op.create_index("ix_machine_calls_called_at", "machine_calls", ["organization_id", "called_at", "id"], unique=False)
    op.create_index(
        "ix_machine_calls_open",
        "machine_calls",
        ["organization_id", "called_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND withdrawn_at IS NULL"),
    )
    for statement in audit_statements("machine_calls"):
        op.execute(statement)
    op.execute(CHANGE_CONFIGURATION)
    for verb, rows in ROWS.items():
        op.execute(
            f"create trigger configuration_{verb} after {verb} on plants referencing {rows} "
            "for each statement execute function plants_change_configuration()"
        )


def downgrade() -> None:
    op.drop_table("machine_calls")
    for verb in ("insert", "delete", "update"):
        op.execute(f"drop trigger configuration_{verb} on plants")
    op.execute("drop function plants_change_configuration")
