"""Who is made or invited is given plants and warehouses at once, and no more than who gives has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from unison_server.identity.tables import IdleWarehouse
from unison_server.kernel.database import Database

from tests.server.factories import PASSWORD, Made
from tests.server.identity.test_invitations import CHOSEN, accept, invite, token_of
from tests.server.serving import SignedIn, sign_in, until_answered
from tests.server.sites.test_warehouses import ended, warehouse

INVITED = {"email": "ida@example.org"}
NEW = {"username": "ida", "full_name": "Ida Ilse", "password": CHOSEN["password"]}
READS = {"can_read": True, "can_write": False, "can_delete": False}
WORKS = {"can_read": True, "can_write": True, "can_delete": False}

Comes = Callable[..., SignedIn]


@pytest.fixture(params=["made", "invited"])
def comes(request: pytest.FixtureRequest, admin: SignedIn, made: Made, client: httpx.Client) -> Comes:
    """Ida, made or invited by the administrator with these rights, and signed in."""

    def come(**rights: Any) -> SignedIn:
        if request.param == "made":
            answer = admin.post("/users", {**NEW, **rights})
        else:
            answer = accept(client, token_of(invite(admin, roles=[], **rights)))
        assert answer.status_code == 201, answer.text
        return sign_in(client, made, "ida", CHOSEN["password"])

    return come


def test_they_work_where_they_were_said_to_from_the_beginning(admin: SignedIn, made: Made, comes: Comes) -> None:
    here, there, nowhere = made.add_plant("HERE"), made.add_plant("THERE"), made.add_plant("NOWHERE")
    main, spare = warehouse(admin, here, "MAIN"), warehouse(admin, there, "SPARE")
    ida = comes(
        held_roles=[{"role": "planner", "plant_id": str(here)}],
        plants=[
            {"plant_id": str(here), **WORKS},
            {"plant_id": str(there)},
            {"plant_id": str(nowhere), "can_read": False},
        ],
        warehouses=[{"warehouse_id": main, **WORKS, "is_default": True}, {"warehouse_id": spare, **READS}],
    )
    me = ida.get("/auth/me").json()
    assert sorted(me["plants"], key=lambda one: one["can_write"]) == [
        {"plant_id": str(there), **READS},
        {"plant_id": str(here), **WORKS},
    ]
    assert sorted(me["warehouses"], key=lambda one: one["can_write"]) == [
        {"warehouse_id": spare, **READS, "is_default": False},
        {"warehouse_id": main, **WORKS, "is_default": True},
    ]
    assert [one["code"] for one in ida.get("/plants").json()["items"]] == ["HERE"], "where the role holds"


@pytest.fixture
def giver(admin: SignedIn, made: Made, client: httpx.Client) -> SignedIn:
    """Ben, who makes and invites people, and has one plant and one warehouse."""
    identity = ["identity.invitation.create", "identity.invitation.resend", "identity.user.create"]
    may = [*identity, "sites.plant.read", "sites.warehouse.read"]
    own = {"code": "host", "name": "Host", "permissions": may}
    assert admin.post("/roles", own).status_code == 201
    here, there = made.add_plant("HERE"), made.add_plant("THERE")
    ours, theirs = warehouse(admin, here, "OURS"), warehouse(admin, there, "THEIRS")
    ben = {"username": "ben", "full_name": "Ben", "password": PASSWORD, "roles": ["host"]}
    plants = [{"plant_id": str(here), **WORKS}, {"plant_id": str(there)}]
    warehouses = [{"warehouse_id": ours, **WORKS}, {"warehouse_id": theirs, **READS}]
    assert admin.post("/users", {**ben, "plants": plants, "warehouses": warehouses}).status_code == 201
    return sign_in(client, made, "ben")


def places(giver: SignedIn) -> dict[str, str]:
    """Ids by code, of plants and warehouses."""
    found = [*giver.get("/plants").json()["items"], *giver.get("/warehouses").json()["items"]]
    return {one["code"]: one["id"] for one in found}


@pytest.mark.parametrize(("path", "whom"), [("/users", NEW), ("/invitations", INVITED)])
def test_nobody_gives_more_than_they_have(giver: SignedIn, made: Made, path: str, whom: dict[str, Any]) -> None:
    known = places(giver)
    hidden = made.add_plant("HIDDEN")
    for rights in (
        {"plants": [{"plant_id": known["HERE"], **WORKS, "can_delete": True}]},
        {"plants": [{"plant_id": known["HERE"]}, {"plant_id": known["THERE"], **WORKS}]},
        {"warehouses": [{"warehouse_id": known["OURS"], "can_delete": True}]},
        {"warehouses": [{"warehouse_id": known["THEIRS"], **WORKS}]},
    ):
        refused = giver.post(path, {**whom, **rights})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed"), refused.text
        assert "you lack it there" in refused.json()["detail"]
    assert giver.post(path, {**whom, "plants": [{"plant_id": str(hidden)}]}).status_code == 404
    assert giver.post(path, {**whom, "warehouses": [{"warehouse_id": str(uuid4())}]}).status_code == 404
    mine = {"plants": [{"plant_id": known["HERE"], **WORKS}], "warehouses": [{"warehouse_id": known["OURS"], **WORKS}]}
    assert giver.post(path, {**whom, **mine}).status_code == 201


@pytest.mark.parametrize(("path", "whom"), [("/users", NEW), ("/invitations", INVITED)])
def test_what_makes_no_sense_is_named(admin: SignedIn, made: Made, path: str, whom: dict[str, Any]) -> None:
    plant = str(made.add_plant())
    one, two = (warehouse(admin, plant, code) for code in "AB")
    for field, given, words in (
        ("plants", [{"plant_id": plant}, {"plant_id": plant, **WORKS}], "each plant once"),
        ("warehouses", [{"warehouse_id": one}, {"warehouse_id": one}], "each warehouse once"),
        ("warehouses", [{"warehouse_id": id_, "is_default": True} for id_ in (one, two)], "one default at most"),
        ("warehouses", [{"warehouse_id": one, "can_read": False, "is_default": True}], "may do something"),
        ("plants", [{"plant_id": plant, "can_read": False, "can_write": True}], "can_read must be true"),
    ):
        refused = admin.post(path, {**whom, field: given})
        assert refused.status_code == 422, refused.text
        assert words in refused.text
    admin.send("DELETE", f"/warehouses/{one}", headers={"If-Match": admin.get(f"/warehouses/{one}").headers["etag"]})
    gone = admin.post(path, {**whom, "warehouses": [{"warehouse_id": one}]})
    assert (gone.status_code, gone.json()["code"]) == (409, "out_of_use")


def test_an_invitation_says_where_and_nobody_takes_more_than_who_invited_has_then(
    giver: SignedIn, admin: SignedIn, client: httpx.Client
) -> None:
    known = places(giver)
    here = {"plant_id": known["HERE"], **WORKS}
    ours = {"warehouse_id": known["OURS"], **WORKS, "is_default": True}
    invitation = giver.post("/invitations", {**INVITED, "plants": [here], "warehouses": [ours]}).json()
    assert (invitation["plants"], invitation["warehouses"]) == ([here], [ours])
    (listed,) = admin.get("/invitations").json()["items"]
    assert (listed["plants"], listed["warehouses"]) == ([here], [ours])
    ben = admin.get("/users", params={"q": "ben"}).json()["items"][0]
    body, seen = {"warehouse_id": known["OURS"], "can_read": True}, {"If-Match": f'"{ben["version"]}"'}
    assert admin.post(f"/users/{ben['id']}/assign-warehouse", body, headers=seen).status_code == 200
    refused = accept(client, token_of(invitation))
    assert (refused.status_code, refused.json()["code"]) == (409, "invitation_void")
    assert giver.post(f"/invitations/{invitation['id']}/resend").status_code == 403
    anew = admin.post(f"/invitations/{invitation['id']}/resend").json()
    assert accept(client, token_of(anew)).status_code == 201


def is_idle(made: Made, warehouse_id: str) -> bool:
    """Whether the database of people knows by now that a warehouse is out of use."""
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        return session.find(IdleWarehouse, UUID(warehouse_id)) is not None


def test_a_default_that_went_out_of_use_keeps_nobody_from_coming(
    admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    main = warehouse(admin, made.add_plant(), "MAIN")
    invitation = invite(admin, warehouses=[{"warehouse_id": main, **WORKS, "is_default": True}])
    assert ended(admin, f"/warehouses/{main}").status_code == 200
    until_answered(404, lambda: httpx.Response(404 if is_idle(made, main) else 200))
    assert accept(client, token_of(invitation)).status_code == 201
    ida = sign_in(client, made, "ida", CHOSEN["password"])
    assert ida.get("/auth/me").json()["warehouses"] == [{"warehouse_id": main, **WORKS, "is_default": False}]
