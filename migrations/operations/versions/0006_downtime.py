"""Reasons of stops, people's words about them, and the transitions they are rebuilt from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from unison_server.kernel.audit import audit_statements
from unison_server.kernel.migrate import tenant_table

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = (
    "downtime_changes",
    "downtime_causes",
    "alarm_reasons",
    "downtime_reasons",
    "machine_transition_details",
    "machine_transitions",
)
STATES = (
    "'running', 'no_output', 'stopped', 'starved', 'blocked', 'setup', 'cleaning', 'maintenance', 'manual', 'fault', "
    "'emergency_stop', 'unknown'"
)

OF_REASON = "select a.id from {rows} as changed join agents as a using (organization_id)"
"""Every agent offers the reasons of its organization."""
BEFORE, AFTER = (OF_REASON.format(rows=rows) for rows in ("rows_before", "rows_after"))
ROWS = {
    "insert": "new table as rows_after",
    "delete": "old table as rows_before",
    "update": "old table as rows_before new table as rows_after",
}
CHANGE_CONFIGURATION = f"""
    create function downtime_reasons_change_configuration() returns trigger language plpgsql as $$
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

HEARD_SO_FAR = """
    insert into machine_transitions (organization_id, id, machine_id, position, source, state, started_at, reason,
        alarms, note, agent_id, created_by, created_at)
    select s.organization_id, s.id, s.machine_id, row_number() over (
            partition by s.organization_id, s.machine_id
            order by coalesce(word.started_at, s.started_at), s.source = 'person', s.started_at, s.ended_at,
                s.created_at
        ), s.source, s.state, s.started_at, s.reason, s.alarms, s.note, s.agent_id, s.created_by, s.created_at
    from machine_states as s
    left join machine_states as word on word.organization_id = s.organization_id and word.machine_id = s.machine_id
        and word.source = 'person' and s.source = 'signal' and s.ended_at = s.started_at
        and word.started_at <= s.started_at and s.started_at < coalesce(word.ended_at, 'infinity')
"""
"""What a word covered comes before the word, so that it does not end it."""
TILE = """
    update machine_states as s set ended_at = chain.next
    from (
        select organization_id, id, lead(started_at) over (
            partition by organization_id, machine_id order by started_at
        ) as next
        from machine_states
    ) as chain
    where chain.organization_id = s.organization_id and chain.id = s.id and s.ended_at is distinct from chain.next
"""


def upgrade() -> None:
    _transitions()
    _chain_states()
    _reasons()
    _causes()
    for table in ("downtime_reasons", "alarm_reasons", "downtime_causes"):
        for statement in audit_statements(table):
            op.execute(statement)
    op.execute(CHANGE_CONFIGURATION)
    for verb, rows in ROWS.items():
        op.execute(
            f"create trigger configuration_{verb} after {verb} on downtime_reasons referencing {rows} "
            "for each statement execute function downtime_reasons_change_configuration()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("drop function downtime_reasons_change_configuration")
    op.drop_index("ix_machine_states_stops", "machine_states")
    op.drop_constraint("fk_machine_states_next", "machine_states", type_="foreignkey")
    for name in ("uq_machine_states_start", "uq_machine_states_end"):
        op.drop_constraint(name, "machine_states", type_="unique")
    op.drop_constraint(op.f("ck_machine_states_ends_after_start"), "machine_states", type_="check")
    op.create_check_constraint(op.f("ck_machine_states_ends_after_start"), "machine_states", "ended_at >= started_at")
    op.create_index(
        "ix_machine_states_started_at", "machine_states", ["organization_id", "machine_id", "started_at"], unique=False
    )
    op.execute(
        """
        alter table machine_states add constraint ex_machine_states_no_overlap exclude using gist (
            uuid_range(organization_id, organization_id, '[]') with &&,
            uuid_range(machine_id, machine_id, '[]') with &&,
            tstzrange(started_at, ended_at) with &&)
        """
    )


def _transitions() -> None:
    tenant_table(
        "machine_transitions",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("machine_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("alarms", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("source IN ('signal', 'person', 'unknown')", name=op.f("ck_machine_transitions_source")),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_machine_transitions_state")),
        _reference("machine_transitions", "machine_id", "machines"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_machine_transitions")),
        sa.UniqueConstraint("organization_id", "machine_id", "position", name="uq_machine_transitions_position"),
        append_only=True,
    )
    op.create_index(
        "ix_machine_transitions_started_at", "machine_transitions", ["organization_id", "machine_id", "started_at"]
    )
    tenant_table(
        "machine_transition_details",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("machine_id", sa.Uuid(), nullable=False),
        sa.Column("transition_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("alarms", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _reference("machine_transition_details", "transition_id", "machine_transitions"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_machine_transition_details")),
        sa.UniqueConstraint("organization_id", "machine_id", "position", name="uq_machine_transition_details_position"),
        append_only=True,
    )
    op.execute(HEARD_SO_FAR)


