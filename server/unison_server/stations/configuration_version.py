"""The triggers that make an agent's configuration version grow, for migrations.

They stand on every table an agent's configuration is made of, so no way of writing can forget it, and the version is
raised in the transaction of the change.
"""

from __future__ import annotations

from collections.abc import Iterator

_ROWS = {
    "insert": "new table as rows_after",
    "delete": "old table as rows_before",
    "update": "old table as rows_before new table as rows_after",
}


def configuration_statements(table: str, agents: str) -> Iterator[str]:
    """Raise the version of all agents concerned, once per statement that changes `table`.

    Args:
        agents: select of the agents' ids from the changed `{rows}`; NULLs are passed over.
    """
    before, after = (agents.format(rows=rows) for rows in ("rows_before", "rows_after"))
    yield f"""
        create function {table}_change_configuration() returns trigger language plpgsql as $$
        begin
            if tg_op = 'INSERT' then
                perform raise_configuration(array({after}));
            elsif tg_op = 'DELETE' then
                perform raise_configuration(array({before}));
            else
                perform raise_configuration(array({before} union {after}));
            end if;
            return null;
        end
        $$
    """
    for verb, rows in _ROWS.items():
        yield (
            f"create trigger configuration_{verb} after {verb} on {table} referencing {rows} "
            f"for each statement execute function {table}_change_configuration()"
        )
