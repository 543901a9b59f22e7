"""Migrations of both databases, and what every migration is made of.

Alembic knows nothing of row level security, grants, types and partitions: the functions at the end are used inside the
migrations, with `kernel/rls.py`, so that a table is never there without its policies.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from alembic import command, context, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, pool, text

from unison_server.kernel.database import Database
from unison_server.kernel.jobs_schema import install as install_jobs
from unison_server.kernel.partitions import make_default_partition, make_months
from unison_server.kernel.revisions import current, folder, head, known
from unison_server.kernel.rls import tenant_statements


class NewerDatabaseError(Exception):
    """A database that a newer version of the program migrated; the text says what to do."""


class RowsInTheWayError(Exception):
    """A migration can't be taken back without losing rows; the text names them and says what to do."""


def upgrade(database: Database, owner_url: str, revision: str = "head") -> None:
    """Bring the database to `revision` as its owner, all steps in one transaction; two at once take turns.

    Raises:
        NewerDatabaseError: a newer version of the program migrated it.
    """
    with _connected(database, owner_url) as config:
        command.upgrade(config, revision)
        if database is Database.OPERATIONS:
            install_jobs(config.attributes["connection"])


class Migration(NamedTuple):
    """One that a database is at: its number, and what it says that it does."""

    number: str
    says: str


def last(database: Database, owner_url: str) -> Migration | None:
    """The migration that `downgrade` takes back; None where there is none."""
    engine = create_engine(owner_url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        number = current(connection)
    if number is None:
        return None
    script = ScriptDirectory(str(folder(database))).get_revision(number)
    return Migration(number, script.doc if script else "")


def downgrade(database: Database, owner_url: str, revision: str = "-1") -> None:
    """Take back the last migration, or all down to `revision`, in one transaction.

    Raises:
        RowsInTheWayError: rows that are there need what one of them made; nothing is taken back.
    """
    with _connected(database, owner_url) as config:
        command.downgrade(config, revision)


def run_environment(metadata: MetaData | None = None) -> None:
    """What `env.py` of each database does: run the steps on the connection handed over."""
    connection: Connection | None = context.config.attributes.get("connection")
    if connection is None:
        raise SystemExit("run migrations with `unison migrate`: it knows the databases and their owner")
    context.configure(connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=True)
    context.run_migrations()


@contextmanager
def _connected(database: Database, owner_url: str) -> Iterator[Config]:
    """A configuration bound to one transaction that nobody else migrates beside."""
    engine = create_engine(owner_url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtext('unison.migrate'))"))
        now = current(connection)
        if now and now not in known(database):
            raise NewerDatabaseError(
                f"{database} is at migration {now}, this version knows migrations up to {head(database)}: "
                "run the version of Unison that was here before, or a newer one"
            )
        config = _config(database)
        config.attributes["connection"] = connection
        yield config


def _config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder(database)).replace("%", "%%"))
    return config


# Used inside migrations.


def tenant_table(
    name: str,
    *columns: Any,
    plant_column: str | None = None,
    warehouse_column: str | None = None,
    is_seen_everywhere: bool = False,
    append_only: bool = False,
    **options: Any,
) -> None:
    """Create a table of the organizations' rows together with its policies and grants.

    Args:
        columns: what `op.create_table` takes; the primary key is `(organization_id, …)`.
        plant_column, warehouse_column, is_seen_everywhere, append_only: as in `rls.tenant_statements`.
        options: of `op.create_table`, e.g. `postgresql_partition_by="range (at)"`.
    """
    op.create_table(name, *columns, **options)
    policies = tenant_statements(
        name,
        plant_column=plant_column,
        warehouse_column=warehouse_column,
        is_seen_everywhere=is_seen_everywhere,
        append_only=append_only,
    )
    for statement in policies:
        op.execute(statement)


def create_uuid_range() -> None:
    """The range type that lets `EXCLUDE USING gist` compare ids without an extension."""
    op.execute("create type uuid_range as range (subtype = uuid)")


def partition_by_month(table: str, ahead: int = 2) -> None:
    """Give a table partitioned by range of a timestamp its DEFAULT partition, this month's and `ahead` more."""
    make_default_partition(op.get_bind(), table)
    make_months(op.get_bind(), table, datetime.now(UTC).date(), ahead)


def refuse_while_there_are(rows: str, told: str) -> None:
    """Take a migration back only where nothing needs what it made.

    Args:
        rows: select of the names of what does. told: what they are and what to do about them.

    Raises:
        RowsInTheWayError: there are some.
    """
    if names := op.get_bind().execute(text(rows)).scalars().all():
        raise RowsInTheWayError(f"in the way are {told}: {', '.join(names)}")
