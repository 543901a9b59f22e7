"""People and their rights, as administrators keep them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event
from unison_domain.identity.contracts import RoleAssignment, RoleCode
from unison_server.identity import usecases
from unison_server.identity.roles import ROLES, permissions_of
from unison_server.identity.tables import User
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import Clash
from unison_server.kernel.keys import new_id
from unison_server.kernel.permissions import known_permissions, tenant_permissions

from tests.server.factories import PASSWORD, Made, make_organization
from tests.server.serving import SignedIn, sign_in

BERT = {
    "username": "bert",
    "full_name": "Bert Blau",
    "employee_code": "0815",
    "password": "long enough",
    "roles": ["planner"],
}


def test_a_person_is_made_found_and_signs_in(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    answer = admin.post("/users", BERT)
    assert answer.status_code == 201, answer.text
    bert = answer.json()
    assert (bert["roles"], bert["employee_code"]) == (["planner"], "0815")
    assert "password" not in answer.text
    assert [user["username"] for user in admin.get("/users", params={"q": "blau"}).json()["items"]] == ["bert"]
    assert [user["username"] for user in admin.get("/users").json()["items"]] == ["anna", "bert"]
    assert admin.get(f"/users/{bert['id']}").json() == bert
    assert sign_in(client, made, "0815", "long enough").get("/auth/me").json()["full_name"] == "Bert Blau"


@pytest.mark.parametrize(
    ("field", "value"), [("username", "anna"), ("username", "ANNA"), ("employee_code", "Anna"), ("email", "a@b.org")]
)
def test_a_name_to_sign_in_with_is_taken_once(admin: SignedIn, made: Made, field: str, value: str) -> None:
    made.add_user("mail", email="a@b.org")
    answer = admin.post("/users", {**BERT, field: value})
    assert (answer.status_code, answer.json()["code"]) == (409, "taken")
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "short"),
        ("password", "with\x00nul..."),
        ("roles", ["king"]),
        ("email", "no mail"),
        ("username", ""),
    ],
)
def test_bad_values_are_named(admin: SignedIn, field: str, value: object) -> None:
    answer = admin.post("/users", {**BERT, field: value})
    assert answer.status_code == 422, answer.text
    assert "with\\u0000nul" not in answer.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "anna", "must read name@example.com"),
        ("employee_code", " 0815", "must not begin or end with a space"),
    ],
)
def test_a_form_is_told_in_words(admin: SignedIn, field: str, value: str, words: str) -> None:
    refused = admin.post("/users", {**BERT, field: value}).json()
    assert [(one["field"], one["message"]) for one in refused["errors"]] == [(field, words)], refused


@pytest.mark.parametrize("common", ["password", "Sunshine", "1234567890"])
def test_nobody_gets_a_password_that_is_guessed_first(admin: SignedIn, common: str) -> None:
    bert = admin.post("/users", BERT).json()
    for answer in (
        admin.post("/users", {**BERT, "username": "bob", "employee_code": None, "password": common}),
        admin.send("PATCH", f"/users/{bert['id']}", json={"password": common}, headers={"If-Match": '"1"'}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "common"), answer.text
        assert answer.json()["errors"][0]["field"] == "password"
    assert admin.get(f"/users/{bert['id']}").json() == bert


def test_a_new_password_ends_the_sessions(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    bert = admin.post("/users", BERT).json()
    signed = sign_in(client, made, "bert", "long enough")
    changed = admin.send(
        "PATCH", f"/users/{bert['id']}", json={"password": "another one"}, headers={"If-Match": f'"{bert["version"]}"'}
    )
    assert changed.status_code == 200, changed.text
    refused = client.post("/api/v1/auth/refresh", json={"refresh_token": signed.refresh_token})
    assert refused.json()["code"] == "session_ended"
    sign_in(client, made, "bert", "another one")


def change(admin: SignedIn, person: dict[str, Any], **fields: object) -> httpx.Response:
    headers = {"If-Match": f'"{person["version"]}"'}
    return admin.send("PATCH", f"/users/{person['id']}", json=fields, headers=headers)


def test_a_person_signs_in_with_the_names_they_have_now(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    bert = admin.post("/users", {**BERT, "email": "bert@example.org"}).json()
    changed = change(admin, bert, username="bb", email="Blau@example.org", employee_code=None)
    assert changed.status_code == 200, changed.text
    blau = changed.json()
    assert (blau["username"], blau["email"], blau["employee_code"]) == ("bb", "Blau@example.org", None)
    for name in ("BB", "blau@example.org"):
        sign_in(client, made, name, "long enough")
    for former in ("bert", "bert@example.org", "0815"):
        body = {"organization": made.code, "user": former, "password": "long enough"}
        assert client.post("/api/v1/auth/login", json=body).status_code == 401
    assert [user["username"] for user in admin.get("/users", params={"q": "bb"}).json()["items"]] == ["bb"]
    assert admin.post("/users", BERT).status_code == 201, "names that were given up are free"


def test_names_change_places_but_are_never_another_persons(admin: SignedIn, made: Made) -> None:
    bert = admin.post("/users", BERT).json()
    swapped = change(admin, bert, username="0815", employee_code="bert")
    assert swapped.status_code == 200, swapped.text
    for fields, status, code in (
        ({"username": "ANNA"}, 409, "taken"),
        ({"email": "a@b.org, c@d.org"}, 422, "invalid"),
        ({"username": None}, 422, "invalid"),
    ):
        refused = change(admin, swapped.json(), **fields)
        assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
        assert refused.json()["errors"][0]["field"] == next(iter(fields))
    assert admin.get(f"/users/{bert['id']}").json() == swapped.json()


def test_of_many_who_take_a_name_at_once_one_gets_it(admin: SignedIn) -> None:
    people = [
        admin.post("/users", {**BERT, "username": f"bert{number}", "employee_code": None}).json() for number in range(4)
    ]
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda person: change(admin, person, email="b@example.org").status_code, people))
    assert sorted(statuses) == [200, 409, 409, 409]


def test_somebody_deactivated_is_out_at_once(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    bert = admin.post("/users", BERT).json()
    signed = sign_in(client, made, "bert", "long enough")
    assert signed.get("/auth/me").status_code == 200
    gone = admin.send("DELETE", f"/users/{bert['id']}", headers={"If-Match": f'"{bert["version"]}"'})
    assert (gone.status_code, gone.json()["is_active"]) == (200, False)
    for _ in range(1000):
        if signed.get("/auth/me").status_code == 401:
            break
    assert signed.get("/auth/me").json()["code"] == "session_ended"
    assert client.post("/api/v1/auth/refresh", json={"refresh_token": signed.refresh_token}).status_code == 401


def test_nobody_gives_rights_they_lack(made: Made, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    roles = {**ROLES, "viewer": ROLES["viewer"].__class__("Clerk", ("identity.*",))}
    monkeypatch.setattr("unison_server.identity.roles.ROLES", roles)
    made.add_user("clerk", roles=[RoleCode.VIEWER])
    chief = made.add_user("chief")
    clerk = sign_in(client, made, "clerk")
    me = clerk.get("/auth/me").json()["id"]
    beyond = clerk.post(f"/users/{me}/assign-role", {"role": "admin"}, headers={"If-Match": '"1"'})
    assert (beyond.status_code, beyond.json()["code"]) == (403, "beyond_own_rights")
    assert clerk.post("/users", {**BERT, "roles": ["admin"]}).status_code == 403
    taken_over = clerk.send("PATCH", f"/users/{chief}", json={"password": "taken over"}, headers={"If-Match": '"1"'})
    assert taken_over.status_code == 403
    assert sign_in(client, made, "chief", PASSWORD)


def seen(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def test_rights_are_changed_at_the_version_that_was_seen(admin: SignedIn, made: Made) -> None:
    bert = admin.post("/users", BERT).json()
    for act, body in (("assign-role", {"role": "viewer"}), ("assign-plant", {"plant_id": str(made.add_plant())})):
        path = f"/users/{bert['id']}/{act}"
        assert admin.post(path, body).status_code == 428
        assert admin.post(path, body, headers=seen(bert["version"] + 1)).json()["code"] == "version_clash"
        changed = admin.post(path, body, headers=seen(bert["version"]))
        assert changed.status_code == 200, changed.text
        assert changed.json()["version"] == bert["version"] + 1
        bert = changed.json()
    assert (bert["roles"], len(bert["plants"])) == (["planner", "viewer"], 1)


def test_a_plant_that_is_not_there_is_given_to_nobody(
    admin: SignedIn, databases: Databases, system_databases: Databases
) -> None:
    bert = admin.post("/users", BERT).json()
    foreign = make_organization(databases, system_databases).add_plant()
    for plant in (foreign, new_id()):
        right = {"plant_id": str(plant), "can_write": True}
        answer = admin.post(f"/users/{bert['id']}/assign-plant", right, headers=seen(bert["version"]))
        assert (answer.status_code, answer.json()["parameters"]["thing"]) == (404, "plant")
    assert admin.get(f"/users/{bert['id']}").json() == bert


def test_the_last_administrator_stays_one(admin: SignedIn, made: Made) -> None:
    me = admin.get("/auth/me").json()["id"]
    take = {"role": "admin", "assigned": False}
    for refused in (
        admin.post(f"/users/{me}/assign-role", take, headers=seen(1)),
        admin.send("DELETE", f"/users/{me}", headers=seen(1)),
        admin.send("PATCH", f"/users/{me}", json={"is_active": False}, headers=seen(1)),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "last_administrator")
    other = made.add_user("other")
    assert admin.post(f"/users/{other}/assign-role", take, headers=seen(1)).status_code == 200
    assert admin.send("DELETE", f"/users/{other}", headers=seen(2)).status_code == 200
    made.add_user("third")
    assert admin.post(f"/users/{me}/assign-role", take, headers=seen(1)).status_code == 200


def test_of_two_administrators_who_leave_at_once_one_stays(made: Made) -> None:
    users = [made.add_user(name) for name in ("anna", "bert")]
    both = threading.Barrier(2)

    def leave(user: UUID) -> bool:
        try:
            with made.databases.session(Database.IDENTITY, made.scope) as session:
                row = session.need(User, user, "user")
                both.wait(60)
                usecases.assign_role(session, row, RoleAssignment(role=RoleCode.ADMIN, assigned=False))
        except Clash:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, users)) == [False, True]


def test_people_elsewhere_are_not_found(
    admin: SignedIn, made: Made, databases: Databases, system_databases: Databases
) -> None:
    other = make_organization(databases, system_databases)
    foreign = other.add_user("bert")
    assert admin.get(f"/users/{foreign}").status_code == 404
    assert admin.post(f"/users/{foreign}/assign-role", {"role": "viewer"}, headers=seen(1)).status_code == 404
    right = {"plant_id": str(made.add_plant())}
    assert admin.post(f"/users/{foreign}/assign-plant", right, headers=seen(1)).status_code == 404
    assert admin.get(f"/organizations/{other.id}").status_code == 404
    assert [found["id"] for found in admin.get("/organizations").json()["items"]] != [str(other.id)]


def test_every_role_of_the_contract_is_there_and_the_reverse() -> None:
    assert set(ROLES) == {code.value for code in RoleCode} - {"unknown"}


def test_administrators_may_do_everything_and_viewers_only_read(client: httpx.Client) -> None:
    assert permissions_of(["admin"]) == tenant_permissions()
    assert permissions_of(["superadmin"]) == known_permissions() - permissions_of(["station"])
    assert not any(
        permission.startswith("platform.")
        for code in set(ROLES) - {"superadmin"}
        for permission in permissions_of([code])
    )
    assert all(permission.endswith(".read") for permission in permissions_of(["viewer"]))
    assert permissions_of(["no such role"]) == frozenset()


def test_all_that_is_told_of_a_person_is_replaced(admin: SignedIn) -> None:
    bert = admin.post("/users", {**BERT, "phone": "0431 1"}).json()
    body = {"username": bert["username"], "full_name": "Bert Newname"}
    path = f"/users/{bert['id']}"
    assert admin.send("PUT", path, json=body).status_code == 428
    replaced = admin.send("PUT", path, json=body, headers=seen(bert["version"]))
    assert replaced.status_code == 200, replaced.text
    told = replaced.json()
    assert (told["full_name"], told["phone"], told["email"], told["roles"]) == ("Bert Newname", None, None, ["planner"])
    assert admin.send("PUT", path, json={"full_name": "x"}, headers=seen(told["version"])).status_code == 422


def test_nobody_changes_what_they_cannot_see(admin: SignedIn, made: Made) -> None:
    bert = admin.post("/users", BERT).json()
    body = {"plant_id": str(made.add_plant()), "can_read": False, "can_write": True}
    refused = admin.post(f"/users/{bert['id']}/assign-plant", body, headers=seen(bert["version"]))
    assert refused.status_code == 422
    assert "nobody changes what they can't see" in refused.text


def test_a_list_of_people_asks_the_database_as_often_for_many_as_for_one(
    admin: SignedIn, made: Made, app: FastAPI
) -> None:
    assert admin.get("/auth/me").status_code == 200  # its rights are known from now on
    asked: list[str] = []
    engine = app.state.services.databases.identity
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    counts = []
    for round_ in range(2):
        asked.clear()
        assert admin.get("/users").status_code == 200
        counts.append(sum("FROM user_" in statement for statement in asked))
        for number in range(5):
            made.add_user(f"p{round_}{number}", roles=[RoleCode.OPERATOR])
    assert counts == [3, 3]


@pytest.mark.parametrize("role", [RoleCode.PLANNER, RoleCode.PLANT_MANAGER])
def test_who_plans_reads_nobodys_ways_in(client: httpx.Client, made: Made, role: RoleCode) -> None:
    made.add_user("paula", roles=[role])
    paula = sign_in(client, made, "paula")
    for path in ("/login-history", "/sessions", "/messages", "/api-keys", "/invitations", "/badges", "/audit-log"):
        assert paula.get(path).status_code == 403, path
    assert paula.get("/machines").status_code == 200
