"""Migrations build what the tables say, can be taken back, and two at once take turns."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.orm import DeclarativeBase
from unison_server.kernel import migrate, revisions
from unison_server.kernel.backup import run_program
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id
from unison_server.kernel.orm import Identity, Operations
from unison_server.kernel.postgres.binaries import find_binaries

from tests.server.conftest import Scratch
from tests.server.kernel.rows import Row, import_tables, one_row

import_tables()
BASES: dict[Database, type[DeclarativeBase]] = {Database.IDENTITY: Identity, Database.OPERATIONS: Operations}
COLUMNS = """
    select table_name, column_name, data_type, udt_name, character_maximum_length, numeric_precision, numeric_scale,
           is_nullable, column_default, collation_name
    from information_schema.columns
    where table_schema = 'public' and table_name in (select relname from pg_class where not relispartition)
"""
CONSTRAINTS = """
    select conrelid::regclass::text, conname, replace(pg_get_constraintdef(pg_constraint.oid), ' NOT VALID', '')
    from pg_constraint join pg_class on pg_class.oid = conrelid
    where connamespace = 'public'::regnamespace and not relispartition and contype not in ('n', 't')
"""
INDEXES = """
    select indrelid::regclass::text, replace(pg_get_indexdef(indexrelid), ' ONLY ', ' ')
    from pg_index join pg_class on pg_class.oid = indrelid
    where relnamespace = 'public'::regnamespace and not relispartition
"""


def shape(connection: Connection) -> set[tuple[object, ...]]:
    """Columns, constraints and indexes of all tables but Alembic's own."""
    rows = {tuple(row) for query in (COLUMNS, CONSTRAINTS, INDEXES) for row in connection.execute(text(query))}
    return {row for row in rows if row[0] != "alembic_version"}


def dump(url: str) -> str:
    """The whole schema as SQL, without what differs from dump to dump."""
    printed = run_program(find_binaries("", None).folder / "pg_dump", make_url(url), "--schema-only")
    return re.sub(r"(?m)^\\(un)?restrict .*\n", "", printed)


@pytest.mark.parametrize("database", Database)
def test_migrations_build_what_the_tables_say(database: Database, scratch: Callable[[], Scratch]) -> None:
    migrated, declared = scratch().owner_url, scratch().owner_url
    migrate.upgrade(database, migrated)
    engine = create_engine(declared)
    with engine.begin() as connection:
        if database is Database.OPERATIONS:
            connection.execute(text("create type uuid_range as range (subtype = uuid)"))
        BASES[database].metadata.create_all(connection)
    engine.dispose()
    shapes = []
    for url in (migrated, declared):
        engine = create_engine(url)
        with engine.connect() as connection:
            shapes.append(shape(connection))
        engine.dispose()
    assert sorted(map(str, shapes[0] - shapes[1])) == sorted(map(str, shapes[1] - shapes[0]))


@pytest.mark.parametrize("database", Database)
def test_the_last_migration_can_be_taken_back_and_made_again(
    database: Database, migrated: Callable[[Database], Scratch]
) -> None:
    url = migrated(database).owner_url
    before = dump(url)
    migrate.downgrade(database, url)
    assert not revisions.is_up_to_date(database, url)
    migrate.upgrade(database, url)
    assert dump(url) == before


@pytest.mark.parametrize("database", Database)
def test_all_migrations_can_be_taken_back(database: Database, migrated: Callable[[Database], Scratch]) -> None:
    url = migrated(database).owner_url
    migrate.downgrade(database, url, "base")
    engine = create_engine(url)
    with engine.connect() as connection:
        assert {row[0] for row in connection.execute(text(COLUMNS))} == {"alembic_version"}
        assert revisions.current(connection) is None
    engine.dispose()


def test_devices_on_serial_lines_are_named_before_their_place_is_taken_away(
    migrated: Callable[[Database], Scratch],
) -> None:
    url = migrated(Database.OPERATIONS).owner_url
    organization, made = new_id(), dict[str, Row]()
    engine = create_engine(url)
    with engine.begin() as connection:
        for name in ("plants", "stations", "devices"):
            table = Operations.metadata.tables[name]
            made[name] = one_row(table, organization, made)
            connection.execute(table.insert(), made[name])
        connection.execute(text("update devices set driver = 'modbus_rtu_tcp', name = 'Line 4 meter'"))
    with pytest.raises(migrate.RowsInTheWayError, match=r"give each the driver modbus_tcp .*: Line 4 meter$"):
        migrate.downgrade(Database.OPERATIONS, url, "0006")
    with engine.begin() as connection:
        assert revisions.current(connection) == revisions.head(Database.OPERATIONS)
        connection.execute(text("update devices set driver = 'modbus_tcp'"))
    migrate.downgrade(Database.OPERATIONS, url, "0006")
    engine.dispose()


def test_two_at_once_take_turns(scratch: Callable[[], Scratch]) -> None:
    url = scratch().owner_url
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: migrate.upgrade(Database.OPERATIONS, url), range(2)))
    engine = create_engine(url)
    with engine.connect() as connection:
        assert revisions.current(connection) == revisions.head(Database.OPERATIONS)
    engine.dispose()


@pytest.mark.parametrize("database", Database)
def test_there_is_one_history_and_the_files_are_named_by_it(database: Database) -> None:
    scripts = ScriptDirectory(str(revisions.folder(database)))
    assert scripts.get_heads() == [revisions.head(database)]
    assert [script.revision for script in scripts.walk_revisions()] == revisions.known(database)[::-1]


@pytest.mark.parametrize("database", Database)
def test_it_is_known_whether_a_database_needs_anything(database: Database, scratch: Callable[[], Scratch]) -> None:
    url = scratch().owner_url
    assert not revisions.is_up_to_date(database, url)
    migrate.upgrade(database, url)
    assert revisions.is_up_to_date(database, url)
    migrate.downgrade(database, url)
    assert not revisions.is_up_to_date(database, url)


def test_a_new_version_of_the_queue_is_noticed(
    migrated: Callable[[Database], Scratch],
) -> None:
    url = migrated(Database.OPERATIONS).owner_url
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("delete from jobs.applied where step = (select max(step) from jobs.applied)"))
    assert not revisions.is_up_to_date(Database.OPERATIONS, url)
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused(
    migrated: Callable[[Database], Scratch],
) -> None:
    url = migrated(Database.IDENTITY).owner_url
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    with pytest.raises(migrate.NewerDatabaseError, match="identity is at migration 9999"):
        migrate.upgrade(Database.IDENTITY, url)
