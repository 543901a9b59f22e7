"""Which migration a database is at and which one this program needs.

Without Alembic: a start on a database that needs nothing would spend a tenth of its time on importing it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, create_engine, pool, text

from unison_server.kernel import jobs_schema
from unison_server.kernel.database import Database
from unison_server.kernel.settings import clone_root


def folder(database: Database) -> Path:
    """Where the migrations are: installed, inside the package; in a clone, at its root."""
    installed = Path(__file__).resolve().parents[1] / "migrations"
    root = clone_root()
    return (root / "migrations" if root else installed) / database


def known(database: Database) -> list[str]:
    """Revisions this version of the program has, oldest first: the numbers that its migrations' files begin with."""
    found = sorted(path.name.partition("_")[0] for path in (folder(database) / "versions").glob("[0-9]*_*.py"))
    if not found:
        raise LookupError(f"{folder(database)} holds no migration")
    return found


def head(database: Database) -> str:
    """The revision this version of the program needs."""
    return known(database)[-1]


def current(connection: Connection) -> str | None:
    """The revision a database is at (as owner); None when it is empty."""
    if connection.execute(text("select to_regclass('alembic_version')")).scalar() is None:
        return None
    found = connection.execute(text("select version_num from alembic_version")).scalar()
    return None if found is None else str(found)


def is_up_to_date(database: Database, owner_url: str) -> bool:
    """Whether the database has every migration of this program, and the installed version of the queue."""
    engine = create_engine(owner_url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        if current(connection) != head(database):
            return False
        return database is not Database.OPERATIONS or jobs_schema.is_installed(connection)
