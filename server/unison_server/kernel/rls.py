"""Row level security as SQL statements, for migrations.

Policies name their role: FORCE without a policy for the owner would blind migrations and dumps. `set_config(…, true)`
leaves an empty string behind on a pooled connection, hence `nullif`. Each setting is read in a sub-select, so it is
evaluated once per statement and not once per row.
"""

from __future__ import annotations

from collections.abc import Iterator

OWNER, RUNTIME, SYSTEM = "unison_owner", "unison_runtime", "unison_system"

_ORGANIZATION = "organization_id = (select nullif(current_setting('app.organization_id', true), '')::uuid)"


def _within(setting: str, column: str) -> str:
    value = f"current_setting('app.{setting}', true)"
    return f"((select {value}) = '*' or {column} = any((select nullif(nullif({value}, ''), '*')::uuid[])::uuid[]))"


def tenant_statements(
    table: str,
    *,
    plant_column: str | None = None,
    warehouse_column: str | None = None,
    is_seen_everywhere: bool = False,
    append_only: bool = False,
) -> Iterator[str]:
    """Enable and force row level security on `table` and grant what the roles may do.

    Args:
        plant_column: column by which rows are also held to the plants the actor may read and write.
        warehouse_column: column by which they are held to the warehouses the actor may write; all are seen.
        is_seen_everywhere: rows of every plant are seen, and changed only where the actor may write.
        append_only: SELECT and INSERT alone.

    Of a partitioned table only the parent is granted: a partition read directly has no policy of its own.
    """
    yield f"alter table {table} enable row level security"
    yield f"alter table {table} force row level security"
    yield f"create policy tenant on {table} to {RUNTIME} using ({_ORGANIZATION}) with check ({_ORGANIZATION})"
    yield f"create policy all_rows on {table} to {OWNER} using (true) with check (true)"
    if plant_column:
        if not is_seen_everywhere:
            read = _within("read_plants", plant_column)
            yield f"create policy plant_read on {table} as restrictive for select to {RUNTIME} using ({read})"
        yield from _writing(table, "plant", _within("write_plants", plant_column))
    if warehouse_column:
        yield from _writing(table, "warehouse", _within("write_warehouses", warehouse_column))
    verbs = "select, insert" if append_only else "select, insert, update, delete"
    yield f"grant {verbs} on {table} to {RUNTIME}"
    yield f"grant select, insert, update, delete on {table} to {SYSTEM}"


def _writing(table: str, place: str, allowed: str) -> Iterator[str]:
    """Policies by which rows are added, changed and deleted only where it is allowed."""
    policy = f"create policy {place}_{{0}} on {table} as restrictive for {{0}} to {RUNTIME}"
    yield f"{policy.format('insert')} with check ({allowed})"
    yield f"{policy.format('update')} using ({allowed}) with check ({allowed})"
    yield f"{policy.format('delete')} using ({allowed})"
