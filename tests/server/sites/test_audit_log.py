"""The audit log: changes of both databases in one order, with before and after, and refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.scope import ActorKind

from tests.server.factories import PASSWORD, Made, make_organization
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import build

BERLIN = {"code": "BER", "name": "Berlin", "time_zone": "Europe/Berlin"}


def entries(admin: SignedIn, **given: Any) -> list[dict[str, Any]]:
    answer = admin.get("/audit-log", params=given)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


@pytest.fixture
def plant(admin: SignedIn, made: Made) -> str:
    """A plant that was renamed."""
    plant = admin.post("/plants", BERLIN).json()
    changed = admin.send("PATCH", f"/plants/{plant['id']}", json={"name": "Mitte"}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200
    made.until_people_are_copied()
    return str(plant["id"])


def test_a_change_tells_who_what_when_and_from_where(admin: SignedIn, plant: str) -> None:
    changed, made = entries(admin, entity_id=plant)
    assert (made["action"], made["table_name"], made["database"]) == ("insert", "plants", "operations")
    assert (changed["old_values"]["name"], changed["new_values"]["name"]) == ("Berlin", "Mitte")
    assert (changed["changed_fields"], changed["actor_name"], changed["address"]) == (["name"], "Anna", "127.0.0.1")
    assert changed["request_id"]
    assert changed["at"] > made["at"]
    assert entries(admin, entity_id=plant, field="name") == [changed]
    assert entries(admin, table="plants", action="insert") == [made]


def test_a_program_is_named_with_whose_it_is(admin: SignedIn, made: Made) -> None:
    key = admin.post("/api-keys", {"name": "Reports", "scopes": ["sites.plant.read", "sites.plant.create"]}).json()
    program = replace(admin, access_token=key["key"])
    assert program.post("/plants", BERLIN).status_code == 201
    assert admin.send("DELETE", f"/api-keys/{key['id']}").status_code == 200
    made_by = [entries(admin, actor_id=key["id"]), entries(admin, actor_id=key["id"], database="operations")]
    for found in made_by:
        assert [(one["actor_kind"], one["actor_name"], one["actor_owner"]) for one in found] == [
            ("key", "Reports", "Anna")
        ]


def test_a_station_s_pc_is_named(admin: SignedIn, made: Made) -> None:
    floor = build(admin, made)
    floor.made.until_people_are_copied()
    with floor.made.databases.session(
        Database.OPERATIONS, replace(floor.made.scope, actor_kind=ActorKind.AGENT, actor_id=floor.agent_id)
    ) as session:
        session.execute(text("update stations set name = 'Told by its PC' where id = :id"), {"id": floor.station_id})
    (changed,) = entries(admin, entity_id=str(floor.station_id), action="update", actor_id=str(floor.agent_id))
    name = admin.get(f"/agents/{floor.agent_id}").json()["name"]
    assert (changed["actor_kind"], changed["actor_name"], changed["actor_owner"]) == ("agent", name, None)


def test_both_databases_are_one_list_page_by_page(admin: SignedIn, plant: str) -> None:
    admin.post("/users", {"username": "ben", "full_name": "Ben", "password": PASSWORD})
    every = entries(admin)
    assert {one["database"] for one in every} == {"identity", "operations"}
    assert [one["at"] for one in every] == sorted((one["at"] for one in every), reverse=True)
    paged: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 2}
    while query.get("cursor", "") is not None:
        page = admin.get("/audit-log", params=query).json()
        paged += page["items"]
        query["cursor"] = page["next_cursor"]
    assert paged == every
    assert {one["database"] for one in entries(admin, database="identity")} == {"identity"}
    assert PASSWORD not in json.dumps(every)
    assert "argon2" not in json.dumps(every)


def test_what_came_from_an_address_is_found(admin: SignedIn, plant: str) -> None:
    address = admin.get("/audit-log", params={"entity_id": plant}).json()["items"][0]["address"]
    for path in ("/audit-log", "/audit-log/export"):
        assert plant in admin.get(path, params={"entity_id": plant, "address": address}).text
        assert plant not in admin.get(path, params={"entity_id": plant, "address": "192.0.2.1"}).text


def test_what_was_refused_is_told(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    ben = made.add_user("ben", roles=[RoleCode.OPERATOR])
    assert sign_in(client, made, "ben").post("/plants", BERLIN).status_code == 403
    (refused,) = entries(admin, action="refused")
    assert (refused["actor_id"], refused["new_values"]["path"]) == (str(ben), "/api/v1/plants")


def test_it_is_read_by_who_sees_everything(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    made.add_user("audrey", roles=[RoleCode.AUDITOR])
    assert sign_in(client, made, "audrey").get("/audit-log").status_code == 200
    own = {"code": "looker", "name": "Looker", "permissions": ["identity.audit.read"]}
    assert admin.post("/roles", own).status_code == 201
    max_id = made.add_user("max", roles=[], writes=[made.add_plant()])
    seen = {"If-Match": admin.get(f"/users/{max_id}").headers["ETag"]}
    given = admin.post(f"/users/{max_id}/assign-role", {"role": "looker"}, headers=seen)
    assert given.status_code == 200
    for path in ("/audit-log", "/audit-log/export"):
        refused = sign_in(client, made, "max").get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "organization_wide")
    made.add_user("ben", roles=[RoleCode.OPERATOR])
    assert sign_in(client, made, "ben").get("/audit-log").status_code == 403


def test_nothing_of_another_organization(
    plant: str, client: httpx.Client, databases: Databases, system_databases: Databases
) -> None:
    stranger = make_organization(databases, system_databases)
    stranger.add_user()
    assert entries(sign_in(client, stranger), entity_id=plant) == []


@pytest.mark.parametrize("cursor", ["", "x", "Zm9v", "MjAyNi0xMS0yMVQwMDowMDowMCA1", "é"])
def test_a_cursor_nobody_gave_is_refused(admin: SignedIn, cursor: str) -> None:
    answer = admin.get("/audit-log", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor"), answer.text


def test_the_password_of_a_camera_is_told_to_nobody(admin: SignedIn, made: Made) -> None:
    plant = str(made.add_plant())
    station = admin.post("/stations", {"plant_id": plant, "code": "S1", "name": "Line 1"}).json()["id"]
    settings = {"kind": "camera", "name": "Eye", "source": "rtsp://eye:hush-hush@10.0.0.9/live"}
    camera = admin.post("/peripherals", {"station_id": station, "settings": settings})
    assert camera.status_code == 201, camera.text
    (kept,) = entries(admin, entity_id=camera.json()["id"])
    assert kept["new_values"]["settings"]["source"].startswith("rtsp://eye:")
    assert "hush-hush" not in json.dumps(entries(admin))
