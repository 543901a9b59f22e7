"""Monthly partitions of tables that only grow, made ahead of time.

The DEFAULT partition catches what no month is there for, so a forgotten month never fails a write; its rows move when
the month is made. Partitions are granted to nobody: read directly, they have no policy.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text


def make_default_partition(connection: Connection, table: str) -> None:
    """The partition for rows of no month that is there."""
    connection.execute(text(f"create table if not exists {table}_default partition of {table} default"))


def make_months(connection: Connection, table: str, first: date, ahead: int) -> list[str]:
    """Make the partitions of the month of `first` and `ahead` more, as owner; returns the names of new ones."""
    present = set(partitions(connection, table))
    made = []
    month = first.replace(day=1)
    for _ in range(ahead + 1):
        following = next_month(month)
        name = partition_name(table, month)
        if name not in present:
            _make_month(connection, table, name, month, following)
            made.append(name)
        month = following
    return made


def drop_months(connection: Connection, table: str, before: date) -> list[str]:
    """Drop the partitions of months before the one of `before`, as owner; returns their names.

    Waits two seconds at most for who reads the table, as everybody else would wait behind it.

    Raises:
        OperationalError: it is still being read, by a backup for example.
    """
    first = partition_name(table, before)
    old = [name for name in partitions(connection, table) if name < first and name != f"{table}_default"]
    connection.execute(text("set local lock_timeout = '2s'"))
    for name in old:
        connection.execute(text(f"drop table {name}"))
    return old


def partitions(connection: Connection, table: str) -> list[str]:
    """Names of the table's partitions."""
    found = connection.execute(
        text("select inhrelid::regclass::text from pg_inherits where inhparent = cast(:table as regclass) order by 1"),
        {"table": table},
    )
    return list(found.scalars())


def partitioned_by_time(connection: Connection) -> list[str]:
    """Names of the tables partitioned by range, which are those partitioned by month."""
    found = connection.execute(
        text("select partrelid::regclass::text from pg_partitioned_table where partstrat = 'r' order by 1")
    )
    return list(found.scalars())


def partition_name(table: str, month: date) -> str:
    """E.g. `events_2026_11`: names sort as months do."""
    return f"{table}_{month:%Y_%m}"


def next_month(month: date) -> date:
    """First day of the month after the one of `month`."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _make_month(connection: Connection, table: str, name: str, start: date, end: date) -> None:
    """Make it beside the table, move what the DEFAULT partition caught, then attach: readers are not locked out."""
    column = connection.execute(
        text(
            "select attname from pg_partitioned_table join pg_attribute on attrelid = partrelid"
            " and attnum = partattrs[0] where partrelid = cast(:table as regclass)"
        ),
        {"table": table},
    ).scalar_one()
    span = f"'{start} 00:00:00+00' and {column} < '{end} 00:00:00+00'"
    connection.execute(text(f"create table {name} (like {table} including all)"))
    caught = f"delete from {table}_default where {column} >= {span} returning *"  # noqa: S608 - names of the catalogue
    connection.execute(text(f"with caught as ({caught}) insert into {name} select * from caught"))  # noqa: S608
    connection.execute(
        text(
            f"alter table {table} attach partition {name}"
            f" for values from ('{start} 00:00:00+00') to ('{end} 00:00:00+00')"
        )
    )
