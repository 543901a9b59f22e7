"""Nobody becomes somebody else who may do more, nor changes their own ways in from an open screen."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from unison_domain.identity.contracts import PlantAssignment, RoleAssignment, WarehouseAssignment
from unison_server.identity import usecases
from unison_server.identity.tables import User
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id

from tests.server.factories import PASSWORD, Made
from tests.server.identity.test_roles_by_place import added
from tests.server.serving import SignedIn, sign_in, until_answered

SEEN = {"If-Match": "*"}
NEW = "four pearls under ice"


@pytest.fixture
def clerk(admin: SignedIn, made: Made, client: httpx.Client) -> SignedIn:
    """Somebody who looks after people, and reads in one plant alone."""
    rights = [
        f"identity.{right}" for right in ("user.update", "user.read", "user.import", "badge.create", "badge.revoke")
    ]
    rights.append("sites.plant.read")
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


def in_places(admin: SignedIn, made: Made, clerk: SignedIn, **of_clerk: bool) -> tuple[UUID, UUID, UUID]:
    """Ida, who has no role and writes in a plant and a warehouse of it; the clerk may only what is said, in the plant.

    Returns her id and those of the places, once the server knows of them.
    """
    plant = made.add_plant("KIEL")
    warehouse = UUID(added(admin, "/warehouses", plant_id=plant, code="RAW", name="Raw"))
    ida = made.add_user("ida", roles=[], writes=[plant])
    me = UUID(clerk.get("/auth/me").json()["id"])
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        may = WarehouseAssignment(warehouse_id=warehouse, can_write=True, can_delete=True)
        usecases.assign_warehouse(session, session.need(User, ida, "user"), may)
        may_clerk = PlantAssignment(plant_id=plant, **of_clerk)
        usecases.assign_plant(session, session.need(User, me, "user"), may_clerk)
    until_answered(200, lambda: clerk.get(f"/plants/{plant}"))
    return ida, plant, warehouse


def takes(by: SignedIn, user: UUID, plant: UUID, warehouse: UUID) -> list[httpx.Response]:
    """What is answered to who takes all of it, and to who leaves reading."""
    version = {"If-Match": by.get(f"/users/{user}").headers["etag"]}
    return [
        by.post(f"/users/{user}/assign-{kind}", {f"{kind}_id": str(place), "can_read": reads}, headers=version)
        for kind, place in (("plant", plant), ("warehouse", warehouse))
        for reads in (False, True)
    ]


def previewed(by: SignedIn, file: str) -> dict[str, Any]:
    answer = by.post("/users/import/preview", {"file": b64encode(file.encode()).decode()})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def held(by: SignedIn, user: UUID) -> list[bool]:
    """Whether somebody may write, place by place."""
    told = by.get(f"/users/{user}").json()
    return [one["can_write"] for one in (*told["plants"], *told["warehouses"])]


def test_who_may_more_loses_no_place_to_who_may_less(admin: SignedIn, clerk: SignedIn, made: Made) -> None:
    ida, plant, warehouse = in_places(admin, made, clerk, can_write=True, can_delete=True)
    give(made, ida, "plant_manager")
    assert told(takes(clerk, ida, plant, warehouse)) == {(403, "beyond_own_rights")}
    errors = previewed(clerk, "username,plants,warehouses\nida,-,-\n")["errors"]
    assert {(one["column"], "more rights than you" in one["message"]) for one in errors} == {
        ("plants", True),
        ("warehouses", True),
    }
    assert held(admin, ida) == [True, True]


def test_nobody_takes_what_they_could_not_give_back(admin: SignedIn, clerk: SignedIn, made: Made) -> None:
    ida, plant, warehouse = in_places(admin, made, clerk, can_read=True)
    unseen = new_id()
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        usecases.assign_plant(session, session.need(User, ida, "user"), PlantAssignment(plant_id=unseen))
    refused = takes(clerk, ida, plant, warehouse)
    assert told(refused) == {(403, "not_allowed")}
    assert "take the right to write and delete in a plant: you lack it there" in refused[0].json()["detail"]
    errors = previewed(clerk, "username,plants,warehouses\nida,-,-\n")["errors"]
    assert {(one["column"], one["value"]) for one in errors} == {
        ("plants", "KIEL"),
        ("plants", str(unseen)),
        ("warehouses", "RAW"),
    }
    kept = f"username,plants,warehouses\nida,KIEL:rwd | {unseen},RAW:rwd\n"
    assert previewed(clerk, kept)["errors"] == previewed(clerk, kept)["changes"] == []


def test_keys_of_who_may_more_are_not_revoked(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    rights = ["identity.api_key.read", "identity.api_key.revoke"]
    assert admin.post("/roles", {"code": "keys", "name": "Keys", "permissions": rights}).status_code == 201
    made_key = admin.post("/api-keys", {"name": "Reports", "scopes": ["sites.plant.read"]}).json()
    give(made, made.add_user("kim", roles=[]), "keys")
    kim = sign_in(client, made, "kim")
    refused = kim.send("DELETE", f"/api-keys/{made_key['id']}")
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_own_rights"), refused.text
    assert kim.get("/api-keys").json()["items"][0]["revoked_at"] is None
    assert admin.send("DELETE", f"/api-keys/{made_key['id']}").status_code == 200


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
