"""A warehouse's own row follows the rights in it, who makes one may work in it, and a default is one in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.scope import Reach
from unison_server.sites.warehouse_rights import mark

from tests.server.factories import Made
from tests.server.serving import SignedIn, sign_in, until_answered
from tests.server.sites.test_warehouses import SEEN, Stores, assign, brought_back, ended, stores, warehouse

__all__ = ["stores"]


def rights_of(person: SignedIn) -> dict[str, dict[str, Any]]:
    return {one["warehouse_id"]: one for one in person.get("/auth/me").json()["warehouses"]}


def until_rights(person: SignedIn, wanted: Callable[[dict[str, dict[str, Any]]], bool]) -> None:
    """They follow what happened in the other database a moment later."""

    def asked() -> httpx.Response:
        return httpx.Response(200 if wanted(rights_of(person)) else 404)

    until_answered(200, asked)


def renamed(person: SignedIn, of: str) -> httpx.Response:
    version = person.get(f"/warehouses/{of}").headers["etag"]
    return person.send("PATCH", f"/warehouses/{of}", json={"name": "New name"}, headers={"If-Match": version})


def test_its_name_is_changed_by_who_may_write_in_it_without_any_right_in_its_plant(stores: Stores) -> None:
    assert renamed(stores.wanda, stores.ours).json()["name"] == "New name"
    refused = renamed(stores.wanda, stores.theirs)
    assert (refused.status_code, refused.json()["code"]) == (403, "warehouse_read_only")
    assert "SPARE" in refused.json()["detail"]


def test_and_by_who_may_write_in_its_plant(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    here, there = made.add_plant("HERE"), made.add_plant("THERE")
    ours, theirs = warehouse(admin, here, "A"), warehouse(admin, there, "B")
    made.add_user("max", roles=[RoleCode.PLANT_MANAGER], reads=[there], writes=[here])
    max_ = sign_in(client, made, "max")
    assert renamed(max_, ours).status_code == 200
    assert renamed(max_, theirs).json()["code"] == "warehouse_read_only"
    assert ended(max_, f"/warehouses/{ours}").status_code == 200
    assert brought_back(max_, f"/warehouses/{ours}").json()["is_active"] is True


def test_who_may_write_in_it_and_not_delete_keeps_it_in_use(
    stores: Stores, admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    everything = {
        "code": "keeper",
        "name": "Keeper",
        "permissions": ["sites.warehouse.deactivate", "sites.warehouse.read"],
    }
    assert admin.post("/roles", everything).status_code == 201
    kim = made.add_user("kim", roles=[])
    admin.send("POST", f"/users/{kim}/assign-role", json={"role": "keeper"}, headers=SEEN)
    assert assign(admin, kim, stores.ours, can_write=True).status_code == 200
    kept = ended(sign_in(client, made, "kim"), f"/warehouses/{stores.ours}")
    assert (kept.status_code, kept.json()["code"]) == (403, "warehouse_keeps")


def test_who_makes_one_may_work_in_it_and_nobody_else(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    plant = made.add_plant("KIEL")
    made.add_user("max", roles=[RoleCode.PLANT_MANAGER], writes=[plant])
    made.add_user("eve", roles=[RoleCode.PLANT_MANAGER], writes=[plant])
    max_, eve = sign_in(client, made, "max"), sign_in(client, made, "eve")
    own = warehouse(max_, plant, "OWN")
    until_rights(max_, lambda rights: own in rights)
    right = rights_of(max_)[own]
    assert (right["can_read"], right["can_write"], right["can_delete"]) == (True, True, True)
    place = {"warehouse_id": own, "code": "A-1"}
    until_answered(201, lambda: max_.post("/storage-locations", place))
    assert eve.post("/storage-locations", {**place, "code": "A-2"}).json()["code"] == "warehouse_read_only"
    warehouse(admin, plant, "ADMINS")
    assert rights_of(admin) == {}, "who reaches everywhere needs no assignment"


def test_one_that_goes_out_of_use_is_nobodys_default_and_stays_so(stores: Stores, admin: SignedIn) -> None:
    assert rights_of(stores.wanda)[stores.ours]["is_default"] is True
    assert ended(admin, f"/warehouses/{stores.ours}").status_code == 200
    until_rights(stores.wanda, lambda rights: not rights[stores.ours]["is_default"])
    assert rights_of(stores.wanda)[stores.ours]["can_write"] is True, "the right itself stays, for when it comes back"
    refused = assign(admin, stores.wanda_id, stores.ours, can_write=True, is_default=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_use")
    assert brought_back(admin, f"/warehouses/{stores.ours}").status_code == 200
    until_answered(200, lambda: assign(admin, stores.wanda_id, stores.ours, can_write=True, is_default=True))
    assert rights_of(stores.wanda)[stores.ours]["is_default"] is True


def test_the_database_refuses_a_default_that_is_out_of_use(stores: Stores, made: Made, databases: Databases) -> None:
    give = "update user_warehouse_access set is_default = true where warehouse_id = :w"
    with databases.session(Database.IDENTITY, made.scope) as session:
        mark(session, UUID(stores.ours), is_in_use=False)
        defaults = "select count(*) from user_warehouse_access where is_default"
        assert session.execute(text(defaults)).scalar_one() == 0
    with (
        pytest.raises(IntegrityError, match="out of use"),
        databases.session(Database.IDENTITY, made.scope) as session,
    ):
        session.execute(text(give), {"w": stores.ours})
    with databases.session(Database.IDENTITY, made.scope) as session:
        mark(session, UUID(stores.ours), is_in_use=True)
        session.execute(text(give), {"w": stores.ours})


def test_the_row_ends_defaults_by_itself_whoever_writes_it(stores: Stores, made: Made, databases: Databases) -> None:
    idle = "insert into idle_warehouses (organization_id, id) values (:o, :w)"
    with databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text(idle), {"o": made.id, "w": stores.ours})
    assert rights_of(stores.wanda)[stores.ours]["is_default"] is False


def test_nobody_changes_one_that_is_not_theirs_in_the_database(
    stores: Stores, made: Made, databases: Databases
) -> None:
    own = Reach(write=frozenset({UUID(stores.ours)}))
    scope = replace(made.scope, plants=Reach(frozenset(), frozenset()), warehouses=own)
    move = "update warehouses set name = 'x' where id = :w"
    with databases.session(Database.OPERATIONS, scope) as session:
        assert session.execute(text(f"{move} returning id"), {"w": stores.theirs}).scalars().all() == []
        assert len(session.execute(text(f"{move} returning id"), {"w": stores.ours}).scalars().all()) == 1
