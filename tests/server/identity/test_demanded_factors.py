"""A second factor is demanded: of whom, what is open without it, and that nobody locks themselves out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.setting_contracts import SECOND_FACTOR_OF
from unison_server.app import PUBLIC, create_app
from unison_server.kernel.database import Database
from unison_server.kernel.settings import Settings

from tests.server.factories import PASSWORD, Made
from tests.server.identity.test_practice import go
from tests.server.identity.test_second_factor import set_up
from tests.server.identity.test_settings import listed, put, unset_server
from tests.server.serving import SignedIn, serving, sign_in, until_answered

__all__ = ["unset_server"]

OPEN = {
    ("get", "/api/v1/mfa"),
    ("post", "/api/v1/mfa/totp"),
    ("post", "/api/v1/mfa/totp/confirm"),
    ("get", "/api/v1/auth/me"),
    ("post", "/api/v1/auth/change-password"),
}
"""What is open to who must set one up, beside signing in, refreshing and signing out."""


@pytest.fixture
def ben(client: httpx.Client, made: Made) -> SignedIn:
    made.add_user("ben", roles=[RoleCode.OPERATOR])
    return sign_in(client, made, "ben")


def demand(admin: SignedIn, of: str) -> None:
    """By an administrator who has one."""
    if admin.get("/mfa").json()["confirmed_at"] is None:
        set_up(admin)
    answer = put(admin, SECOND_FACTOR_OF, of, listed(admin, SECOND_FACTOR_OF)["version"])
    assert answer.status_code == 200, answer.text


def me(person: SignedIn) -> dict[str, Any]:
    answer = person.get("/auth/me")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def refused(person: SignedIn) -> dict[str, Any]:
    """What is said of anything but the way to a second factor, as soon as the demand is known."""
    return dict(until_answered(403, lambda: person.get("/preferences")).json())


@contextmanager
def another_process(settings: Settings) -> Iterator[httpx.Client]:
    with serving(create_app(settings)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def test_what_is_set_is_one_of_three_words(admin: SignedIn) -> None:
    before = listed(admin, SECOND_FACTOR_OF)
    assert (before["kind"], before["value"], before["least"], before["unit"]) == ("choice", "nobody", None, None)
    assert before["choices"] == ["nobody", "administrators", "everybody"]
    for value in ("somebody", "", 1, True, "nobody\x00", "e" * 51):
        answer = put(admin, SECOND_FACTOR_OF, value)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "value"), value


def test_who_has_none_reaches_only_what_leads_to_one(
    admin: SignedIn, ben: SignedIn, app: FastAPI, made: Made, client: httpx.Client
) -> None:
    demand(admin, "everybody")
    assert refused(ben)["code"] == "second_factor_demanded"
    assert "you have none yet" in refused(ben)["detail"]
    reached = set()
    for path, operations in app.openapi()["paths"].items():
        for method in operations.keys() - {"parameters"}:
            filled = path.replace("{key}", "x").replace("{id}", str(uuid4()))
            answer = ben.send(method.upper(), filled.removeprefix("/api/v1").replace("{", "").replace("}", ""))
            if answer.status_code != 403 or answer.json()["code"] != "second_factor_demanded":
                reached.add((method, path))
    closed_to_nobody = {(method, path) for method, path in reached if is_public(app, path, method)}
    assert reached - closed_to_nobody == OPEN
    again = sign_in(client, made, "ben")
    seen = me(again)
    assert (seen["second_factor_missing"], seen["permissions"], seen["roles"]) == (True, [], ["operator"])
    assert refused(again)["code"] == "second_factor_demanded"


def is_public(app: FastAPI, path: str, method: str) -> bool:
    return app.openapi()["paths"][path][method]["operationId"] in PUBLIC


def test_with_one_everything_is_open_at_once(admin: SignedIn, ben: SignedIn) -> None:
    demand(admin, "everybody")
    refused(ben)
    set_up(ben)
    until_answered(200, lambda: ben.get("/preferences"))
    assert me(ben)["second_factor_missing"] is False
    assert "codes.scan.read" in me(ben)["permissions"]


def test_ones_own_password_is_changed_without(admin: SignedIn, ben: SignedIn) -> None:
    demand(admin, "everybody")
    refused(ben)
    body = {"password": PASSWORD, "new_password": "a much longer password"}
    assert ben.post("/auth/change-password", body).status_code == 204
    assert ben.client.post("/api/v1/auth/logout", json={"refresh_token": ben.refresh_token}).status_code == 204


def test_running_sessions_are_held_to_it_in_every_process(
    admin: SignedIn, ben: SignedIn, settings: Settings, made: Made
) -> None:
    with another_process(settings) as elsewhere:
        there = SignedIn(elsewhere, ben.access_token, ben.refresh_token)
        assert (there.get("/preferences").status_code, ben.get("/preferences").status_code) == (200, 200)
        demand(admin, "everybody")
        assert refused(there)["code"] == refused(ben)["code"] == "second_factor_demanded"
        set_up(ben)
        until_answered(200, lambda: there.get("/preferences"))
        demand(admin, "nobody")


def test_administrators_are_who_manages_people_roles_settings_or_keys(
    admin: SignedIn, ben: SignedIn, client: httpx.Client, made: Made
) -> None:
    everybody_else = {"code": "clerk", "name": "Clerk", "permissions": ["identity.api_key.create"]}
    assert admin.post("/roles", everybody_else).status_code == 201
    for name, role in (("root", RoleCode.SUPERADMIN), ("vera", RoleCode.AUDITOR), ("paul", RoleCode.PLANNER)):
        made.add_user(name, roles=[role])
    kim = made.add_user("kim", roles=[])
    given = {"role": "clerk", "assigned": True}
    assert admin.post(f"/users/{kim}/assign-role", given, headers={"If-Match": '"1"'}).status_code == 200
    demand(admin, "administrators")
    missing = {name: me(sign_in(client, made, name))["second_factor_missing"] for name in ("root", "kim")}
    others = {name: me(sign_in(client, made, name))["second_factor_missing"] for name in ("vera", "paul", "ben")}
    assert (missing, others) == ({"root": True, "kim": True}, {"vera": False, "paul": False, "ben": False})
    assert ben.get("/preferences").status_code == 200
    made_one = {"role": "admin", "assigned": True}
    version = admin.get(f"/users/{me(ben)['id']}").headers["etag"]
    assert admin.post(f"/users/{me(ben)['id']}/assign-role", made_one, headers={"If-Match": version}).status_code == 200
    assert refused(ben)["code"] == "second_factor_demanded"


def test_nobody_demands_what_they_have_not(admin: SignedIn, made: Made) -> None:
    clash = put(admin, SECOND_FACTOR_OF, "administrators")
    assert (clash.status_code, clash.json()["code"]) == (409, "own_second_factor_missing")
    assert clash.json()["errors"][0]["field"] == "value"
    assert listed(admin, SECOND_FACTOR_OF)["value"] == "nobody"
    key = admin.post("/api-keys", {"name": "k", "scopes": ["identity.setting.update", "identity.setting.read"]}).json()
    by_key = SignedIn(admin.client, key["key"], "")
    assert put(by_key, SECOND_FACTOR_OF, "everybody").json()["code"] == "person_needed"
    set_up(admin)
    assert put(admin, SECOND_FACTOR_OF, "administrators").status_code == 200
    assert put(by_key, SECOND_FACTOR_OF, "nobody", 1).status_code == 200


def test_who_takes_theirs_away_sets_up_another(admin: SignedIn, made: Made) -> None:
    _, codes = set_up(admin)
    demand(admin, "administrators")
    proof = {"password": PASSWORD, "second_factor": codes[0]}
    assert admin.post("/mfa/totp/remove", proof).status_code == 204
    refused(admin)
    set_up(admin)
    until_answered(200, lambda: admin.get("/settings"))


def test_the_server_demands_it_where_an_organization_says_nothing(
    made: Made, client: httpx.Client, ben: SignedIn, unset_server: None
) -> None:
    made.add_user("root", roles=[RoleCode.SUPERADMIN])
    root = sign_in(client, made, "root")
    path = "/server-settings"
    assert put(root, SECOND_FACTOR_OF, "everybody", path=path).json()["code"] == "own_second_factor_missing"
    set_up(root)
    assert put(root, SECOND_FACTOR_OF, "everybody", path=path).status_code == 200
    assert refused(ben)["code"] == "second_factor_demanded"
    assert put(root, SECOND_FACTOR_OF, "nobody").status_code == 200
    until_answered(200, lambda: ben.get("/preferences"))


def test_an_administrator_sees_who_has_none_and_resets_a_lost_one(
    admin: SignedIn, ben: SignedIn, made: Made, client: httpx.Client
) -> None:
    demand(admin, "administrators")
    made.add_user("root", roles=[RoleCode.SUPERADMIN])
    gone = made.add_user("gone", roles=[RoleCode.ADMIN])
    assert admin.send("DELETE", f"/users/{gone}", headers={"If-Match": '"1"'}).status_code == 200
    counted = admin.get("/second-factors/count").json()
    assert counted == {
        "demanded_of": "administrators",
        "people": 3,
        "people_without": 2,
        "administrators": 2,
        "administrators_without": 1,
    }
    people = {one["username"]: one for one in admin.get("/second-factors").json()["items"]}
    stands = {
        name: (one["is_administrator"], one["is_demanded"], one["confirmed_at"] is None) for name, one in people.items()
    }
    assert stands == {"anna": (True, True, False), "root": (True, True, True), "ben": (False, False, True)}
    missing = admin.get("/second-factors", params={"is_missing": "true", "is_demanded": "true"}).json()["items"]
    assert [one["username"] for one in missing] == ["root"]
    first = admin.get("/second-factors", params={"limit": 1}).json()
    assert len(admin.get("/second-factors", params={"cursor": first["next_cursor"]}).json()["items"]) == 2
    assert ben.get("/second-factors").status_code == ben.get("/second-factors/count").status_code == 403
    set_up(ben)
    ben_id = people["ben"]["user_id"]
    assert admin.send("DELETE", f"/users/{ben_id}/mfa").status_code == 204
    assert admin.get("/second-factors/count").json()["people_without"] == 2


def test_to_practise_takes_the_factor_of_the_real_organization(admin: SignedIn, ben: SignedIn) -> None:
    _, codes = set_up(admin)
    demand(admin, "everybody")
    refused(ben)
    assert admin.post("/practice-organization").status_code == 201
    assert ben.post("/practice-organization/sign-in", {}).json()["code"] == "second_factor_demanded"
    there = go(admin)
    assert me(there)["second_factor_missing"] is False, "it is copied with the settings, and asks nobody there"
    assert put(there, SECOND_FACTOR_OF, "administrators", 1).json()["code"] == "own_second_factor_missing"
    again = there.client.post("/api/v1/auth/refresh", json={"refresh_token": there.refresh_token})
    assert again.status_code == 200
    proof = {"password": PASSWORD, "second_factor": codes[0]}
    assert admin.post("/mfa/totp/remove", proof).status_code == 204
    token = again.json()["refresh_token"]
    gone = there.client.post("/api/v1/auth/refresh", json={"refresh_token": token})
    assert (gone.status_code, gone.json()["code"]) == (401, "session_ended")


def test_a_refusal_is_in_the_audit(admin: SignedIn, ben: SignedIn, made: Made) -> None:
    demand(admin, "everybody")
    assert refused(ben)["status"] == 403
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        kept = "select count(*) from audit_logs where action = 'refused' and new_values ->> 'code' = :code"
        assert session.execute(text(kept), {"code": "second_factor_demanded"}).scalar_one() > 0


def test_the_stream_of_a_running_session_ends_and_opens_no_more(admin: SignedIn, ben: SignedIn) -> None:
    headers = {"Authorization": f"Bearer {ben.access_token}"}
    with ben.client.stream("GET", "/api/v1/events", headers=headers, timeout=60) as answer:
        chunks = answer.iter_bytes()
        assert b"ready" in next(chunks)
        demand(admin, "everybody")
        for _ in chunks:
            pass
    again = until_answered(403, lambda: ben.get("/events"))
    assert again.json()["code"] == "second_factor_demanded"


def test_keys_are_held_to_it_as_their_owners_are(admin: SignedIn, ben: SignedIn, made: Made) -> None:
    """Keys made before are held back, and told; whose owner has one go on."""
    rights = {"code": "keys", "name": "Keys", "permissions": ["identity.api_key.create", "identity.api_key.read"]}
    assert admin.post("/roles", rights).status_code == 201
    user = admin.get("/users", params={"q": "ben"}).json()["items"][0]
    admin.post(f"/users/{user['id']}/assign-role", {"role": "keys"}, headers={"If-Match": f'"{user["version"]}"'})
    bens = until_answered(201, lambda: ben.post("/api-keys", {"name": "Ben", "scopes": ["sites.plant.read"]})).json()
    annas = admin.post("/api-keys", {"name": "Anna", "scopes": ["sites.plant.read"]}).json()
    program, other = (replace(admin, access_token=key["key"]) for key in (bens, annas))
    assert program.get("/plants").status_code == 200
    demand(admin, "everybody")
    held = program.get("/plants")
    assert (held.status_code, held.json()["code"]) == (401, "key_owner_lacks_second_factor")
    assert other.get("/plants").status_code == 200
    listed_keys = {one["name"]: one["is_held_back"] for one in admin.get("/api-keys").json()["items"]}
    assert listed_keys == {"Ben": True, "Anna": False}
    told = admin.get("/login-history", params={"outcome": "key_refused"}).json()["items"]
    assert [(one["name"], one["reason"]) for one in told] == [("Ben", "key_owner_lacks_second_factor")]
    refused(ben)
    assert ben.post("/api-keys", {"name": "More", "scopes": ["sites.plant.read"]}).status_code == 403
    set_up(ben)
    assert until_answered(200, lambda: program.get("/plants")).status_code == 200
