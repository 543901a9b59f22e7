"""Roles for one plant or one department: what they let somebody do, where, and what is refused elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.server.factories import Made
from tests.server.serving import SignedIn, sign_in, until_answered

CHOSEN = {"full_name": "Ida", "password": "four words put together"}
SEEN = {"If-Match": '"1"'}


@dataclass(frozen=True)
class Shop:
    """Two plants, each with a machine and two departments, and Ben, who reaches both and has no role yet."""

    admin: SignedIn
    ben_id: UUID
    ben: SignedIn
    here: UUID
    there: UUID
    machines: dict[UUID, str]
    departments: dict[tuple[UUID, str], str]

    def give(self, role: str, *, assigned: bool = True, **place: Any) -> httpx.Response:
        """Give Ben a role, or take it, as the administrator."""
        return give(self.admin, self.ben_id, role, assigned=assigned, **place)


def give(giver: SignedIn, user: UUID, role: str, *, assigned: bool = True, **place: Any) -> httpx.Response:
    version = giver.get(f"/users/{user}").headers["etag"]
    body = {"role": role, "assigned": assigned, **{name: str(id_) for name, id_ in place.items()}}
    return giver.send("POST", f"/users/{user}/assign-role", json=body, headers={"If-Match": version})


def added(admin: SignedIn, path: str, **fields: object) -> str:
    answer = admin.post(path, {name: str(value) for name, value in fields.items()})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def machine(admin: SignedIn, plant: UUID, code: str) -> str:
    center = added(admin, "/work-centers", plant_id=plant, code=code, name=code)
    return added(admin, "/machines", plant_id=plant, work_center_id=center, machine_code=code, name=f"Press {code}")


@pytest.fixture
def shop(admin: SignedIn, made: Made, client: httpx.Client) -> Shop:
    here, there = made.add_plant("HERE"), made.add_plant("THERE")
    machines = {here: machine(admin, here, "M1"), there: machine(admin, there, "M2")}
    departments = {
        (plant, code): added(admin, "/departments", plant_id=plant, code=code, name=f"Department {code}")
        for plant in (here, there)
        for code in ("PRESS", "PAINT")
    }
    ben_id = made.add_user("ben", roles=[], writes=[here, there])
    return Shop(admin, ben_id, sign_in(client, made, "ben"), here, there, machines, departments)


def ids(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {str(one["id"]) for one in answer.json()["items"]}


def renamed(person: SignedIn, path: str) -> httpx.Response:
    return person.send("PATCH", path, json={"name": "New"}, headers=SEEN)


def test_a_role_for_one_plant_shows_what_is_there_alone(shop: Shop) -> None:
    assert shop.give("plant_manager", plant_id=shop.here).status_code == 200
    until_answered(200, lambda: shop.ben.get("/machines"))
    assert ids(shop.ben.get("/machines")) == {shop.machines[shop.here]}
    assert ids(shop.ben.get("/plants")) == {str(shop.here)}
    assert shop.ben.get(f"/machines/{shop.machines[shop.there]}").status_code == 404
    assert shop.ben.get("/machines/export").text.count("Press") == 1


def test_what_is_changed_elsewhere_is_refused_by_the_name_of_the_plant(shop: Shop) -> None:
    shop.give("plant_manager", plant_id=shop.here)
    until_answered(200, lambda: renamed(shop.ben, f"/machines/{shop.machines[shop.here]}"))
    refused = renamed(shop.ben, f"/machines/{shop.machines[shop.there]}")
    assert (refused.status_code, refused.json()["code"]) == (403, "held_elsewhere")
    assert "(machines.machine.update) in plant THERE (Plant THERE)" in refused.json()["detail"]
    body = {"plant_id": str(shop.there), "code": "X", "name": "X"}
    assert shop.ben.post("/work-centers", body).json()["parameters"]["plant"] == "THERE"
    assert renamed(shop.admin, f"/machines/{shop.machines[shop.there]}").status_code == 200, "nothing was changed"


def test_a_warehouse_of_another_plant_is_refused_too(shop: Shop) -> None:
    stores = {
        plant: added(shop.admin, "/warehouses", plant_id=plant, code=f"W{place}", name="Store")
        for place, plant in enumerate((shop.here, shop.there))
    }
    for store in stores.values():
        version = shop.admin.get(f"/users/{shop.ben_id}").headers["etag"]
        body = {"warehouse_id": store, "can_write": True}
        shop.admin.send(
            "POST", f"/users/{shop.ben_id}/assign-warehouse", json=body, headers={"If-Match": version}
        ).raise_for_status()
    shop.give("warehouse_manager", plant_id=shop.here)
    mine, other = ({"warehouse_id": stores[plant], "code": "A-01"} for plant in (shop.here, shop.there))
    until_answered(201, lambda: shop.ben.post("/storage-locations", mine))
    refused = shop.ben.post("/storage-locations", other)
    assert (refused.status_code, refused.json()["parameters"]["warehouse"]) == (403, "W1")
    assert "sites.storage_location.create" in refused.json()["detail"]


def test_what_is_the_whole_organizations_is_refused_by_where_the_role_holds(shop: Shop) -> None:
    everything = shop.admin.get("/permissions").json()["items"]
    shop.admin.post("/roles", {"code": "everything", "name": "Everything", "permissions": everything})
    shop.give("everything", plant_id=shop.here)
    until_answered(200, lambda: shop.ben.get("/machines"))
    listed = shop.ben.get("/users")
    assert (listed.status_code, listed.json()["code"]) == (403, "held_elsewhere")
    assert "only in plant HERE (Plant HERE)" in listed.json()["detail"]
    made = shop.ben.post("/plants", {"code": "NEW", "name": "New", "time_zone": "Europe/Berlin"})
    assert (made.status_code, made.json()["code"]) == (403, "held_elsewhere")
    assert (
        "you hold the right “make plants” (sites.plant.create) only in plant HERE (Plant HERE)" in made.json()["detail"]
    )
    assert shop.ben.get("/certificate").status_code == 403


def test_one_that_is_lacked_everywhere_is_just_lacked(shop: Shop) -> None:
    shop.give("viewer", plant_id=shop.here)
    until_answered(200, lambda: shop.ben.get("/machines"))
    refused = renamed(shop.ben, f"/machines/{shop.machines[shop.here]}").json()
    assert (refused["code"], "You lack the right" in refused["detail"]) == ("not_allowed", True)


def test_roles_add_up_and_go_one_by_one(shop: Shop) -> None:
    shop.give("viewer")
    shop.give("plant_manager", plant_id=shop.here)
    shop.give("plant_manager", plant_id=shop.there)
    until_answered(200, lambda: renamed(shop.ben, f"/machines/{shop.machines[shop.there]}"))
    assert ids(shop.ben.get("/machines")) == set(shop.machines.values())
    left = shop.give("plant_manager", assigned=False, plant_id=shop.there).json()
    assert left["roles"] == ["plant_manager", "viewer"]
    assert left["held_roles"] == [
        {"role": "plant_manager", "plant_id": str(shop.here), "department_id": None},
        {"role": "viewer", "plant_id": None, "department_id": None},
    ]
    until_answered(403, lambda: renamed(shop.ben, f"/machines/{shop.machines[shop.there]}"))
    assert ids(shop.ben.get("/machines")) == set(shop.machines.values()), "a viewer in the whole organization"
    assert len(shop.give("plant_manager", plant_id=shop.here).json()["held_roles"]) == 2, "given twice is given once"


def test_access_to_the_plant_is_still_needed(shop: Shop, made: Made, client: httpx.Client) -> None:
    eve_id = made.add_user("eve", roles=[], reads=[shop.there])
    eve = sign_in(client, made, "eve")
    give(shop.admin, eve_id, "plant_manager", plant_id=shop.here)
    assert until_answered(200, lambda: eve.get("/machines")).json()["items"] == []
    give(shop.admin, eve_id, "admin", plant_id=shop.here)
    assert ids(until_answered(200, lambda: renamed_then_listed(eve, shop))) == {shop.machines[shop.here]}


def renamed_then_listed(person: SignedIn, shop: Shop) -> httpx.Response:
    """An administrator of a plant reaches into it."""
    renaming = renamed(person, f"/machines/{shop.machines[shop.here]}")
    return person.get("/machines") if renaming.is_success else renaming


def test_a_role_for_a_department_counts_for_it_alone(shop: Shop) -> None:
    press, paint = (shop.departments[shop.here, code] for code in ("PRESS", "PAINT"))
    given = shop.give("plant_manager", department_id=press).json()
    assert given["held_roles"] == [{"role": "plant_manager", "plant_id": str(shop.here), "department_id": press}]
    until_answered(200, lambda: shop.ben.get("/departments"))
    assert ids(shop.ben.get("/departments")) == {press}
    assert shop.ben.get(f"/departments/{paint}").status_code == 404
    assert renamed(shop.ben, f"/departments/{press}").status_code == 200
    assert renamed(shop.ben, f"/departments/{paint}").status_code == 404
    elsewhere = renamed(shop.ben, f"/departments/{shop.departments[shop.there, 'PRESS']}")
    assert (elsewhere.status_code, elsewhere.json()["parameters"]["plant"]) == (403, "THERE")
    another = {"plant_id": str(shop.here), "code": "NEW", "name": "New"}
    assert shop.ben.post("/departments", another).json()["code"] == "held_elsewhere"
    other = shop.ben.get("/machines")
    assert (other.status_code, other.json()["code"]) == (403, "held_elsewhere")
    assert "only for a department, and this belongs to no department" in other.json()["detail"]


def test_a_department_stays_in_its_plant(shop: Shop) -> None:
    press = shop.departments[shop.here, "PRESS"]
    body = {"plant_id": str(shop.there), "code": "PRESS2", "name": "Press"}
    moved = shop.admin.send("PUT", f"/departments/{press}", json=body, headers=SEEN)
    assert (moved.status_code, moved.json()["code"]) == (422, "fixed")


@pytest.mark.parametrize("place", [{"plant_id": uuid4()}, {"department_id": uuid4()}])
def test_the_place_must_be_there(shop: Shop, place: dict[str, Any]) -> None:
    assert shop.give("viewer", **place).status_code == 404
    press = shop.departments[shop.here, "PRESS"]
    assert shop.give("viewer", plant_id=shop.there, department_id=press).status_code == 404
    assert shop.give("viewer").status_code == 200
    assert shop.give("viewer", assigned=False, department_id=uuid4()).status_code == 404
    assert shop.admin.get(f"/users/{shop.ben_id}").json()["roles"] == ["viewer"]


def test_nobody_gives_in_a_plant_what_they_lack_there(shop: Shop, made: Made) -> None:
    people = ["identity.user.read", "identity.user.update"]
    shop.admin.post("/roles", {"code": "people", "name": "People", "permissions": people})
    shop.give("people")
    shop.give("plant_manager", plant_id=shop.here)
    new_id = made.add_user("new", roles=[])
    until_answered(200, lambda: shop.ben.get("/users"))
    assert until_answered(200, lambda: give(shop.ben, new_id, "viewer", plant_id=shop.here)).status_code == 200
    press = shop.departments[shop.here, "PRESS"]
    assert give(shop.ben, new_id, "viewer", department_id=press).status_code == 200
    elsewhere: list[dict[str, Any]] = [{"plant_id": shop.there}, {}]
    for place in elsewhere:
        refused = give(shop.ben, new_id, "viewer", **place)
        assert (refused.status_code, refused.json()["code"]) == (403, "beyond_own_rights")
    give(shop.admin, new_id, "viewer", plant_id=shop.there)
    beyond = give(shop.ben, new_id, "viewer", assigned=False, plant_id=shop.here)
    assert beyond.json()["detail"].startswith("You can't change somebody with more rights than you")


def test_a_scan_tells_nothing_of_plants_where_none_may_be_read(shop: Shop) -> None:
    shop.give("operator", plant_id=shop.here)
    scan = {"qr_code_data": "UN1:MA:M2", "plant_id": str(shop.here)}
    taken = until_answered(201, lambda: shop.ben.post("/qr-scans", scan))
    assert shop.machines[shop.there] not in taken.text
    own = shop.ben.post("/qr-scans", {**scan, "qr_code_data": "UN1:MA:M1"})
    assert shop.machines[shop.here] in own.text
    refused = shop.ben.post("/qr-scans", {**scan, "plant_id": str(shop.there)})
    assert (refused.status_code, refused.json()["parameters"]["plant"]) == (403, "THERE")
    shop.give("viewer")
    until_answered(200, lambda: shop.ben.get(f"/machines/{shop.machines[shop.there]}"))
    assert shop.machines[shop.there] in shop.ben.post("/qr-scans", scan).text, "it may be read, so it is told"


def test_what_a_change_names_is_looked_up_where_it_may_be_read(shop: Shop) -> None:
    center = shop.admin.get(f"/machines/{shop.machines[shop.there]}").json()["work_center_id"]
    station = added(shop.admin, "/stations", plant_id=shop.there, code="S2", name="Line 2")
    shop.give("plant_manager", plant_id=shop.here)
    press, scan = f"/machines/{shop.machines[shop.here]}", {"qr_code_data": "X", "plant_id": str(shop.here)}
    until_answered(200, lambda: shop.ben.get(press))

    def changed() -> list[httpx.Response]:
        copy = {"machine_code": "M3", "name": "Press 3", "devices": []}
        return [
            shop.ben.send("PATCH", press, json={"work_center_id": center}, headers=SEEN),
            shop.ben.post(
                "/machines",
                {"plant_id": str(shop.here), "machine_code": "M4", "name": "Press", "work_center_id": center},
            ),
            shop.ben.post(f"/machines/{shop.machines[shop.there]}/copy", copy),
            shop.ben.post("/qr-scans", {**scan, "station_id": station}),
        ]

    for refused in changed():
        assert refused.status_code == 404, refused.text
        assert not {"M2", "S2"} & {*refused.json()["detail"].split()}
    shop.give("viewer")
    until_answered(200, lambda: shop.ben.get(f"/machines/{shop.machines[shop.there]}"))
    told = [one.json()["code"] for one in changed()]
    assert told == ["other_plant", "other_plant", "held_elsewhere", "not_found"], "viewers read machines, not stations"


def test_it_is_seen_why_and_where(shop: Shop) -> None:
    shop.give("viewer")
    shop.give("admin", plant_id=shop.here)
    shown = shop.admin.get(f"/users/{shop.ben_id}/permissions").json()
    why: dict[str, Any] = {one["permission"]: one for one in shown["permissions"]}
    here = {"role": "admin", "plant_id": str(shop.here), "department_id": None}
    anywhere = {"role": "viewer", "plant_id": None, "department_id": None}
    assert why["machines.machine.read"]["held"] == [here, anywhere]
    assert why["machines.machine.update"] == {
        "permission": "machines.machine.update",
        "given_by": ["admin"],
        "held": [here],
        "reached": [{"plant_id": str(shop.here), "department_id": None}],
        "counts": True,
        "against": [],
    }
    assert (why["identity.user.create"]["held"], why["identity.user.create"]["counts"]) == ([here], False)
    assert shown["all_places"] is False
    me = until_answered(200, lambda: shop.ben.get("/auth/me")).json()
    assert "machines.machine.update" in me["permissions"]
    assert "identity.user.create" not in me["permissions"]
    assert me["placed"][0]["plant_id"] == str(shop.here)


def test_an_administrator_of_a_plant_is_not_the_last_one(shop: Shop, made: Made) -> None:
    shop.give("admin", plant_id=shop.here)
    anna = UUID(shop.admin.get("/auth/me").json()["id"])
    refused = give(shop.admin, anna, "admin", assigned=False)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_administrator")


def test_a_key_does_no_more_than_its_owner_where_they_may(shop: Shop, client: httpx.Client) -> None:
    keys = {"code": "keys", "name": "Keys", "permissions": ["identity.api_key.create"]}
    shop.admin.post("/roles", keys)
    shop.give("keys")
    shop.give("plant_manager", plant_id=shop.here)
    scopes = ["machines.machine.read", "machines.machine.update"]
    wanted = {"name": "Report", "scopes": scopes, "requests_per_minute": 1000}
    secret = until_answered(201, lambda: shop.ben.post("/api-keys", wanted)).json()["key"]
    key = SignedIn(client, secret, "")
    assert ids(key.get("/machines")) == {shop.machines[shop.here]}
    assert renamed(key, f"/machines/{shop.machines[shop.there]}").status_code == 403
    assert renamed(key, f"/machines/{shop.machines[shop.here]}").status_code == 200


def test_a_second_right_holds_what_is_asked_to_its_places_too(shop: Shop) -> None:
    shop.give("plant_manager")
    shop.give("automation_engineer", plant_id=shop.there)
    body = {"machine_code": "M3", "name": "Press M3", "devices": [{"device_id": str(uuid4())}]}
    until_answered(404, lambda: shop.ben.post(f"/machines/{shop.machines[shop.there]}/copy", body))
    refused = shop.ben.post(f"/machines/{shop.machines[shop.here]}/copy", body)
    assert (refused.status_code, refused.json()["code"]) == (403, "held_elsewhere")


def test_a_new_person_begins_with_roles_for_places(shop: Shop) -> None:
    press = shop.departments[shop.here, "PRESS"]
    managed = {"role": "plant_manager", "plant_id": str(shop.there)}
    held = [{"role": "viewer"}, managed, {"role": "planner", "department_id": press}]
    ida = {"username": "ida", "full_name": "Ida", "roles": ["viewer"], "held_roles": held}
    answer = shop.admin.post("/users", ida)
    assert answer.status_code == 201, answer.text
    assert {(one["role"], one["plant_id"], one["department_id"]) for one in answer.json()["held_roles"]} == {
        ("viewer", None, None),
        ("plant_manager", str(shop.there), None),
        ("planner", str(shop.here), press),
    }
    other = shop.departments[shop.there, "PRESS"]
    for wrong, status in (
        ({"plant_id": str(uuid4())}, 404),
        ({"department_id": str(uuid4())}, 404),
        ({"plant_id": str(shop.here), "department_id": other}, 404),
        ({"plant_id": "no id"}, 422),
    ):
        eva = {"username": "eva", "full_name": "Eva", "held_roles": [{"role": "viewer", **wrong}]}
        assert shop.admin.post("/users", eva).status_code == status, wrong
    assert shop.admin.get("/users", params={"q": "eva"}).json()["items"] == []


def giver(shop: Shop, made: Made, client: httpx.Client) -> SignedIn:
    """Who looks after people, and manages the first plant alone."""
    rights = ["identity.user.create", "identity.user.update", "identity.user.read", "identity.invitation.create"]
    own = {"code": "clerk", "name": "Clerk", "permissions": rights}
    assert shop.admin.post("/roles", own).status_code == 201
    kim = made.add_user("kim", roles=[], writes=[shop.here, shop.there])
    assert give(shop.admin, kim, "clerk").status_code == 200
    assert give(shop.admin, kim, "operator", plant_id=shop.here).status_code == 200
    return sign_in(client, made, "kim")


def test_nobody_gives_a_new_person_more_than_they_hold_there(shop: Shop, made: Made, client: httpx.Client) -> None:
    kim = giver(shop, made, client)
    here, there = {"plant_id": str(shop.here)}, {"plant_id": str(shop.there)}
    press = {"department_id": shop.departments[shop.here, "PRESS"]}
    for number, (place, status) in enumerate((({}, 403), (there, 403), (here, 201), (press, 201))):
        held = {"held_roles": [{"role": "operator", **place}]}
        made_one = kim.post("/users", {"username": f"ida{number}", "full_name": "Ida", **held})
        invited = kim.post("/invitations", {"email": f"ida{number}@example.org", **held})
        assert (made_one.status_code, invited.status_code) == (status, status), place


def test_who_is_invited_gets_roles_where_it_was_said(shop: Shop, made: Made, client: httpx.Client) -> None:
    press = shop.departments[shop.here, "PRESS"]
    held = [{"role": "operator", "department_id": press}, {"role": "viewer", "plant_id": str(shop.there)}]
    invited = shop.admin.post("/invitations", {"email": "ida@example.org", "roles": ["viewer"], "held_roles": held})
    assert invited.status_code == 201, invited.text
    wanted = {("viewer", None, None), ("operator", str(shop.here), press), ("viewer", str(shop.there), None)}
    (listed,) = shop.admin.get("/invitations").json()["items"]
    assert {(one["role"], one["plant_id"], one["department_id"]) for one in listed["held_roles"]} == wanted
    assert sorted(listed["roles"]) == ["operator", "viewer"]
    again = shop.admin.post(f"/invitations/{listed['id']}/resend")
    chosen = {**CHOSEN, "token": again.json()["link"].partition("#")[2]}
    accepted = client.post("/api/v1/invitations/accept", json=chosen)
    assert accepted.status_code == 201, accepted.text
    ida = shop.admin.get(f"/users/{accepted.json()['user_id']}").json()
    assert {(one["role"], one["plant_id"], one["department_id"]) for one in ida["held_roles"]} == wanted


def test_an_invitation_is_void_once_its_giver_lost_the_right_there(
    shop: Shop, made: Made, client: httpx.Client
) -> None:
    kim = giver(shop, made, client)
    held = [{"role": "operator", "plant_id": str(shop.here)}]
    invited = kim.post("/invitations", {"email": "ida@example.org", "held_roles": held}).json()
    kim_id = kim.get("/auth/me").json()["id"]
    assert give(shop.admin, kim_id, "operator", assigned=False, plant_id=shop.here).status_code == 200
    chosen = {**CHOSEN, "token": invited["link"].partition("#")[2]}
    refused = client.post("/api/v1/invitations/accept", json=chosen)
    assert (refused.status_code, refused.json()["code"]) == (409, "invitation_void")
