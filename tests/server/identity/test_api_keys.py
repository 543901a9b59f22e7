"""Keys of programs: held to their scopes, to their owner's rights and to a rate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.access import Access
from unison_server.kernel.database import Database, Databases

from tests.server.factories import Made, make_organization
from tests.server.listening import listening
from tests.server.serving import SignedIn, sign_in

BERLIN = {"code": "BER", "name": "Berlin", "time_zone": "Europe/Berlin"}
READS = ["sites.plant.read"]


def made_key(admin: SignedIn, **fields: Any) -> dict[str, Any]:
    answer = admin.post("/api-keys", {"name": "Reports", "scopes": READS, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def using(admin: SignedIn, key: dict[str, Any]) -> SignedIn:
    return replace(admin, access_token=key["key"])


def test_it_does_what_its_scopes_say_and_no_more(admin: SignedIn, made: Made) -> None:
    made.add_plant("P1")
    key = made_key(admin)
    program = using(admin, key)
    assert [one["code"] for one in program.get("/plants").json()["items"]] == ["P1"]
    refused = program.post("/plants", BERLIN)
    assert (refused.status_code, refused.json()["parameters"]["permission"]) == (403, "sites.plant.create")
    assert program.get("/auth/me").status_code == 401, "a key is no person"
    (shown,) = admin.get("/api-keys").json()["items"]
    assert "key" not in shown
    assert (shown["ending"], shown["user_name"]) == (key["key"][-4:], "Anna")
    assert shown["last_used_at"] is not None


def test_it_does_nothing_its_owner_may_not(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    seen, hidden = made.add_plant("SEEN"), made.add_plant("HIDDEN")
    max_id = made.add_user("max", roles=[RoleCode.ADMIN])
    key = made_key(sign_in(client, made, "max"), scopes=[*READS, "sites.plant.create"])
    program = using(admin, key)
    assert len(program.get("/plants").json()["items"]) == 2
    for role, assigned in (("plant_manager", True), ("admin", False)):
        version = admin.get(f"/users/{max_id}").headers["etag"]
        body = {"role": role, "assigned": assigned}
        path = f"/users/{max_id}/assign-role"
        assert admin.send("POST", path, json=body, headers={"If-Match": version}).status_code == 200
    assert program.get("/plants").json()["items"] == []
    assert program.post("/plants", BERLIN).status_code == 403
    version = admin.get(f"/users/{max_id}").headers["etag"]
    admin.send("DELETE", f"/users/{max_id}", headers={"If-Match": version})
    assert program.get("/plants").status_code == 401
    assert {seen, hidden} == set(made.plants)


def test_revoked_and_expired_it_opens_nothing(admin: SignedIn, databases: Databases, made: Made) -> None:
    revoked, expired = made_key(admin), made_key(admin, expires_at="2199-01-01T00:00:00Z")
    assert admin.send("DELETE", f"/api-keys/{revoked['id']}").json()["revoked_at"] is not None
    again = admin.send("DELETE", f"/api-keys/{revoked['id']}")
    assert again.status_code == 200
    with databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text("update api_keys set expires_at = now() where id = :id"), {"id": expired["id"]})
    for key in (revoked, expired):
        refused = using(admin, key).get("/plants")
        assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")


Ending = Callable[[SignedIn, str, dict[str, Any]], httpx.Response]


def changed(admin: SignedIn, user_id: str, method: str, path: str, **said: Any) -> httpx.Response:
    version = admin.get(f"/users/{user_id}").headers["etag"]
    return admin.send(method, f"/users/{user_id}{path}", headers={"If-Match": version}, **said)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda admin, _, key: admin.send("DELETE", f"/api-keys/{key['id']}"), id="revoked"),
        pytest.param(lambda admin, owner, _: changed(admin, owner, "DELETE", ""), id="its owner is deactivated"),
        pytest.param(
            lambda admin, owner, _: changed(
                admin, owner, "POST", "/assign-role", json={"role": "admin", "assigned": False}
            ),
            id="its owner loses the role",
        ),
    ],
)
def test_its_stream_ends_when_it_allows_less(admin: SignedIn, made: Made, client: httpx.Client, end: Ending) -> None:
    owner = str(made.add_user("max", roles=[RoleCode.ADMIN]))
    key = made_key(sign_in(client, made, "max"))
    with listening(using(admin, key)) as listener:
        listener.next()
        assert end(admin, owner, key).status_code == 200
        while listener.next() is not None:
            pass


def test_it_says_that_its_owner_is_out(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    max_id = made.add_user("max", roles=[RoleCode.ADMIN])
    made_key(sign_in(client, made, "max"))
    assert [one["is_let_in"] for one in admin.get("/api-keys").json()["items"]] == [True]
    assert changed(admin, str(max_id), "DELETE", "").status_code == 200
    assert [one["is_let_in"] for one in admin.get("/api-keys").json()["items"]] == [False]


def test_it_is_known_when_it_ends_by_itself(admin: SignedIn, made: Made, app: FastAPI, client: httpx.Client) -> None:
    owner = str(made.add_user("max", roles=[RoleCode.ADMIN]))
    theirs = sign_in(client, made, "max")
    lasting, ending = made_key(theirs), made_key(theirs, expires_at="2199-01-01T00:00:00Z")
    access: Access = app.state.services.access

    def ends(key: dict[str, Any]) -> float:
        return access.authenticate(key["key"]).expires_at

    assert (ends(lasting), ends(ending)) == (math.inf, datetime(2199, 1, 1, tzinfo=UTC).timestamp())
    until = {"access_ends_at": "2150-01-01T00:00:00Z"}
    assert changed(admin, owner, "PATCH", "", json=until).status_code == 200
    assert {ends(lasting), ends(ending)} == {datetime(2150, 1, 1, tzinfo=UTC).timestamp()}


def test_it_asks_no_more_often_than_it_may(admin: SignedIn) -> None:
    program = using(admin, made_key(admin, requests_per_minute=3))
    assert [program.get("/plants").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = program.get("/plants")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "Reports may ask 3 times a minute" in refused.json()["detail"]
    assert admin.get("/plants").status_code == 200


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"scopes": ["sites.plant.fly"]}, 422, "no_such"),
        ({"scopes": []}, 422, "invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "past"),
        ({"requests_per_minute": 0}, 422, "invalid"),
    ],
)
def test_what_makes_no_key_is_told(admin: SignedIn, fields: dict[str, Any], status: int, code: str) -> None:
    answer = admin.post("/api-keys", {"name": "Reports", "scopes": READS, **fields})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert admin.get("/api-keys").json()["items"] == []


def test_a_key_makes_no_keys_and_nobody_gives_what_they_lack(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    program = using(admin, made_key(admin, scopes=["identity.api_key.create"]))
    refused = program.post("/api-keys", {"name": "More", "scopes": READS})
    assert (refused.status_code, refused.json()["code"]) == (403, "person_needed")
    made.add_user("ben", roles=[RoleCode.OPERATOR])
    assert sign_in(client, made, "ben").post("/api-keys", {"name": "x", "scopes": READS}).status_code == 403


def test_its_secret_is_told_once_and_kept_nowhere(admin: SignedIn, made: Made, databases: Databases) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    body = {"name": "Reports", "scopes": READS}
    key = admin.post("/api-keys", body, headers=headers).json()["key"]
    assert admin.post("/api-keys", body, headers=headers).status_code == 409
    with databases.session(Database.IDENTITY, made.scope) as session:
        for table in ("api_keys", "audit_logs", "idempotency_keys", "outbox", "events"):
            kept = session.execute(text(f"select coalesce(json_agg(t)::text, '') from {table} t")).scalar_one()
            assert key not in kept, table


def test_another_organizations_keys_are_not_there(
    admin: SignedIn, client: httpx.Client, databases: Databases, system_databases: Databases
) -> None:
    key = made_key(admin)
    stranger = make_organization(databases, system_databases)
    stranger.add_user()
    theirs = sign_in(client, stranger)
    assert theirs.get("/api-keys").json()["items"] == []
    assert theirs.send("DELETE", f"/api-keys/{key['id']}").status_code == 404
    forged = key["key"].replace(key["key"].split("_")[1], stranger.id.hex)
    assert using(admin, {"key": forged}).get("/plants").status_code == 401
