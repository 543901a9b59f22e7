"""An organization's own roles, what people may do and why, and access that ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode
from unison_server.identity.roles import ROLES, permissions_of

from tests.server.factories import PASSWORD, Made
from tests.server.identity.test_sign_in import attempt, me
from tests.server.serving import SignedIn, sign_in, until_answered

BERLIN = {"code": "BER", "name": "Berlin", "time_zone": "Europe/Berlin"}
READS = ["sites.plant.read"]


def made_role(admin: SignedIn, code: str = "night_lead", **fields: Any) -> dict[str, Any]:
    answer = admin.post("/roles", {"code": code, "name": "Night lead", "permissions": READS, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def give(admin: SignedIn, user: UUID, role: str, *, assigned: bool = True) -> httpx.Response:
    version = admin.get(f"/users/{user}").headers["etag"]
    body = {"role": role, "assigned": assigned}
    return admin.send("POST", f"/users/{user}/assign-role", json=body, headers={"If-Match": version})


def replaced(admin: SignedIn, role: dict[str, Any], version: int, permissions: list[str]) -> httpx.Response:
    body = {"name": "Night lead", "permissions": permissions}
    return admin.send("PUT", f"/roles/{role['id']}", json=body, headers={"If-Match": f'"{version}"'})


def test_every_system_role_has_a_name_of_the_contract() -> None:
    assert set(ROLES) == {str(code) for code in RoleCode}


def test_an_auditor_reads_all_and_writes_nothing() -> None:
    assert {permission.rpartition(".")[2] for permission in permissions_of(["auditor"])} == {"read"}


def test_who_has_the_role_may_what_it_says_and_no_longer_at_once(
    admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    role = made_role(admin)
    ben_id = made.add_user("ben", roles=[])
    ben = sign_in(client, made, "ben")
    assert ben.get("/plants").status_code == 403
    assert give(admin, ben_id, "night_lead").status_code == 200
    until_answered(200, lambda: ben.get("/plants"))
    assert ben.get("/auth/me").json()["role_names"] == {"night_lead": "Night lead"}
    assert replaced(admin, role, 1, ["machines.machine.read"]).json()["permissions"] == ["machines.machine.read"]
    until_answered(403, lambda: ben.get("/plants"))
    assert ben.get("/machines").status_code == 200
    gone = admin.send("DELETE", f"/roles/{role['id']}", headers={"If-Match": '"2"'})
    assert (gone.status_code, gone.json()["is_active"]) == (200, False)
    until_answered(403, lambda: ben.get("/machines"))
    refused = give(admin, ben_id, "night_lead").json()
    assert (refused["code"], refused["detail"]) == ("no_such", "the role night_lead was taken out of use")
    assert give(admin, ben_id, "day_lead").json()["detail"] == "there is no role day_lead"
    assert give(admin, ben_id, "night_lead", assigned=False).json()["roles"] == [], "it can still be taken away"


def test_it_is_seen_why_somebody_may(admin: SignedIn, made: Made) -> None:
    made_role(admin)
    ben_id = made.add_user("ben", roles=[RoleCode.OPERATOR])
    give(admin, ben_id, "night_lead")
    shown = admin.get(f"/users/{ben_id}/permissions").json()
    why = {one["permission"]: one["given_by"] for one in shown["permissions"]}
    assert why["sites.plant.read"] == ["night_lead", "operator"]
    assert why["codes.scan.create"] == ["operator"]
    assert why["identity.user.create"] == []
    assert sorted(why) == admin.get("/permissions").json()["items"]


def test_system_roles_are_listed_and_their_codes_taken(admin: SignedIn) -> None:
    made_role(admin)
    listed = {one["code"]: one for one in admin.get("/roles").json()["items"]}
    assert (listed["planner"]["is_system"], listed["night_lead"]["is_system"]) == (True, False)
    assert len(listed) == len(ROLES) + 1
    for code in ("planner", "night_lead"):
        taken = admin.post("/roles", {"code": code, "name": "Mine", "permissions": []})
        assert (taken.status_code, taken.json()["errors"][0]["field"]) == (409, "code")


def test_nobody_makes_or_changes_a_role_beyond_their_own_rights(
    admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    made_role(admin, "role_maker", permissions=["identity.role.create", "identity.role.update", *READS])
    strong = made_role(admin, "strong", permissions=["sites.plant.create"])
    ben_id = made.add_user("ben", roles=[])
    give(admin, ben_id, "role_maker")
    ben = sign_in(client, made, "ben")
    assert made_role(ben, "mine", permissions=READS)["code"] == "mine"
    refused = ben.post("/roles", {"code": "more", "name": "More", "permissions": ["sites.plant.create"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_own_rights")
    assert replaced(ben, strong, 1, READS).json()["code"] == "beyond_own_rights"


@pytest.mark.parametrize("permissions", [["sites.plant.fly"], ["*"], ["sites.*.read"], [7]])
def test_only_permissions_there_are_make_a_role(admin: SignedIn, permissions: list[Any]) -> None:
    answer = admin.post("/roles", {"code": "odd", "name": "Odd", "permissions": permissions})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"].startswith("permissions")


def test_of_two_who_change_one_is_told(admin: SignedIn) -> None:
    role = made_role(admin)
    assert replaced(admin, role, 1, []).status_code == 200
    late = replaced(admin, role, 1, READS)
    assert (late.status_code, late.json()["current"]["permissions"]) == (409, [])


def test_access_ends_when_it_was_said_to(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1.5)
    body = {"username": "tim", "full_name": "Tim", "password": PASSWORD, "access_ends_at": soon.isoformat()}
    assert admin.post("/users", body).status_code == 201
    tim = sign_in(client, made, "tim")
    assert me(client, tim.access_token).status_code == 200
    until_answered(401, lambda: me(client, tim.access_token))
    assert datetime.now(UTC) >= soon
    assert client.post("/api/v1/auth/refresh", json={"refresh_token": tim.refresh_token}).status_code == 401
    assert attempt(client, made, "tim").json()["code"] == "inactive"


def test_the_last_lasting_administrator_gets_no_end(admin: SignedIn, made: Made) -> None:
    anna = admin.get("/auth/me").json()["id"]
    version = admin.get(f"/users/{anna}").headers["etag"]
    body = {"access_ends_at": "2199-01-01T00:00:00Z"}
    refused = admin.send("PATCH", f"/users/{anna}", json=body, headers={"If-Match": version})
    assert (refused.status_code, refused.json()["code"]) == (409, "last_administrator")
