"""The audit knows who changed what, and no secret."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import Row, delete, select, text, update
from sqlalchemy.exc import ProgrammingError
from unison_domain.identity.contracts import UserCreate, UserUpdate
from unison_server.identity import usecases
from unison_server.identity.tables import User
from unison_server.kernel.audit import audit_logs
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.scope import Scope

from tests.server.factories import PASSWORDS, Made
from tests.server.serving import SignedIn

SECRET = "the-known-secret"


def audit(databases: Databases, database: Database, scope: Scope, entity: UUID) -> list[Row[Any]]:
    with databases.session(database, scope) as session:
        statement = select(audit_logs).where(audit_logs.c.entity_id == entity).order_by(audit_logs.c.at)
        return list(session.execute(statement))


def test_each_change_is_written_with_who_and_what(admin: SignedIn, made: Made) -> None:
    body = {"code": "BER", "name": "Berlin", "time_zone": "Europe/Berlin"}
    plant = admin.post("/plants", body, headers={"X-Request-ID": "request-of-test"}).json()
    path = f"/plants/{plant['id']}"
    admin.send("PATCH", path, json={"name": "Potsdam"}, headers={"If-Match": '"1"'})
    admin.send("DELETE", path, headers={"If-Match": '"2"'})
    written = audit(made.databases, Database.OPERATIONS, made.scope, UUID(plant["id"]))
    assert [(row.table_name, row.action, row.changed_fields) for row in written] == [
        ("plants", "insert", None),
        ("plants", "update", ["name"]),
        ("plants", "update", ["is_active"]),
    ]
    created, renamed, _ = written
    assert created.old_values is None
    assert (renamed.old_values["name"], renamed.new_values["name"]) == ("Berlin", "Potsdam")
    assert (created.actor_kind, created.request_id, created.address) == ("user", "request-of-test", "127.0.0.1")
    assert created.actor_id is not None


def test_no_secret_gets_into_it(databases: Databases, system_databases: Databases, made: Made) -> None:
    with databases.session(Database.IDENTITY, made.scope) as session:
        wanted = UserCreate(username="anna", full_name="Anna", password=SecretStr(SECRET))
        user = usecases.create_user(session, wanted, PASSWORDS)
        hashed = user.hashed_password
        assert hashed
        usecases.update_user(session, user, UserUpdate(password=SecretStr(SECRET + "2")), PASSWORDS)
        session.flush()
        again = user.hashed_password
        assert again
    written = audit(databases, Database.IDENTITY, made.scope, user.id)
    assert "hashed_password" in written[-1].changed_fields
    with system_databases.identity.connect() as connection:
        whole = text("select string_agg(row_to_json(a)::text, ' ') from audit_logs as a")
        everything = str(connection.execute(whole).scalar_one())
    assert "anna" in everything
    assert not any(secret in everything for secret in (SECRET, hashed, again))


def test_what_did_not_change_is_not_written(databases: Databases, made: Made) -> None:
    plant = made.add_plant()
    with databases.session(Database.OPERATIONS, made.scope) as session:
        session.execute(text("update plants set name = name, updated_at = now() where id = :id"), {"id": plant})
    assert len(audit(databases, Database.OPERATIONS, made.scope, plant)) == 1


@pytest.mark.parametrize("statement", [update(audit_logs).values(action="x"), delete(audit_logs)])
def test_nobody_changes_it(databases: Databases, scope: Scope, statement: Any) -> None:
    with pytest.raises(ProgrammingError) as refused, databases.session(Database.OPERATIONS, scope) as session:
        session.execute(statement)
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_of_another_organization_nothing_is_seen(databases: Databases, made: Made, scope: Scope) -> None:
    plant = made.add_plant()
    assert audit(databases, Database.OPERATIONS, scope, plant) == []


def test_a_user_of_the_database_is_found_by_it(databases: Databases, made: Made) -> None:
    user = made.add_user()
    with databases.session(Database.IDENTITY, made.scope) as session:
        assert session.need(User, user, "user").full_name == "Anna"
    assert [row.action for row in audit(databases, Database.IDENTITY, made.scope, user)] == ["insert"]
