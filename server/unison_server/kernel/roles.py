"""The three roles of the databases, as SQL for whoever may create them.

owner: owns every table, runs migrations, backup and restore. runtime: serves requests, held by row level security.
system: passes row level security, for the dispatcher and the listed jobs across organizations. The owner is never a
member of the system role: every function of its own would then pass row level security.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from unison_server.kernel.database import Database
from unison_server.kernel.rls import OWNER, RUNTIME, SYSTEM

ROLES = {
    OWNER: "createdb",  # restore builds the database anew beside the old one
    RUNTIME: "nobypassrls",
    SYSTEM: "bypassrls",
}
SEARCH_PATH = "public, jobs"


def create_roles(connection: psycopg.Connection, passwords: dict[str, str]) -> None:
    """Create or mend the roles; needs a superuser. `passwords` by role name."""
    present = {name for (name,) in connection.execute("select rolname from pg_roles")}
    for role, right in ROLES.items():
        statement = sql.SQL(
            "{verb} role {role} login nosuperuser nocreaterole noreplication {right} password {password}"
        )
        connection.execute(
            statement.format(
                verb=sql.SQL("alter" if role in present else "create"),
                role=sql.Identifier(role),
                right=sql.SQL(right),
                password=sql.Literal(passwords[role]),
            )
        )
        connection.execute(
            sql.SQL("alter role {} set search_path = {}").format(sql.Identifier(role), sql.SQL(SEARCH_PATH))
        )


def create_databases(connection: psycopg.Connection) -> None:
    """Create the databases that are missing; needs a superuser and autocommit."""
    present = {name for (name,) in connection.execute("select datname from pg_database")}
    for database in Database:
        if database.value not in present:
            create_database(connection, database.value)


def create_database(connection: psycopg.Connection, name: str, template: str = "template0") -> None:
    """A database of the owner that only our three roles may enter."""
    database = sql.Identifier(name)
    connection.execute(
        sql.SQL("create database {} owner {} template {}").format(
            database, sql.Identifier(OWNER), sql.Identifier(template)
        )
    )
    roles = sql.SQL(", ").join(map(sql.Identifier, ROLES))
    connection.execute(sql.SQL("revoke all on database {} from public").format(database))
    connection.execute(sql.SQL("grant connect, temporary on database {} to {}").format(database, roles))
