"""Two organizations with a row in every table: neither sees, changes, deletes or refers to a row of the other.

Generated from the tables: a new one is tried without anybody thinking of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.keys import new_id
from unison_server.kernel.orm import Identity, Operations
from unison_server.kernel.scope import Reach, Scope

from tests.server.kernel.catalogue import WITHOUT_ORGANIZATION
from tests.server.kernel.rows import Row, import_tables, one_row, referring

import_tables()
BASES: dict[Database, type[DeclarativeBase]] = {Database.IDENTITY: Identity, Database.OPERATIONS: Operations}
TABLES = [
    pytest.param(database, table, id=f"{database}.{table.name}")
    for database, base in BASES.items()
    for table in base.metadata.sorted_tables
    if table.name not in WITHOUT_ORGANIZATION
]
NOT_ALLOWED, NO_SUCH_ROW = "42501", "23503"
"""SQLSTATE of a missing right or a policy's refusal, and of a broken foreign key."""


@dataclass(frozen=True)
class Two:
    """Our organization, another one, and the row each has in every table."""

    ours: UUID
    theirs: UUID
    rows: dict[tuple[Database, UUID], dict[str, Row]]

    def row(self, database: Database, organization: UUID, table: sa.Table) -> Row:
        return self.rows[database, organization][table.name]


@pytest.fixture(scope="module")
def two(system_databases: Databases) -> Two:
    two = Two(new_id(), new_id(), {})
    for database, base in BASES.items():
        for organization in (two.ours, two.theirs):
            made = two.rows[database, organization] = {}
            with system_databases.session(database, Scope(organization)) as session:
                for table in base.metadata.sorted_tables:
                    if table.name == "organizations":
                        made[table.name] = {"id": organization, "code": organization.hex, "name": "One of two"}
                        session.execute(sa.insert(table).values(made[table.name]))
                    elif table.name not in WITHOUT_ORGANIZATION:
                        made[table.name] = one_row(table, organization, made)
                        session.execute(sa.insert(table).values(made[table.name]))
    return two


@pytest.fixture
def us(databases: Databases, two: Two, request: pytest.FixtureRequest) -> Iterator[TenantSession]:
    """Our session in the database of the test, as the runtime role."""
    database: Database = request.getfixturevalue("database")
    with TenantSession(databases.engine_for(database), Scope(two.ours)) as session:
        yield session


def is_row(table: sa.Table, row: Row) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == row[column.name] for column in table.primary_key))


def refusal(session: TenantSession, statement: sa.Insert | sa.Update | sa.Delete) -> str | int:
    """SQLSTATE of the refusal, or how many rows were changed."""
    try:
        with session.begin_nested():
            changed: int = session.execute(statement).rowcount  # type: ignore[attr-defined]  # a CursorResult
            return changed
    except DBAPIError as error:
        return str(getattr(error.orig, "sqlstate", error))


