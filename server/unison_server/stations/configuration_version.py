"""The triggers that make an agent's configuration version grow, for migrations.

They stand on every table an agent's configuration is made of, so no way of writing can forget it, and the version is
raised in the transaction of the change. They see every plant: a change concerns agents that its author does not see.
"""

from __future__ import annotations

from collections.abc import Iterator

from unison_server.stations.plant_policies import SEE_ALL_PLANTS, SEE_AS_BEFORE

_ROWS = {
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


def configuration_statements(table: str, agents: str) -> Iterator[str]:
    """Raise the version of all agents concerned, once per statement that changes `table`.

    Args:
        agents: select of the agents' ids from the changed `{rows}`; NULLs are passed over.
    """
    before, after = (agents.format(rows=rows) for rows in ("rows_before", "rows_after"))
    yield f"""
        create function {table}_change_configuration() returns trigger language plpgsql as $$
        declare
            seen text := current_setting('app.read_plants', true);
        begin
            {SEE_ALL_PLANTS};
            if tg_op = 'INSERT' then
                perform raise_configuration(array({after}));
            elsif tg_op = 'DELETE' then
                perform raise_configuration(array({before}));
            else
                perform raise_configuration(array({before} union {after}));
            end if;
            {SEE_AS_BEFORE};
            return null;
        end
        $$
    """
    for verb, rows in _ROWS.items():
        yield (
            f"create trigger configuration_{verb} after {verb} on {table} referencing {rows} "
            f"for each statement execute function {table}_change_configuration()"
        )
