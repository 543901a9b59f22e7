"""Superadministrators make organizations, change them and let them rest; nobody else sees any but their own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from unison_domain.identity.contracts import RoleCode
from unison_server.app import create_app
from unison_server.identity.organizations import CREATE
from unison_server.kernel.crossing import acting_in
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Clash, NotAllowed
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.kernel.settings import Settings

from tests.server.factories import PASSWORD, Made, make_organization
from tests.server.serving import SignedIn, serving, sign_in
from tests.server.stations.floor import Floor, build

CHOSEN = "four words put together"


@pytest.fixture
def root(client: httpx.Client, made: Made) -> SignedIn:
    """A superadministrator."""
    made.add_user("root", roles=[RoleCode.SUPERADMIN])
    return sign_in(client, made, "root")


@pytest.fixture
def other(databases: Databases, system_databases: Databases) -> Made:
    """Another organization, with an administrator."""
    other = make_organization(databases, system_databases)
    other.add_user("bert")
    return other


def wanted(made: Made, **fields: Any) -> dict[str, Any]:
    administrator = {"username": "olga", "full_name": "Olga Otto"}
    return {"code": f"NEW-{made.id.hex[-12:]}", "name": "New Works", "administrator": administrator, **fields}


def created(root: SignedIn, made: Made, **fields: Any) -> dict[str, Any]:
    answer = root.post("/organizations", wanted(made, **fields))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def seen(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def deactivated(root: SignedIn, organization: UUID, version: int = 1) -> httpx.Response:
    return root.send("DELETE", f"/organizations/{organization}", headers=seen(version))


def audit_of(databases: Databases, organization: UUID) -> list[tuple[str, str, str, dict[str, Any]]]:
    """What its audit says: table, action, kind of actor and values."""
    with databases.session(Database.IDENTITY, Scope(organization)) as session:
        statement = "select table_name, action, actor_kind, new_values from audit_logs order by at"
        return [tuple(row) for row in session.execute(text(statement))]


def choose_password(client: httpx.Client, link: str, code: str) -> SignedIn:
    token = link.partition("#")[2]
    answer = client.post("/api/v1/auth/reset-password", json={"token": token, "password": CHOSEN})
    assert answer.status_code == 204, answer.text
    login = {"organization": code, "user": "olga", "password": CHOSEN}
    tokens = client.post("/api/v1/auth/login", json=login).json()
    return SignedIn(client, tokens["access_token"], tokens["refresh_token"])


def test_a_new_organization_has_an_administrator_who_gets_in_by_a_link(
    root: SignedIn, made: Made, client: httpx.Client
) -> None:
    new = created(root, made, industry="Pumps")
    assert (new["is_active"], new["industry"], new["version"]) == (True, "Pumps", 1)
    olga = choose_password(client, new["administrator"]["link"], new["code"])
    me = olga.get("/auth/me").json()
    assert (me["organization_id"], me["roles"]) == (new["id"], ["admin"])
    assert [one["id"] for one in olga.get("/organizations").json()["items"]] == [new["id"]]
    assert olga.post("/plants", {"code": "P1", "name": "Plant", "time_zone": "Europe/Berlin"}).status_code == 201
    assert root.get("/plants").json()["items"] == []
    assert {new["id"], str(made.id)} <= {one["id"] for one in every_organization(root)}
    assert root.get(f"/organizations/{new['id']}").json() == {k: v for k, v in new.items() if k != "administrator"}


def every_organization(root: SignedIn) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = root.get("/organizations", params={"limit": 50, **({"cursor": cursor} if cursor else {})}).json()
        yield from page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def test_an_administrator_sees_and_changes_no_other_organization(admin: SignedIn, made: Made, other: Made) -> None:
    assert [one["id"] for one in admin.get("/organizations").json()["items"]] == [str(made.id)]
    assert admin.get(f"/organizations/{other.id}").status_code == 404
    body = {"code": "MINE", "name": "Mine"}
    for answer in (
        admin.post("/organizations", wanted(made)),
        admin.post(f"/organizations/{other.id}/administrators", {"username": "eva", "full_name": "Eva"}),
        admin.send("PUT", f"/organizations/{other.id}", json=body, headers=seen(1)),
        admin.send("PUT", f"/organizations/{made.id}", json=body, headers=seen(1)),
        deactivated(admin, other.id),
        admin.post(f"/organizations/{other.id}/reactivate", headers=seen(1)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), answer.text


def test_no_administrator_makes_superadministrators(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    ben = made.add_user("ben", roles=[])
    refused = admin.post(f"/users/{ben}/assign-role", {"role": "superadmin"}, headers=seen(1))
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_own_rights")
    root = made.add_user("root", roles=[RoleCode.SUPERADMIN])
    taken_over = admin.send("PATCH", f"/users/{root}", json={"password": CHOSEN}, headers=seen(1))
    assert taken_over.json()["code"] == "beyond_own_rights"
    signed = sign_in(client, made, "root")
    assert signed.post(f"/users/{ben}/assign-role", {"role": "superadmin"}, headers=seen(1)).status_code == 200
    role = {"code": "god", "name": "God", "permissions": [CREATE]}
    key = {"name": "key", "scopes": [CREATE]}
    for path, body in (("/roles", role), ("/api-keys", key)):
        answer = signed.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "no_such"), answer.text
    assert not any(one.startswith("platform.") for one in signed.get("/permissions").json()["items"])


def test_both_organizations_know_who_changed_what(root: SignedIn, made: Made, other: Made) -> None:
    body = {"code": other.code, "name": "Renamed"}
    answer = root.send("PUT", f"/organizations/{other.id}", json=body, headers=seen(1))
    assert (answer.status_code, answer.json()["name"], answer.json()["version"]) == (200, "Renamed", 2), answer.text
    new = created(root, made)
    here = [values for _, action, kind, values in audit_of(made.databases, made.id) if action == "elsewhere"]
    assert [values["done"] for values in here] == [f"changed {other.code}", f"created {new['code']}"]
    there = [row for row in audit_of(made.databases, other.id) if row[2] == "superadmin"]
    assert [(table, action) for table, action, *_ in there] == [("organizations", "update")]
    made_there = {(table, kind) for table, _, kind, _ in audit_of(made.databases, UUID(new["id"]))}
    assert {("organizations", "superadmin"), ("users", "superadmin")} <= made_there
    (shown, *_) = root.get("/audit-log", params={"action": "elsewhere"}).json()["items"]
    assert (shown["entity_id"], shown["actor_kind"], shown["new_values"]["done"]) == (
        new["id"],
        "user",
        here[-1]["done"],
    )


def test_who_came_from_elsewhere_has_a_name_there(root: SignedIn, other: Made, client: httpx.Client) -> None:
    me = root.get("/auth/me").json()
    for version, name in enumerate(("Renamed", "Renamed again"), start=1):
        body = {"code": other.code, "name": name}
        assert root.send("PUT", f"/organizations/{other.id}", json=body, headers=seen(version)).status_code == 200
    told = sign_in(client, other, "bert").get("/audit-log", params={"actor_id": me["id"]}).json()["items"]
    assert [(one["actor_kind"], one["actor_name"], one["actor_owner"]) for one in told] == [
        ("superadmin", me["full_name"], me["organization_name"])
    ] * 2
    assert root.get("/audit-log", params={"action": "elsewhere"}).json()["items"][0]["actor_owner"] is None


def test_deactivated_nobody_is_in_any_more_and_nobody_gets_in(
    root: SignedIn, other: Made, client: httpx.Client
) -> None:
    bert = sign_in(client, other, "bert")
    key = bert.post("/api-keys", {"name": "key", "scopes": ["identity.user.read"]}).json()["key"]
    floor = build(bert, other)
    assert floor.sender.call("GET", "/roster").status_code == 200
    assert deactivated(root, other.id).json()["is_active"] is False
    until_refused(bert)
    by_key = client.get("/api/v1/users", headers={"Authorization": f"Bearer {key}"})
    assert (by_key.status_code, by_key.json()["code"]) == (401, "organization_inactive")
    until_answered(floor, 401)
    assert floor.sender.call("GET", "/roster").json()["code"] == "organization_inactive"
    assert client.post("/api/v1/auth/refresh", json={"refresh_token": bert.refresh_token}).status_code == 401
    login = {"organization": other.code, "user": "bert", "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=login).json()["code"] == "login_failed"
    again = root.post(f"/organizations/{other.id}/reactivate", headers=seen(2))
    assert (again.status_code, again.json()["is_active"]) == (200, True), again.text
    assert bert.get("/auth/me").status_code == 401
    assert sign_in(client, other, "bert").get("/auth/me").status_code == 200
    until_answered(floor, 200)


def until_answered(floor: Floor, status: int) -> None:
    """Stations are let in by the copy of organizations, which follows."""
    deadline = time.monotonic() + 60
    while floor.sender.call("GET", "/roster").status_code != status:
        assert time.monotonic() < deadline, f"not {status}"
        time.sleep(0.01)


def until_refused(person: SignedIn) -> None:
    deadline = time.monotonic() + 60
    while person.get("/auth/me").status_code != 401:
        assert time.monotonic() < deadline, "still let in"
        time.sleep(0.01)


def test_it_ends_in_every_process_and_ends_open_streams(
    root: SignedIn, other: Made, client: httpx.Client, settings: Settings
) -> None:
    bert = sign_in(client, other, "bert")
    second: FastAPI = create_app(settings)
    with serving(second) as url, httpx.Client(base_url=url, timeout=60) as elsewhere:
        there = SignedIn(elsewhere, bert.access_token, bert.refresh_token)
        assert there.get("/auth/me").status_code == 200
        headers = {"Authorization": f"Bearer {bert.access_token}"}
        with elsewhere.stream("GET", "/api/v1/events", headers=headers) as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("id: ")
            assert deactivated(root, other.id).status_code == 200
            assert all(line is not None for line in lines), "the stream ends"
        until_refused(there)


def test_who_signs_in_at_that_moment_is_not_left_in(root: SignedIn, other: Made, client: httpx.Client) -> None:
    login = {"organization": other.code, "user": "bert", "password": PASSWORD}
    with ThreadPoolExecutor(8) as pool:
        tries = [pool.submit(client.post, "/api/v1/auth/login", json=login) for _ in range(8)]
        assert deactivated(root, other.id).status_code == 200
        let_in = [answer.json() for answer in (one.result() for one in tries) if answer.status_code == 200]
    for tokens in let_in:
        until_refused(SignedIn(client, tokens["access_token"], tokens["refresh_token"]))
    with other.databases.session(Database.IDENTITY, other.scope) as session:
        assert session.execute(text("select count(*) from sessions where ended_at is null")).scalar_one() == 0


def test_of_two_who_end_each_other_one_is_left(
    root: SignedIn, made: Made, other: Made, client: httpx.Client, databases: Databases
) -> None:
    other.add_user("rolf", roles=[RoleCode.SUPERADMIN])
    rolf = sign_in(client, other, "rolf")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda pair: deactivated(*pair), ((root, other.id), (rolf, made.id))))
    assert sorted(answer.status_code for answer in answers) == [200, 401], [answer.text for answer in answers]
    own = deactivated(*((root, made.id) if answers[0].status_code == 200 else (rolf, other.id)))
    assert (own.status_code, own.json()["code"]) == (409, "own_organization")


def test_a_clash_shows_what_is_so_now(root: SignedIn, made: Made, other: Made) -> None:
    body = {"code": other.code, "name": "Once"}
    assert root.send("PUT", f"/organizations/{other.id}", json=body).status_code == 428
    assert root.send("PUT", f"/organizations/{other.id}", json=body, headers=seen(1)).status_code == 200
    late = root.send("PUT", f"/organizations/{other.id}", json=body, headers=seen(1))
    assert (late.status_code, late.json()["current"]["name"]) == (409, "Once")
    taken = root.send(
        "PUT", f"/organizations/{other.id}", json={"code": made.code.lower(), "name": "x"}, headers=seen(2)
    )
    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (409, "code")
    unknown = "/organizations/00000000-0000-0000-0000-000000000001"
    assert root.send("PUT", unknown, json=body, headers=seen(1)).status_code == 404


def test_of_two_with_the_same_code_one_is_made_and_nothing_is_left_of_the_other(root: SignedIn, made: Made) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: root.post("/organizations", wanted(made)), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    told = [values for _, action, _, values in audit_of(made.databases, made.id) if action == "elsewhere"]
    assert len(told) == 1
    code = wanted(made)["code"]
    bad = wanted(made, code=f"{code}-2", administrator={"username": "olga", "full_name": "Olga", "email": "no mail"})
    assert root.post("/organizations", bad).status_code == 422
    assert f"{code}-2" not in {one["code"] for one in every_organization(root)}


def test_a_first_administrator_gets_another_link_until_they_came_in(
    root: SignedIn, made: Made, client: httpx.Client
) -> None:
    new = created(root, made)
    who = wanted(made)["administrator"]
    path = f"/organizations/{new['id']}/administrators"
    again = root.post(path, who).json()
    assert again["user_id"] == new["administrator"]["user_id"]
    token = new["administrator"]["link"].partition("#")[2]
    stale = client.post("/api/v1/auth/reset-password", json={"token": token, "password": CHOSEN})
    assert stale.json()["code"] == "reset_expired"
    choose_password(client, again["link"], new["code"])
    taken = root.post(path, who)
    assert (taken.status_code, taken.json()["code"]) == (409, "taken")
    assert root.post(path, {"username": "eva", "full_name": "Eva"}).status_code == 201


def cross(session: TenantSession, organization: UUID, permission: str = CREATE) -> list[str]:
    """Who is there."""
    with acting_in(session, organization, permission, "looked"):
        return people(session)


def rename_and_refuse(session: TenantSession, organization: UUID) -> None:
    with acting_in(session, organization, CREATE, "failed"):
        session.execute(text("update organizations set name = 'x'"))
        raise Clash("no")


def people(session: TenantSession) -> list[str]:
    return list(session.execute(text("select username from users")).scalars())


def test_nobody_crosses_by_accident(made: Made, other: Made, databases: Databases) -> None:
    plain = Scope(made.id, ActorKind.USER, made.add_user("ben"))
    able = replace(plain, permissions=frozenset({CREATE}))
    with databases.session(Database.IDENTITY, plain) as session:
        with pytest.raises(NotAllowed, match="You lack the right"):
            cross(session, other.id)
        rename = text("update organizations set name = 'x' where id = :id returning id")
        assert session.execute(rename, {"id": other.id}).all() == []
        foreign = text("insert into organizations (id, code, name) values (gen_random_uuid(), :code, 'x')")
        with pytest.raises(ProgrammingError, match="row-level security"), session.begin_nested():
            session.execute(foreign, {"code": f"X-{made.code}"})
    with (
        databases.session(Database.IDENTITY, replace(able, actor_kind=ActorKind.KEY)) as session,
        pytest.raises(NotAllowed, match="Only a person"),
    ):
        cross(session, other.id)
    with databases.session(Database.IDENTITY, able) as session:
        assert cross(session, other.id) == ["bert"]
        assert people(session) == ["ben"]
        with pytest.raises(ValueError, match="no right over all"):
            cross(session, other.id, "sites.plant.read")
    with TenantSession(databases.identity, able) as session:
        with pytest.raises(Clash):
            rename_and_refuse(session, other.id)
        assert session.scope is able
        assert people(session) == ["ben"]
        session.commit()
    assert [values["done"] for _, action, _, values in audit_of(databases, made.id) if action == "elsewhere"] == [
        "looked"
    ]
