"""Of every right it is told why somebody has it, or what stands against it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode

from tests.server.factories import Made
from tests.server.identity.test_roles import give, made_role, replaced
from tests.server.serving import SignedIn, sign_in

SEEN = {"If-Match": '"1"'}


def rights(admin: SignedIn, user: UUID) -> dict[str, dict[str, Any]]:
    shown = admin.get(f"/users/{user}/permissions")
    assert shown.status_code == 200, shown.text
    return {one["permission"]: one for one in shown.json()["permissions"]}


def reasons(admin: SignedIn, user: UUID, permission: str) -> list[str]:
    one = rights(admin, user)[permission]
    assert one["counts"] is (not one["against"] or one["reached"] is not None), "what counts is only limited"
    return [against["reason"] for against in one["against"]]


def where(admin: SignedIn, user: UUID, permission: str) -> set[str] | None:
    reached = rights(admin, user)[permission]["reached"]
    return None if reached is None else {one["plant_id"] for one in reached}


def test_what_counts_has_nothing_against_it_and_the_rest_something(admin: SignedIn, made: Made) -> None:
    plant = made.add_plant("KIEL")
    ben = made.add_user("ben", roles=[RoleCode.PLANNER], writes=[plant])
    shown = rights(admin, ben)
    assert {one["counts"] for one in shown.values() if not one["against"]} == {True}
    assert {one["counts"] for one in shown.values() if one["against"]} == {False}
    assert reasons(admin, ben, "machines.machine.read") == []
    assert reasons(admin, ben, "identity.user.create") == ["no_role"]


def test_a_role_without_a_plant_and_one_that_only_reads_say_so(admin: SignedIn, made: Made) -> None:
    plant = made.add_plant("KIEL")
    ben, eve = (
        made.add_user("ben", roles=[RoleCode.OPERATOR]),
        made.add_user("eve", roles=[RoleCode.OPERATOR], reads=[plant]),
    )
    assert reasons(admin, ben, "machines.machine.read") == ["no_plant"]
    assert reasons(admin, eve, "machines.machine.read") == []
    assert reasons(admin, eve, "codes.scan.create") == ["read_only"]
    assert reasons(admin, ben, "sites.warehouse.read") == [], "all are seen"


def test_a_role_for_a_plant_names_it_where_access_is_missing(admin: SignedIn, made: Made) -> None:
    here, there = made.add_plant("HERE"), made.add_plant("THERE")
    ben = made.add_user("ben", roles=[], writes=[here], roles_in={there: RoleCode.PLANT_MANAGER})
    one = rights(admin, ben)["machines.machine.update"]
    assert [against["reason"] for against in one["against"]] == ["no_plant"]
    assert [place["plant_id"] for place in one["against"][0]["places"]] == [str(there)]
    assert reasons(admin, ben, "identity.user.read") == ["organization_wide"]
    assert reasons(admin, ben, "machines.downtime_reason.update") == ["not_all_plants"]


def test_a_role_for_a_department_says_what_belongs_to_none(admin: SignedIn, made: Made) -> None:
    kiel = made.add_plant("KIEL")
    press = admin.post("/departments", {"plant_id": str(kiel), "code": "PRESS", "name": "Press shop"}).json()["id"]
    ben = made.add_user("ben", roles=[], writes=[kiel])
    held = {"role": "plant_manager", "plant_id": str(kiel), "department_id": press}
    version = admin.get(f"/users/{ben}").headers["etag"]
    assert admin.post(f"/users/{ben}/assign-role", held, headers={"If-Match": version}).is_success
    one = rights(admin, ben)["machines.machine.update"]
    assert [against["reason"] for against in one["against"]] == ["of_no_department"]
    assert [place["department_id"] for place in one["against"][0]["places"]] == [press]
    assert reasons(admin, ben, "sites.department.update") == []


def test_only_plants_that_are_reached_are_named_as_such(admin: SignedIn, made: Made) -> None:
    kiel, lyon = made.add_plant("KIEL"), made.add_plant("LYON")
    ben = made.add_user("ben", roles=[], writes=[kiel], roles_in={kiel: RoleCode.PLANNER, lyon: RoleCode.PLANNER})
    eve = made.add_user("eve", roles=[RoleCode.PLANNER], writes=[kiel], reads=[lyon])
    for person in (ben, eve):
        assert where(admin, person, "codes.scan.create") == {str(kiel)}
    assert where(admin, ben, "machines.machine.read") == {str(kiel)}
    assert where(admin, eve, "machines.machine.read") == {str(kiel), str(lyon)}
    assert where(admin, ben, "sites.warehouse.read") is None, "all are seen"
    one = rights(admin, ben)["machines.machine.read"]
    assert one["counts"] is True
    assert [(missing["reason"], missing["places"][0]["plant_id"]) for missing in one["against"]] == [
        ("no_plant", str(lyon))
    ]
    assert reasons(admin, eve, "codes.scan.create") == []
    assert where(admin, UUID(admin.get("/auth/me").json()["id"]), "codes.scan.create") is None, "everywhere"


def test_where_nothing_may_be_taken_out_of_use_it_says_so(admin: SignedIn, made: Made) -> None:
    kiel, lyon = made.add_plant("KIEL"), made.add_plant("LYON")
    ben = made.add_user("ben", roles=[RoleCode.PROCESS_ENGINEER])
    for number, plant in enumerate((kiel, lyon), start=1):
        given = {"plant_id": str(plant), "can_write": True, "can_delete": plant == lyon}
        seen = {"If-Match": admin.get(f"/users/{ben}").headers["ETag"]}
        assert admin.post(f"/users/{ben}/assign-plant", given, headers=seen).status_code == 200
        expected = ["no_ending"] if number == 1 else []
        assert reasons(admin, ben, "machines.machine.deactivate") == expected
    assert where(admin, ben, "machines.machine.deactivate") == {str(lyon)}
    assert where(admin, ben, "machines.machine.update") == {str(kiel), str(lyon)}


def test_warehouses_and_places_out_of_use(admin: SignedIn, made: Made) -> None:
    plant = made.add_plant("OLD")
    ben = made.add_user("ben", roles=[RoleCode.WAREHOUSE_MANAGER, RoleCode.PROCESS_ENGINEER], writes=[plant])
    assert reasons(admin, ben, "sites.storage_location.create") == ["no_warehouse"]
    assert reasons(admin, ben, "sites.warehouse.update") == [], "by its plant"
    assert admin.send("DELETE", f"/plants/{plant}", headers=SEEN).status_code == 200
    one = rights(admin, ben)["machines.machine.update"]
    assert ([against["reason"] for against in one["against"]], one["counts"]) == (["place_out_of_use"], True)
    assert one["against"][0]["places"][0]["plant_id"] == str(plant)


def test_a_role_out_of_use_is_named(admin: SignedIn, made: Made) -> None:
    role = made_role(admin, permissions=["sites.person.evaluate", "identity.user.read"])
    ben = made.add_user("ben", roles=[])
    assert give(admin, ben, "night_lead").status_code == 200
    assert reasons(admin, ben, "identity.user.read") == []
    assert "setting" in reasons(admin, ben, "sites.person.evaluate")
    gone: httpx.Response = admin.send("DELETE", f"/roles/{role['id']}", headers=SEEN)
    assert gone.status_code == 200
    one = rights(admin, ben)["identity.user.read"]
    assert [(against["reason"], against["roles"]) for against in one["against"]] == [
        ("role_out_of_use", ["night_lead"])
    ]
    assert replaced(admin, role, 2, ["identity.user.read"]).status_code == 200
    assert reasons(admin, ben, "identity.user.read") == []


@pytest.mark.parametrize(
    ("right", "path"), [("identity.audit.read", "/audit-log"), ("identity.login_history.read", "/login-history")]
)
def test_who_sees_not_all_places_is_told_that_what_tells_of_all_stays_closed(
    admin: SignedIn, made: Made, client: httpx.Client, right: str, path: str
) -> None:
    made_role(admin, permissions=[right])
    ben = made.add_user("ben", roles=[], reads=[made.add_plant("KIEL")])
    assert give(admin, ben, "night_lead").status_code == 200
    assert reasons(admin, ben, right) == ["not_all_seen"]
    closed = [sign_in(client, made, "ben").get(f"{path}{of}") for of in ("", "/export")]
    assert [(answer.status_code, answer.json()["code"]) for answer in closed] == [(403, "organization_wide")] * 2
    assert give(admin, ben, "auditor").status_code == 200
    assert reasons(admin, ben, right) == []
    assert sign_in(client, made, "ben").get(path).status_code == 200


def test_who_left_may_nothing_and_it_says_why(admin: SignedIn, made: Made) -> None:
    ben, eve = (made.add_user(name, roles=[RoleCode.AUDITOR]) for name in ("ben", "eve"))
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert admin.send("PATCH", f"/users/{ben}", json={"access_ends_at": past}, headers=SEEN).status_code == 200
    assert admin.send("DELETE", f"/users/{eve}", headers=SEEN).status_code == 200
    assert reasons(admin, ben, "identity.audit.read") == ["ended"]
    assert reasons(admin, eve, "identity.audit.read") == ["inactive"]
    assert reasons(admin, eve, "identity.user.create") == ["no_role"], "what is lacked anyhow is told alone"
