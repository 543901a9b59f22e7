"""Nobody becomes somebody else who may do more, nor changes their own ways in from an open screen."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from unison_domain.identity.contracts import RoleAssignment, WarehouseAssignment
from unison_server.identity import usecases
from unison_server.identity.tables import User
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id

from tests.server.factories import PASSWORD, Made
from tests.server.serving import SignedIn, sign_in

SEEN = {"If-Match": "*"}
NEW = "four pearls under ice"


@pytest.fixture
def clerk(admin: SignedIn, made: Made, client: httpx.Client) -> SignedIn:
    """Somebody who looks after people, and reads in one plant alone."""
    rights = [f"identity.{right}" for right in ("user.update", "user.read", "badge.create", "badge.revoke")]
    assert admin.post("/roles", {"code": "clerk", "name": "Clerk", "permissions": rights}).status_code == 201
    clerk = made.add_user("clerk", roles=[])
    give(made, clerk, "clerk")
    return sign_in(client, made, "clerk")


def give(made: Made, user: UUID, role: str, plant: UUID | None = None) -> None:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        row = session.need(User, user, "user")
        usecases.assign_role(session, row, RoleAssignment(role=role, plant_id=plant))


def tries(by: SignedIn, user: UUID) -> list[httpx.Response]:
    """All ways to what lets the person in."""
    version = by.get(f"/users/{user}").headers["etag"]
    changes: list[dict[str, Any]] = [{"password": NEW}, {"email": "me@evil.example"}, {"username": "evil"}]
    changes.append({"employee_code": "666"})
    patched = [by.send("PATCH", f"/users/{user}", json=one, headers={"If-Match": version}) for one in changes]
    replaced = {"username": "evil", "full_name": "E", "email": "me@evil.example"}
    return [
        *patched,
        by.send("PUT", f"/users/{user}", json=replaced, headers={"If-Match": version}),
        by.post(f"/users/{user}/password-reset"),
        by.post(f"/users/{user}/password-reset/hand-over"),
        by.send("DELETE", f"/users/{user}/mfa"),
        by.send("PUT", f"/users/{user}/pin", json={"pin": "8317"}),
        by.send("DELETE", f"/users/{user}/pin"),
        by.post("/badges", {"user_id": str(user), "kind": "rfid", "text": f"badge {new_id()}"}),
    ]


def told(answers: list[httpx.Response]) -> set[tuple[int, str]]:
    return {(answer.status_code, answer.json()["code"]) for answer in answers}


@pytest.mark.parametrize("verb", ["read", "write"])
def test_who_reaches_into_a_further_plant_is_taken_over_by_nobody(clerk: SignedIn, made: Made, verb: str) -> None:
    plant = new_id()
    further = made.add_user("ida", roles=[], reads=[plant], writes=[plant] if verb == "write" else [])
    answers = tries(clerk, further)
    assert told(answers) == {(403, "beyond_own_rights")}
    assert answers[0].json()["parameters"] == {"place": "plant", "place_id": str(plant)}
    assert "you could act as them" in answers[0].json()["detail"]


def test_who_reaches_into_a_further_warehouse_is_taken_over_by_nobody(clerk: SignedIn, made: Made) -> None:
    ida = made.add_user("ida", roles=[])
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        wanted = WarehouseAssignment(warehouse_id=new_id(), can_read=True)
        usecases.assign_warehouse(session, session.need(User, ida, "user"), wanted)
    assert told(tries(clerk, ida)) == {(403, "beyond_own_rights")}


def test_who_may_more_in_one_plant_is_taken_over_by_nobody(clerk: SignedIn, made: Made) -> None:
    assert told(tries(clerk, made.add_user("ida", roles=[], roles_in={new_id(): "planner"}))) == {
        (403, "beyond_own_rights")
    }


def test_who_may_no_more_is_helped(clerk: SignedIn, made: Made, client: httpx.Client) -> None:
    ida = made.add_user("ida", roles=[])
    changed = clerk.send("PATCH", f"/users/{ida}", json={"password": NEW}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    sign_in(client, made, "ida", NEW)


def test_other_things_of_who_reaches_further_are_kept_up(clerk: SignedIn, made: Made) -> None:
    ida = made.add_user("ida", roles=[], reads=[new_id()])
    version = clerk.get(f"/users/{ida}").headers["etag"]
    assert clerk.send("PATCH", f"/users/{ida}", json={"phone": "12"}, headers={"If-Match": version}).status_code == 200


def test_ones_own_ways_in_take_ones_password(admin: SignedIn) -> None:
    me = admin.get("/auth/me").json()["id"]
    badge = {"user_id": me, "kind": "rfid", "text": "04A1B2C3"}
    assert told(tries(admin, me)) == {(403, "own_password_needed")}
    wrong = admin.post("/badges", {**badge, "own_password": "wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "password_wrong")
    handed = admin.post("/badges", {**badge, "own_password": PASSWORD})
    assert handed.status_code == 201
    for end in ("lost", "revoke"):
        refused = admin.post(f"/badges/{handed.json()['id']}/{end}")
        assert refused.json()["code"] == "own_password_needed"
    ended = admin.post(f"/badges/{handed.json()['id']}/revoke", {"own_password": PASSWORD})
    assert ended.json()["state"] == "revoked"
    named = {"username": "annabel", "own_password": PASSWORD}
    version = admin.get(f"/users/{me}").headers["etag"]
    changed = admin.send("PATCH", f"/users/{me}", json=named, headers={"If-Match": version})
    assert (changed.status_code, changed.json()["username"]) == (200, "annabel")


def test_what_lets_nobody_in_takes_no_password(admin: SignedIn) -> None:
    me = admin.get("/auth/me").json()["id"]
    own = {"username": "anna", "full_name": "Anna B"}
    assert admin.send("PUT", f"/users/{me}", json=own, headers={"If-Match": '"1"'}).status_code == 200


def test_ones_own_pin_is_removed_with_ones_password(admin: SignedIn, made: Made) -> None:
    assert admin.post("/pin", {"password": PASSWORD, "pin": "8317"}).status_code == 204
    assert admin.post("/pin/remove", {"password": "wrong"}).json()["code"] == "password_wrong"
    assert admin.post("/pin/remove", {"password": PASSWORD}).status_code == 204
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        assert session.execute(text("select count(*) from person_pins")).scalar_one() == 0


def test_a_program_changes_nothing_that_lets_its_owner_in(admin: SignedIn, client: httpx.Client) -> None:
    scopes = admin.get("/auth/me").json()["permissions"]
    me = admin.get("/auth/me").json()["id"]
    made = admin.post("/api-keys", {"name": "All", "scopes": scopes, "requests_per_minute": 600})
    assert made.status_code == 201, made.text
    program = SignedIn(client, made.json()["key"], "")
    assert told(tries(program, me)) <= {(403, "own_password_needed"), (403, "beyond_own_rights")}


def test_an_administrator_without_a_password_is_none(admin: SignedIn, made: Made) -> None:
    me = admin.get("/auth/me").json()["id"]
    waiting = admin.post("/users", {"username": "new", "full_name": "New", "roles": ["admin"]})
    assert waiting.status_code == 201
    take = {"role": "admin", "assigned": False}
    refused = [
        admin.post(f"/users/{me}/assign-role", take, headers={"If-Match": '"1"'}),
        admin.send("DELETE", f"/users/{me}", headers={"If-Match": '"1"'}),
        admin.send("PATCH", f"/users/{me}", json={"access_ends_at": "2100-01-01T00:00Z"}, headers={"If-Match": '"1"'}),
    ]
    assert told(refused) == {(409, "last_administrator")}
    made.add_user("second")
    assert admin.post(f"/users/{me}/assign-role", take, headers={"If-Match": '"1"'}).status_code == 200