def _chain_states() -> None:
    """From ranges that exclude each other to a chain."""
    op.execute("delete from machine_states where ended_at = started_at")
    op.drop_constraint("ex_machine_states_no_overlap", "machine_states")
    op.execute(TILE)
    op.drop_index("ix_machine_states_started_at", "machine_states")
    op.drop_constraint(op.f("ck_machine_states_ends_after_start"), "machine_states", type_="check")
    op.create_check_constraint(op.f("ck_machine_states_ends_after_start"), "machine_states", "ended_at > started_at")
    op.create_unique_constraint(
        "uq_machine_states_start", "machine_states", ["organization_id", "machine_id", "started_at"]
    )
    op.create_unique_constraint(
        "uq_machine_states_end",
        "machine_states",
        ["organization_id", "ended_at", "machine_id"],
        postgresql_nulls_not_distinct=True,
    )
    op.create_foreign_key(
        "fk_machine_states_next",
        "machine_states",
        "machine_states",
        ["organization_id", "machine_id", "ended_at"],
        ["organization_id", "machine_id", "started_at"],
    )
    op.create_index(
        "ix_machine_states_stops",
        "machine_states",
        ["organization_id", "started_at"],
        postgresql_where=sa.text("state not in ('running', 'no_output', 'unknown')"),
    )


def _reasons() -> None:
    tenant_table(
        "downtime_reasons",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("parent_number", sa.Integer(), nullable=True),
        sa.Column("machine_types", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        *_master_columns(),
        sa.CheckConstraint("number between 100 and 999", name=op.f("ck_downtime_reasons_number")),
        sa.CheckConstraint(
            "(parent_id is null) = (parent_number is null) and parent_number < number "
            "and parent_number / 100 = number / 100",
            name=op.f("ck_downtime_reasons_parent"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_downtime_reasons")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_downtime_reasons_organization_id_number")),
        sa.UniqueConstraint("organization_id", "id", "number", name="uq_downtime_reasons_id_number"),
        sa.ForeignKeyConstraint(
            ["organization_id", "parent_id", "parent_number"],
            ["downtime_reasons.organization_id", "downtime_reasons.id", "downtime_reasons.number"],
            name="fk_downtime_reasons_parent",
        ),
    )
    tenant_table(
        "alarm_reasons",
        sa.Column("alarm", sa.Text(), nullable=False),
        sa.Column("downtime_reason_id", sa.Uuid(), nullable=False),
        sa.Column("machine_type", sa.Text(), nullable=True),
        sa.Column("machine_id", sa.Uuid(), nullable=True),
        *_master_columns(),
        sa.CheckConstraint("machine_type is null or machine_id is null", name=op.f("ck_alarm_reasons_one_scope")),
        _reference("alarm_reasons", "downtime_reason_id", "downtime_reasons"),
        _reference("alarm_reasons", "machine_id", "machines"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_alarm_reasons")),
        sa.UniqueConstraint(
            "organization_id",
            "alarm",
            "machine_type",
            "machine_id",
            name="uq_alarm_reasons_scope",
            postgresql_nulls_not_distinct=True,
        ),
    )


def _causes() -> None:
    tenant_table(
        "downtime_causes",
        sa.Column("machine_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("downtime_reason_id", sa.Uuid(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("resolution_notes", sa.Text(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=True),
        sa.Column("said_by_name", sa.Text(), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ended_at > started_at", name=op.f("ck_downtime_causes_ends_after_start")),
        ExcludeConstraint(
            (sa.text("uuid_range(organization_id, organization_id, '[]')"), "&&"),
            (sa.text("uuid_range(machine_id, machine_id, '[]')"), "&&"),
            (sa.text("tstzrange(started_at, ended_at)"), "&&"),
            using="gist",
            name="ex_downtime_causes_no_overlap",
        ),
        _reference("downtime_causes", "machine_id", "machines"),
        _reference("downtime_causes", "downtime_reason_id", "downtime_reasons"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_downtime_causes")),
    )
    op.create_index("ix_downtime_causes_started_at", "downtime_causes", ["organization_id", "machine_id", "started_at"])
    tenant_table(
        "downtime_changes",
        sa.Column("machine_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("downtime_reason_id", sa.Uuid(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=True),
        sa.Column("said_by_name", sa.Text(), nullable=True),
        sa.Column("is_effective", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("undoes", sa.Uuid(), nullable=True),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('entered', 'assigned', 'split', 'merged', 'annotated', 'undone', 'stated', 'unknown')",
            name=op.f("ck_downtime_changes_kind"),
        ),
        _reference("downtime_changes", "machine_id", "machines"),
        _reference("downtime_changes", "downtime_reason_id", "downtime_reasons"),
        _reference("downtime_changes", "undoes", "downtime_changes"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_downtime_changes")),
        sa.UniqueConstraint("organization_id", "machine_id", "number", name="uq_downtime_changes_number"),
        sa.UniqueConstraint("organization_id", "undoes", name=op.f("uq_downtime_changes_organization_id_undoes")),
        append_only=True,
    )


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        [f"{target}.organization_id", f"{target}.id"],
        name=op.f(f"fk_{table}_organization_id_{column}_{target}"),
    )


def _master_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
