"""Refusals that left no trace before: ended sessions, names in no organization, changes while a password is checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from unison_domain.identity.contracts import RoleCode
from unison_server.app import create_app
from unison_server.identity.sign_in import Door
from unison_server.kernel.audit import audit_logs
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.settings import Settings

from tests.server.factories import PASSWORD, Made, make_organization
from tests.server.identity.test_demanded_factors import demand
from tests.server.serving import SignedIn, serving, sign_in, until_answered


def told(made: Made) -> list[tuple[Any, ...]]:
    statement = text("select outcome, name, reason from login_history where outcome <> 'signed_in' order by at, id")
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        return [tuple(row) for row in session.execute(statement)]


def test_a_session_that_an_administrator_ended_is_told_when_it_is_used(
    admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    made.add_user("ben", roles=[RoleCode.ADMIN])
    ben = sign_in(client, made, "ben")
    session = ben.get("/auth/me").json()["session_id"]
    assert admin.send("DELETE", f"/sessions/{session}").status_code == 200
    until_answered(401, lambda: ben.get("/auth/me"))  # its process hears of it a moment later
    assert told(made)[-1] == ("token_refused", "ben", "session_ended")


def test_who_signed_out_is_told_nothing_of(made: Made, client: httpx.Client) -> None:
    made.add_user("ben")
    ben = sign_in(client, made, "ben")
    assert client.post("/api/v1/auth/logout", json={"refresh_token": ben.refresh_token}).is_success
    until_answered(401, lambda: ben.get("/auth/me"))
    assert told(made) == []


@pytest.mark.usefixtures("all_told")
def test_too_many_tries_in_no_organization_are_told_who_looks_after_the_server(
    databases: Databases, system_databases: Databases, client: httpx.Client
) -> None:
    chief = make_organization(databases, system_databases)
    chief.add_user("chief", roles=[RoleCode.SUPERADMIN])
    nowhere = {"organization": f"NO-{chief.id.hex[:12]}", "user": "x", "password": "wrong horse"}
    for _ in range(12):
        answer = client.post("/api/v1/auth/login", json=nowhere)
    assert answer.status_code == 429
    assert ("too_many", "", "no_organization") in told(chief)


def test_who_was_changed_while_the_password_was_checked_is_told(
    made: Made, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.add_user("ben")
    opens = Door._open

    def deactivated(door: Door, *given: Any) -> Any:
        with made.databases.session(Database.IDENTITY, made.scope) as session:
            session.execute(text("update users set is_active = false where username = 'ben'"))
        return opens(door, *given)

    monkeypatch.setattr(Door, "_open", deactivated)
    login = {"organization": made.code, "user": "ben", "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=login).json()["code"] == "login_failed"
    assert told(made) == [("wrong", "ben", None)]


@pytest.mark.usefixtures("all_told")
def test_a_wrong_metrics_token_is_told(settings: Settings, databases: Databases, system_databases: Databases) -> None:
    chief = make_organization(databases, system_databases)
    chief.add_user("chief", roles=[RoleCode.SUPERADMIN])
    with serving(create_app(replace(settings, metrics_token="a long enough token"))) as address:
        answer = httpx.get(f"{address}/metrics", headers={"Authorization": "Bearer another"}, timeout=60)
    assert answer.status_code == 401
    assert ("token_refused", "", "no_organization") in told(chief)


def refused(made: Made, database: Database = Database.OPERATIONS) -> list[str]:
    with made.databases.session(database, made.scope) as session:
        rows = session.execute(select(audit_logs.c.new_values).where(audit_logs.c.action == "refused"))
        return [row.new_values["path"] for row in rows]


def test_what_the_database_refuses_is_in_the_audit_too(made: Made, client: httpx.Client) -> None:
    there = made.add_plant("THERE")
    made.add_user("max", roles=[RoleCode.PLANT_MANAGER], reads=[there], writes=[made.add_plant("HERE")])
    max_ = sign_in(client, made, "max")
    answer = max_.post("/departments", {"plant_id": str(there), "code": "D", "name": "D"})
    assert answer.json()["code"] == "place_read_only"
    assert refused(made) == ["/api/v1/departments"]


def test_the_stream_that_a_missing_second_factor_closes_is_in_the_audit(
    admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    made.add_user("ben")
    ben = sign_in(client, made, "ben")
    demand(admin, "everybody")
    until_answered(403, lambda: ben.get("/notifications"))
    assert ben.get("/events").status_code == 403
    assert "/api/v1/events" in refused(made)
