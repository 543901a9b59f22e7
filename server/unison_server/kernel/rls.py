"""Row level security as SQL statements, for migrations.

Policies name their role: FORCE without a policy for the owner would blind migrations and dumps. `set_config(…, true)`
leaves an empty string behind on a pooled connection, hence `nullif`. Each setting is read in a sub-select, so it is
evaluated once per statement and not once per row.
"""

from __future__ import annotations

from collections.abc import Iterator

OWNER, RUNTIME, SYSTEM = "unison_owner", "unison_runtime", "unison_system"

_ORGANIZATION = "organization_id = (select nullif(current_setting('app.organization_id', true), '')::uuid)"


def _plants(setting: str, column: str) -> str:
    value = f"current_setting('app.{setting}', true)"
    return f"((select {value}) = '*' or {column} = any((select nullif(nullif({value}, ''), '*')::uuid[])::uuid[]))"


def tenant_statements(table: str, *, plant_column: str | None = None, append_only: bool = False) -> Iterator[str]:
    """Enable and force row level security on `table` and grant what the roles may do.

    Args:
        plant_column: column by which rows are also held to the plants the actor may read and write.
        append_only: SELECT and INSERT alone.

    Of a partitioned table only the parent is granted: a partition read directly has no policy of its own.
    """
    yield f"alter table {table} enable row level security"
    yield f"alter table {table} force row level security"
    yield f"create policy tenant on {table} to {RUNTIME} using ({_ORGANIZATION}) with check ({_ORGANIZATION})"
    yield f"create policy all_rows on {table} to {OWNER} using (true) with check (true)"
    if plant_column:
        read, write = _plants("read_plants", plant_column), _plants("write_plants", plant_column)
        yield f"create policy plant_read on {table} as restrictive for select to {RUNTIME} using ({read})"
        yield f"create policy plant_insert on {table} as restrictive for insert to {RUNTIME} with check ({write})"
        yield (
            f"create policy plant_update on {table} as restrictive for update to {RUNTIME} "
            f"using ({write}) with check ({write})"
        )
        yield f"create policy plant_delete on {table} as restrictive for delete to {RUNTIME} using ({write})"
    verbs = "select, insert" if append_only else "select, insert, update, delete"
    yield f"grant {verbs} on {table} to {RUNTIME}"
    yield f"grant select, insert, update, delete on {table} to {SYSTEM}"