@pytest.mark.parametrize(("database", "table"), TABLES)
class TestEveryTable:
    def test_we_see_our_row_and_none_of_theirs(
        self, two: Two, us: TenantSession, database: Database, table: sa.Table
    ) -> None:
        seen = set(us.scalars(sa.select(table.c.organization_id)))
        assert seen == {two.ours}
        assert us.execute(sa.select(table).where(is_row(table, two.row(database, two.theirs, table)))).first() is None

    def test_we_change_and_delete_none_of_theirs(
        self, two: Two, us: TenantSession, database: Database, table: sa.Table
    ) -> None:
        theirs = is_row(table, two.row(database, two.theirs, table))
        unchanged = {"organization_id": table.c.organization_id}
        assert refusal(us, sa.update(table).where(theirs).values(unchanged)) in (0, NOT_ALLOWED)
        assert refusal(us, sa.delete(table).where(theirs)) in (0, NOT_ALLOWED)

    def test_we_add_no_row_of_theirs(self, two: Two, us: TenantSession, database: Database, table: sa.Table) -> None:
        row = one_row(table, two.theirs, two.rows[database, two.theirs])
        assert refusal(us, sa.insert(table).values(row)) == NOT_ALLOWED

    def test_we_give_no_row_of_ours_away(
        self, two: Two, us: TenantSession, database: Database, table: sa.Table
    ) -> None:
        ours = is_row(table, two.row(database, two.ours, table))
        given = sa.update(table).where(ours).values(organization_id=two.theirs)
        assert refusal(us, given) == NOT_ALLOWED

    def test_no_reference_leads_to_their_rows(
        self, two: Two, system_databases: Databases, database: Database, table: sa.Table
    ) -> None:
        # As the system role, which no policy holds: the key itself must refuse.
        ours = is_row(table, two.row(database, two.ours, table))
        with TenantSession(system_databases.engine_for(database), Scope(two.ours)) as session:
            for key in table.foreign_key_constraints:
                target = two.rows[database, two.theirs].get(key.referred_table.name)
                assert target is not None
                columns = referring(key, target)
                columns.pop("organization_id")
                if key.name == "fk_downtime_reasons_parent":
                    columns["number"] = target["number"] + 1  # a child's is above its parent's, else a check refuses
                if columns:
                    assert refusal(session, sa.update(table).where(ours).values(columns)) == NO_SUCH_ROW, key.name


def test_plants_hold_people_apart_within_an_organization(two: Two, databases: Databases) -> None:
    database = Database.OPERATIONS
    engine = databases.engine_for(database)
    with engine.connect() as connection:
        policies = {tuple(row) for row in connection.execute(sa.text("select tablename, policyname from pg_policies"))}
    # A change in one plant also raises the version of the agent that serves it, which may serve others: who may
    # change an agent itself is for the use case to say.
    assert {table for table, policy in policies if policy == "plant_read"} - {
        table for table, policy in policies if policy == "plant_update"
    } == {"agents"}
    for table in BASES[database].metadata.sorted_tables:
        if (table.name, "plant_read") not in policies:
            continue
        row = two.row(database, two.ours, table)
        plant = two.row(database, two.ours, BASES[database].metadata.tables["plants"])["id"]
        nowhere = Scope(two.ours, plants=Reach(frozenset({new_id()}), frozenset()))
        reader = Scope(two.ours, plants=Reach(frozenset({plant}), frozenset()))
        unchanged = sa.update(table).where(is_row(table, row)).values(organization_id=two.ours)
        with TenantSession(engine, nowhere) as session:
            assert session.execute(sa.select(table)).all() == []
        with TenantSession(engine, reader) as session:
            assert len(session.execute(sa.select(table)).all()) == 1
            if (table.name, "plant_update") not in policies:
                continue
            assert refusal(session, unchanged) in (0, NOT_ALLOWED)  # by the policy's look or by its check
            # Of rows that are only ever added nobody may delete any.
            assert refusal(session, sa.delete(table).where(is_row(table, row))) in (0, NOT_ALLOWED)
            assert refusal(session, sa.insert(table).values({**row, "id": new_id()})) == NOT_ALLOWED


@pytest.mark.parametrize("database", Database)
def test_without_scope_there_is_no_row(database: Database, databases: Databases, two: Two) -> None:
    with databases.engine_for(database).connect() as connection:
        for table in BASES[database].metadata.sorted_tables:
            if table.name not in WITHOUT_ORGANIZATION:
                assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0


@pytest.mark.parametrize("database", Database)
def test_every_mapped_class_is_tried(database: Database) -> None:
    mapped = {mapper.local_table for mapper in BASES[database].registry.mappers}
    tried = {values[1] for values in (param.values for param in TABLES) if values[0] is database}
    assert {table.name for table in mapped if table not in tried} <= WITHOUT_ORGANIZATION  # type: ignore[attr-defined]
