"""Plants over HTTP: the plain resource, and rights in plants."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Mapping

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import Databases
from unison_server.kernel.keys import new_id

from tests.server.factories import Made, make_organization
from tests.server.serving import SignedIn, sign_in, until_answered

BERLIN = {"code": "BER", "name": "Berlin", "time_zone": "Europe/Berlin"}


def add(admin: SignedIn, **changes: str) -> dict[str, object]:
    answer = admin.post("/plants", {**BERLIN, **changes})
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    return made


def change(admin: SignedIn, plant: Mapping[str, object], version: object, **fields: object) -> httpx.Response:
    return admin.send("PATCH", f"/plants/{plant['id']}", json=fields, headers={"If-Match": f'"{version}"'})


def test_a_plant_is_made_read_and_listed(admin: SignedIn) -> None:
    made = admin.post("/plants", BERLIN)
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"1"'
    assert admin.get(f"/plants/{made.json()['id']}").json() == made.json()
    assert [plant["code"] for plant in admin.get("/plants").json()["items"]] == ["BER"]


def test_put_replaces_and_patch_merges(admin: SignedIn) -> None:
    plant = add(admin, address="Unter den Linden 1")
    patched = change(admin, plant, 1, name="Berlin Mitte")
    assert (patched.json()["name"], patched.json()["address"]) == ("Berlin Mitte", "Unter den Linden 1")
    assert (patched.json()["version"], patched.headers["etag"]) == (2, '"2"')
    replaced = admin.send("PUT", f"/plants/{plant['id']}", json=BERLIN, headers={"If-Match": '"2"'})
    assert (replaced.json()["name"], replaced.json()["address"]) == ("Berlin", None)


def test_null_clears_what_may_be_empty_and_nothing_else(admin: SignedIn) -> None:
    plant = add(admin, address="here")
    assert change(admin, plant, 1, address=None).json()["address"] is None
    refused = change(admin, plant, 2, name=None)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "name"


def test_a_change_says_which_version_was_seen(admin: SignedIn) -> None:
    plant = add(admin)
    path = f"/plants/{plant['id']}"
    assert admin.send("PATCH", path, json={"name": "x"}).status_code == 428
    assert admin.send("DELETE", path).status_code == 428
    assert admin.send("PATCH", path, json={"name": "x"}, headers={"If-Match": '"one"'}).status_code == 422
    assert change(admin, plant, 1, name="first").status_code == 200
    late = change(admin, plant, 1, name="late")
    assert (late.status_code, late.json()["code"]) == (409, "version_clash")
    assert late.json()["current"]["name"] == "first"


def test_of_two_simultaneous_changes_one_wins(admin: SignedIn) -> None:
    plant = add(admin)
    answers: list[httpx.Response] = []
    barrier = threading.Barrier(8)

    def race(name: str) -> None:
        barrier.wait()
        answers.append(change(admin, plant, 1, name=name))

    threads = [threading.Thread(target=race, args=(f"name {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert all(a.json()["current"]["name"] == won[0]["name"] for a in answers if a.status_code == 409)


def test_delete_deactivates(admin: SignedIn) -> None:
    plant = add(admin)
    gone = admin.send("DELETE", f"/plants/{plant['id']}", headers={"If-Match": '"1"'})
    assert (gone.status_code, gone.json()["is_active"]) == (200, False)
    assert admin.get("/plants", params={"is_active": True}).json()["items"] == []
    assert admin.get(f"/plants/{plant['id']}").json()["is_active"] is False


def test_a_code_is_taken_once(
    admin: SignedIn, client: httpx.Client, databases: Databases, system_databases: Databases
) -> None:
    add(admin)
    taken = admin.post("/plants", BERLIN)
    assert (taken.status_code, taken.json()["code"]) == (409, "taken")
    assert taken.json()["errors"][0]["field"] == "code"
    other = make_organization(databases, system_databases)
    other.add_user()
    assert sign_in(client, other).post("/plants", BERLIN).status_code == 201


@pytest.mark.parametrize(("kind", "field"), [("plants", "manager_user_id"), ("departments", "head_user_id")])
def test_who_leads_is_one_of_the_organizations_people(
    kind: str, field: str, client: httpx.Client, made: Made, databases: Databases, system_databases: Databases
) -> None:
    other = make_organization(databases, system_databases)
    paula, foreign = made.add_user("paula"), other.add_user("paula")
    made.add_user("anna")
    anna = sign_in(client, made)
    body = {**BERLIN, field: str(paula)}
    if kind == "departments":
        body = {"code": "PRESS", "name": "Press shop", "plant_id": str(made.add_plant()), field: str(paula)}
    plain = until_answered(201, lambda: anna.post(f"/{kind}", body))  # once she is copied to where plants are
    for nobody in (foreign, new_id()):
        refused = anna.post(f"/{kind}", {**body, "code": "NEW", field: str(nobody)})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
        assert f"{nobody} is nobody of this organization; somebody made a moment ago" in refused.json()["detail"]
        path, seen = f"/{kind}/{plain.json()['id']}", {"If-Match": '"1"'}
        assert anna.send("PATCH", path, json={field: str(nobody)}, headers=seen).status_code == 422
        assert anna.send("PUT", path, json={**body, field: str(nobody)}, headers=seen).status_code == 422
    assert anna.get(path).json() == plain.json()


def test_another_organizations_plant_is_not_found(
    admin: SignedIn, client: httpx.Client, databases: Databases, system_databases: Databases
) -> None:
    other = make_organization(databases, system_databases)
    foreign = other.add_plant()
    other.add_user()
    path, seen = f"/plants/{foreign}", {"If-Match": '"1"'}
    assert admin.get(path).status_code == 404
    assert admin.send("PATCH", path, json={"name": "mine"}, headers=seen).status_code == 404
    assert admin.send("PUT", path, json=BERLIN, headers=seen).status_code == 404
    assert admin.send("DELETE", path, headers=seen).status_code == 404
    assert sign_in(client, other).get(path).json()["name"] == "Plant "


def test_not_readable_is_404_and_not_writable_is_403_naming_the_plant(client: httpx.Client, made: Made) -> None:
    reads, writes, hidden = made.add_plant("READ"), made.add_plant("WRITE"), made.add_plant("HIDDEN")
    made.add_user("max", roles=[RoleCode.PLANT_MANAGER], reads=[reads], writes=[writes])
    max_ = sign_in(client, made, "max")
    assert [plant["code"] for plant in max_.get("/plants").json()["items"]] == ["READ", "WRITE"]
    assert max_.get(f"/plants/{hidden}").status_code == 404
    assert change(max_, {"id": hidden}, 1, name="mine").status_code == 404
    refused = change(max_, {"id": reads}, 1, name="mine")
    assert (refused.status_code, refused.json()["code"]) == (403, "place_read_only")
    assert "READ" in refused.json()["detail"]
    assert change(max_, {"id": writes}, 1, name="ours").json()["name"] == "ours"


@pytest.mark.parametrize("q", ["hall", "BER-7", "7", "er-", "halle strasse", "STRASSE"])
def test_search_finds_words_and_parts_of_codes(admin: SignedIn, q: str) -> None:
    add(admin, code="BER-7", name="Hallé Straße")
    add(admin, code="X1", name="Elsewhere")
    assert [plant["code"] for plant in admin.get("/plants", params={"q": q}).json()["items"]] == ["BER-7"]


def test_search_follows_a_change(admin: SignedIn) -> None:
    plant = add(admin, name="Old")
    change(admin, plant, 1, name="New")
    assert admin.get("/plants", params={"q": "old"}).json()["items"] == []
    assert len(admin.get("/plants", params={"q": "new"}).json()["items"]) == 1


def test_export_gives_the_filtered_list_as_csv_without_formulas(admin: SignedIn) -> None:
    add(admin, code="A", name="=1+1")
    add(admin, code="B", name="Berlin, Mitte")
    answer = admin.get("/plants/export", params={"sort": "-code"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["code"], row["name"]) for row in rows] == [("B", "Berlin, Mitte"), ("A", "'=1+1")]


def test_what_changed_since_is_found(admin: SignedIn) -> None:
    old, new = add(admin, code="OLD"), add(admin, code="NEW")
    since = admin.get("/plants", params={"updated_at_from": str(new["updated_at"])})
    assert [plant["code"] for plant in since.json()["items"]] == ["NEW"]
    before = admin.get("/plants", params={"updated_at_to": str(new["updated_at"])})
    assert [plant["id"] for plant in before.json()["items"]] == [old["id"]]
    assert admin.get("/plants", params={"updated_at_from": "yesterday"}).status_code == 422
