"""Item patterns are part of what agents are told: a change of one is a change of every configuration."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OF_PATTERN = "select a.id from {rows} as changed join agents as a using (organization_id)"
"""Every station reads by the patterns of its organization."""
BEFORE, AFTER = (OF_PATTERN.format(rows=rows) for rows in ("rows_before", "rows_after"))
ROWS = {
    "insert": "new table as rows_after",
    "delete": "old table as rows_before",
    "update": "old table as rows_before new table as rows_after",
}
CHANGE_CONFIGURATION = f"""
    create function item_code_patterns_change_configuration() returns trigger language plpgsql as $$
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
WITH_PATTERNS = """
    select raise_configuration(array(
        select id from agents where organization_id in (select organization_id from item_code_patterns where is_active)
    ))
"""
"""Agents that have a configuration without the patterns there are ask for it again."""


def upgrade() -> None:
    op.execute(CHANGE_CONFIGURATION)
    for verb, rows in ROWS.items():
        op.execute(
            f"create trigger configuration_{verb} after {verb} on item_code_patterns referencing {rows} "
            "for each statement execute function item_code_patterns_change_configuration()"
        )
    op.execute(WITH_PATTERNS)


def downgrade() -> None:
    for verb in ROWS:
        op.execute(f"drop trigger configuration_{verb} on item_code_patterns")
    op.execute("drop function item_code_patterns_change_configuration")
