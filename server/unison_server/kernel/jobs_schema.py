"""The tables of the queue: procrastinate's own schema in the schema `jobs` of operations.

Its statements come with the installed version, new ones with each release; which were applied is kept beside them.
"""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable

import psycopg
from sqlalchemy import Connection, text

from unison_server.kernel.rls import RUNTIME, SYSTEM

SCHEMA = "jobs"
_SQL = resources.files("procrastinate") / "sql"


def install(connection: Connection) -> None:
    """Create the queue's tables, or bring them to the installed version; as owner, within the caller's transaction."""
    connection.execute(text(f"create schema if not exists {SCHEMA}"))
    connection.execute(text(f"set local search_path = {SCHEMA}"))
    fresh = connection.execute(text("select to_regclass('applied') is null")).scalar_one()
    steps = _steps()
    if fresh:
        connection.execute(text("create table applied (step text primary key)"))
        _run(connection, (_SQL / "schema.sql").read_text("utf-8"))
    applied = set(connection.execute(text("select step from applied")).scalars())
    for step in sorted(steps.keys() - applied):
        if not fresh:
            _run(connection, steps[step].read_text("utf-8"))
        connection.execute(text("insert into applied values (:step)"), {"step": step})
    for statement in _grants():
        connection.execute(text(statement))
    connection.execute(text("set local search_path to default"))


def is_installed(connection: Connection) -> bool:
    """Whether the queue's tables are those of the installed version (as owner)."""
    if connection.execute(text(f"select to_regclass('{SCHEMA}.applied')")).scalar() is None:
        return False
    applied = set(connection.execute(text(f"select step from {SCHEMA}.applied")).scalars())  # noqa: S608 - a constant
    return applied >= _steps().keys()


def _steps() -> dict[str, Traversable]:
    return {step.name: step for step in (_SQL / "migrations").iterdir() if step.name.endswith(".sql")}


def _grants() -> list[str]:
    """Requests may add a job and see nothing of others'; workers and sweeper do the rest."""
    return [
        f"grant usage on schema {SCHEMA} to {RUNTIME}, {SYSTEM}",
        f"grant usage on all sequences in schema {SCHEMA} to {RUNTIME}, {SYSTEM}",
        f"grant insert, select (id) on procrastinate_jobs to {RUNTIME}",
        f"grant insert on procrastinate_events to {RUNTIME}",
        f"grant select, insert, update, delete on all tables in schema {SCHEMA} to {SYSTEM}",
        f"revoke all on applied from {SYSTEM}",
    ]


def _run(connection: Connection, statements: str) -> None:
    # Several statements at once, with percent signs: only the driver takes them as they are.
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"procrastinate needs psycopg, not {driver!r}")
    driver.execute(statements.encode())
