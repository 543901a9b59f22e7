"""Warehouses are seen by everybody and changed by those they are given to; the database holds the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from unison_domain.identity.contracts import RoleCode, WarehouseAssignment
from unison_server.identity.tables import User
from unison_server.identity.usecases import assign_warehouse
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import NotAllowed, NotFound
from unison_server.kernel.scope import Reach
from unison_server.sites.queries import demand_stock_deletable, demand_stock_writable

from tests.server.factories import Made, make_organization
from tests.server.listening import listening
from tests.server.serving import SignedIn, sign_in, until_answered

SEEN = {"If-Match": '"1"'}


@dataclass
class Stores:
    """Two warehouses of one plant, and Wanda, who manages the first alone."""

    ours: str
    theirs: str
    wanda_id: UUID
    wanda: SignedIn


def warehouse(admin: SignedIn, plant: UUID | str, code: str, **fields: Any) -> str:
    made = admin.post("/warehouses", {"plant_id": str(plant), "code": code, "name": f"Store {code}", **fields})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def assign(admin: SignedIn, user: UUID, of: str, **rights: bool) -> httpx.Response:
    version = admin.get(f"/users/{user}").headers["etag"]
    body = {"warehouse_id": of, **rights}
    return admin.send("POST", f"/users/{user}/assign-warehouse", json=body, headers={"If-Match": version})


@pytest.fixture
def stores(admin: SignedIn, made: Made, client: httpx.Client) -> Stores:
    plant = made.add_plant()
    ours, theirs = warehouse(admin, plant, "RAW"), warehouse(admin, plant, "SPARE")
    wanda = made.add_user("wanda", roles=[RoleCode.WAREHOUSE_MANAGER])
    given = assign(admin, wanda, ours, can_write=True, can_delete=True, is_default=True)
    assert given.status_code == 200, given.text
    return Stores(ours, theirs, wanda, sign_in(client, made, "wanda"))


def test_all_are_seen_and_one_is_changed(stores: Stores) -> None:
    wanda = stores.wanda
    assert [one["code"] for one in wanda.get("/warehouses").json()["items"]] == ["RAW", "SPARE"]
    place = {"warehouse_id": stores.ours, "code": "A-01-2", "zone": "A", "aisle": "01", "shelf": "2"}
    made = wanda.post("/storage-locations", place)
    assert made.status_code == 201, made.text
    refused = wanda.post("/storage-locations", place | {"warehouse_id": stores.theirs})
    assert (refused.status_code, refused.json()["code"], refused.json()["parameters"]["warehouse"]) == (
        403,
        "warehouse_read_only",
        "SPARE",
    )
    assert "SPARE (Store SPARE)" in refused.json()["detail"]
    gone = wanda.send("DELETE", f"/storage-locations/{made.json()['id']}", headers=SEEN)
    assert gone.json()["is_active"] is False


def test_who_writes_may_still_not_delete(stores: Stores, admin: SignedIn, made: Made, client: httpx.Client) -> None:
    assert assign(admin, stores.wanda_id, stores.ours, can_write=True).status_code == 200
    wanda = sign_in(client, made, "wanda")
    location = wanda.post("/storage-locations", {"warehouse_id": stores.ours, "code": "B-1"}).json()
    path = f"/storage-locations/{location['id']}"
    kept = wanda.send("DELETE", path, headers=SEEN)
    assert (kept.status_code, kept.json()["code"]) == (403, "warehouse_keeps")
    assert admin.get(path).json()["is_active"] is True
    changed = wanda.send("PATCH", path, json={"name": "Left"}, headers=SEEN)
    assert changed.json()["name"] == "Left"


def test_a_place_stays_in_its_warehouse_and_a_warehouse_in_its_plant(
    stores: Stores, admin: SignedIn, made: Made
) -> None:
    location = admin.post("/storage-locations", {"warehouse_id": stores.ours, "code": "C-1"}).json()
    moved = admin.send(
        "PUT", f"/storage-locations/{location['id']}", json={"warehouse_id": stores.theirs, "code": "C-1"}, headers=SEEN
    )
    assert (moved.status_code, moved.json()["errors"][0]["field"]) == (422, "warehouse_id")
    elsewhere = {"plant_id": str(made.add_plant("OTHER")), "code": "RAW", "name": "Raw"}
    moved = admin.send("PUT", f"/warehouses/{stores.ours}", json=elsewhere, headers=SEEN)
    assert (moved.status_code, moved.json()["errors"][0]["field"]) == (422, "plant_id")


def test_one_is_the_default_and_giving_nothing_takes_away(stores: Stores, admin: SignedIn) -> None:
    assign(admin, stores.wanda_id, stores.theirs, is_default=True)
    rights = {one["warehouse_id"]: one for one in stores.wanda.get("/auth/me").json()["warehouses"]}
    assert {id_: right["is_default"] for id_, right in rights.items()} == {stores.ours: False, stores.theirs: True}
    taken = assign(admin, stores.wanda_id, stores.theirs, can_read=False)
    assert [one["warehouse_id"] for one in taken.json()["warehouses"]] == [stores.ours]
    nonsense = assign(admin, stores.wanda_id, stores.theirs, can_read=False, is_default=True)
    assert (nonsense.status_code, nonsense.json()["errors"][0]["field"]) == (422, "is_default")
    assert assign(admin, stores.wanda_id, str(uuid4())).status_code == 404


def test_nobody_gives_or_takes_a_right_they_lack(stores: Stores, made: Made, databases: Databases) -> None:
    wanted = WarehouseAssignment(warehouse_id=UUID(stores.ours), can_write=True, can_delete=True)
    reader = replace(made.scope, warehouses=Reach(write=frozenset({UUID(stores.ours)}), delete=frozenset()))
    max_id = made.add_user("max", roles=[])
    with databases.session(Database.IDENTITY, reader) as session:
        wanda = session.need(User, stores.wanda_id, "user")
        with pytest.raises(NotAllowed, match="give the right to delete in a warehouse"):
            assign_warehouse(session, wanda, wanted)
        with pytest.raises(NotAllowed, match="take the right to delete in a warehouse"):
            assign_warehouse(session, wanda, wanted.model_copy(update={"can_delete": False}))
        assign_warehouse(session, session.need(User, max_id, "user"), wanted.model_copy(update={"can_delete": False}))


def test_another_organizations_warehouse_is_not_there(
    stores: Stores, client: httpx.Client, databases: Databases, system_databases: Databases
) -> None:
    stranger = make_organization(databases, system_databases)
    user = stranger.add_user()
    theirs = sign_in(client, stranger)
    assert theirs.get(f"/warehouses/{stores.ours}").status_code == 404
    assert assign(theirs, user, stores.ours, can_write=True).status_code == 404
    assert theirs.post("/storage-locations", {"warehouse_id": stores.ours, "code": "X"}).status_code == 404


def test_a_taken_right_is_gone_at_once(stores: Stores, admin: SignedIn) -> None:
    numbers = count()

    def add() -> httpx.Response:
        place = {"warehouse_id": stores.ours, "code": f"D-{next(numbers)}"}
        return stores.wanda.post("/storage-locations", place)

    assert add().status_code == 201
    assign(admin, stores.wanda_id, stores.ours, can_read=True)
    until_answered(403, add)


def test_the_check_of_stock_names_the_warehouse(stores: Stores, made: Made, databases: Databases) -> None:
    reach = Reach(write=frozenset({UUID(stores.ours)}), delete=frozenset())
    scope = replace(made.scope, warehouses=reach)
    with databases.session(Database.OPERATIONS, scope) as session:
        demand_stock_writable(session, UUID(stores.ours))
        with pytest.raises(NotAllowed, match=r"change what belongs to warehouse SPARE \(Store SPARE\)"):
            demand_stock_writable(session, UUID(stores.theirs))
        with pytest.raises(NotAllowed, match="deactivate or cancel what belongs to warehouse RAW"):
            demand_stock_deletable(session, UUID(stores.ours))
        with pytest.raises(NotFound):
            demand_stock_writable(session, uuid4())


def test_the_database_holds_it_even_where_a_query_forgets(stores: Stores, made: Made, databases: Databases) -> None:
    scope = replace(
        made.scope, plants=Reach(frozenset(), frozenset()), warehouses=Reach(write=frozenset({UUID(stores.ours)}))
    )
    columns = "insert into storage_locations (organization_id, id, warehouse_id, code)"
    insert = f"{columns} values (:o, gen_random_uuid(), :w, 'Z')"
    with databases.session(Database.OPERATIONS, scope) as session:
        session.execute(text(insert), {"o": made.id, "w": stores.ours})
        assert session.execute(text("select count(*) from warehouses")).scalar_one() == 2, "seen, whatever the plants"
        changed = session.execute(text("update warehouses set name = 'taken' returning id")).scalars().all()
        assert list(map(str, changed)) == [stores.ours], "its own row too, by who may write in it"
        with pytest.raises(ProgrammingError, match="row-level security"), session.begin_nested():
            session.execute(text(insert), {"o": made.id, "w": stores.theirs})


def test_an_auditor_reads_everywhere_and_changes_nothing(stores: Stores, made: Made, client: httpx.Client) -> None:
    made.add_user("audrey", roles=[RoleCode.AUDITOR])
    audrey = sign_in(client, made, "audrey")
    assert len(audrey.get("/plants").json()["items"]) == 1
    assert audrey.post("/storage-locations", {"warehouse_id": stores.ours, "code": "E"}).status_code == 403


def test_departments_are_of_a_plant(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    here, there = made.add_plant("HERE"), made.add_plant("THERE")
    made.add_user("max", roles=[RoleCode.PLANT_MANAGER], reads=[there], writes=[here])
    max_ = sign_in(client, made, "max")
    body = {"plant_id": str(here), "code": "QA", "name": "Quality"}
    assert max_.post("/departments", body).status_code == 201
    again = max_.post("/departments", body)
    assert (again.status_code, again.json()["code"]) == (409, "taken")
    assert max_.post("/departments", body | {"plant_id": str(there)}).json()["code"] == "place_read_only"
    assert admin.post("/departments", body | {"plant_id": str(there)}).status_code == 201
    assert {one["plant_id"] for one in max_.get("/departments").json()["items"]} == {str(here), str(there)}


def test_deactivating_is_a_right_of_its_own(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    plant = made.add_plant("KEEP")
    max_id = made.add_user("max", roles=[RoleCode.PLANT_MANAGER])
    right = {"plant_id": str(plant), "can_write": True}
    admin.send("POST", f"/users/{max_id}/assign-plant", json=right, headers={"If-Match": '"1"'})
    max_ = sign_in(client, made, "max")
    department = max_.post("/departments", {"plant_id": str(plant), "code": "QA", "name": "Quality"}).json()
    kept = max_.send("DELETE", f"/departments/{department['id']}", headers=SEEN)
    assert (kept.status_code, kept.json()["code"], kept.json()["parameters"]["plant"]) == (403, "place_keeps", "KEEP")


def ended(person: SignedIn, path: str) -> httpx.Response:
    return person.send("DELETE", path, headers={"If-Match": person.get(path).headers["etag"]})


def brought_back(person: SignedIn, path: str) -> httpx.Response:
    return person.post(f"{path}/reactivate", headers={"If-Match": person.get(path).headers["etag"]})


def test_what_is_out_of_use_comes_back_below_what_is_in_use(admin: SignedIn, made: Made) -> None:
    plant = made.add_plant("KIEL")
    store = warehouse(admin, plant, "RAW")
    department = admin.post("/departments", {"plant_id": str(plant), "code": "QA", "name": "Quality"}).json()["id"]
    location = admin.post("/storage-locations", {"warehouse_id": store, "code": "A-1"}).json()["id"]
    places = {
        "plant": f"/plants/{plant}",
        "warehouse": f"/warehouses/{store}",
        "department": f"/departments/{department}",
        "location": f"/storage-locations/{location}",
    }
    for path in places.values():
        assert ended(admin, path).json()["is_active"] is False
    above_each = {"location": "warehouse RAW (Store RAW)", "department": "plant KIEL", "warehouse": "plant KIEL"}
    for place, above in above_each.items():
        refused = brought_back(admin, places[place])
        assert (refused.status_code, refused.json()["code"]) == (409, "out_of_use_above"), place
        assert refused.json()["detail"].startswith(f"The {above}"), place
    assert admin.post(f"{places['plant']}/reactivate").status_code == 428
    assert admin.post(f"{places['plant']}/reactivate", headers=SEEN).json()["code"] == "version_clash"
    for place in places:
        back = brought_back(admin, places[place])
        assert (back.status_code, back.json()["is_active"]) == (200, True), back.text
        again = brought_back(admin, places[place])
        assert (again.status_code, again.json()["version"]) == (200, back.json()["version"]), "nothing is done twice"
    with made.databases.session(Database.OPERATIONS, made.scope) as session:
        kept = "select count(*) from audit_logs where entity_id = :id and changed_fields @> '[\"is_active\"]'"
        counts = [session.execute(text(kept), {"id": path.rpartition("/")[2]}).scalar_one() for path in places.values()]
    assert counts == [2, 2, 2, 2], "that it went and that it came back are in the audit"


def test_who_takes_out_of_use_brings_back_and_nobody_else(
    stores: Stores, admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    paths = []
    for store in (stores.ours, stores.theirs):
        location = admin.post("/storage-locations", {"warehouse_id": store, "code": "A-1"}).json()["id"]
        paths.append(f"/storage-locations/{location}")
        assert ended(admin, paths[-1]).status_code == 200
    ours, theirs = paths
    whole = {"warehouse_id": stores.theirs, "code": "A"}
    for verb, body in (("DELETE", None), ("PATCH", {"name": "Left"}), ("PUT", whole)):
        kept = stores.wanda.send(verb, theirs, json=body, headers={"If-Match": '"2"'})
        assert (kept.status_code, kept.json()["code"]) == (403, "warehouse_read_only"), verb
    assert brought_back(stores.wanda, theirs).json()["code"] == "warehouse_read_only"
    assert brought_back(stores.wanda, ours).json()["is_active"] is True
    assert assign(admin, stores.wanda_id, stores.ours, can_write=True).status_code == 200
    assert ended(admin, ours).status_code == 200
    wanda = sign_in(client, made, "wanda")
    assert brought_back(wanda, ours).json()["code"] == "warehouse_keeps"
    made.add_user("olga", roles=[RoleCode.OPERATOR])
    olga = sign_in(client, made, "olga")
    refused = olga.post(f"{ours}/reactivate", headers=SEEN)
    assert refused.json()["parameters"]["permission"] == "sites.storage_location.deactivate"


def test_who_sees_a_warehouse_hears_of_it_whatever_its_plant(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    plant = made.add_plant()
    store = warehouse(admin, plant, "RAW")
    made.add_user("wanda", roles=[RoleCode.WAREHOUSE_MANAGER])
    with listening(sign_in(client, made, "wanda")) as listener:
        assert listener.next()  # it is ready
        renamed = admin.send("PATCH", f"/warehouses/{store}", json={"name": "Raw material"}, headers=SEEN)
        assert renamed.status_code == 200, renamed.text
        heard = listener.until("sites.warehouse.updated")
    assert (heard["entity"], heard["plant_id"]) == (store, None)
