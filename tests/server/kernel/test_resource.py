"""What one declaration makes is documented exactly, and asks for the right it names."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from unison_domain.identity.contracts import RoleCode
from unison_domain.sites.contracts import PlantAnswer
from unison_server.kernel.csv_answer import csv_answer
from unison_server.kernel.errors import Invalid, VersionMissing
from unison_server.kernel.resource import seen_version

from tests.server.factories import Made
from tests.server.serving import SignedIn, sign_in


@pytest.fixture(scope="module")
def paths(app: FastAPI) -> dict[str, Any]:
    found: dict[str, Any] = app.openapi()["paths"]
    return found


def schema_of(body: dict[str, Any]) -> str:
    reference: str = body["content"]["application/json"]["schema"]["$ref"]
    return reference.rpartition("/")[2]


def test_every_verb_is_documented_with_its_contracts(paths: dict[str, Any]) -> None:
    one, all_ = paths["/api/v1/plants/{id}"], paths["/api/v1/plants"]
    assert {verb: operation["operationId"] for verb, operation in {**one, **all_}.items()} == {
        "get": "list_plants",
        "post": "create_plant",
        "put": "replace_plant",
        "patch": "update_plant",
        "delete": "deactivate_plant",
    }
    assert schema_of(all_["post"]["requestBody"]) == "PlantCreate"
    assert schema_of(one["put"]["requestBody"]) == "PlantReplace"
    assert schema_of(one["patch"]["requestBody"]) == "PlantUpdate"
    assert schema_of(one["get"]["responses"]["200"]) == "PlantAnswer"
    assert schema_of(all_["post"]["responses"]["201"]) == "PlantAnswer"
    assert schema_of(all_["get"]["responses"]["200"]) == "Page_PlantAnswer_"


def test_parameters_of_lists_are_documented(paths: dict[str, Any]) -> None:
    names = {parameter["name"] for parameter in paths["/api/v1/plants"]["get"]["parameters"]}
    assert names == {"limit", "cursor", "sort", "q", "is_active", "updated_at_from", "updated_at_to"}


def test_a_time_that_ends_before_it_begins_is_refused_by_every_list(
    paths: dict[str, Any], client: httpx.Client, made: Made
) -> None:
    made.add_plant("BER")
    made.add_user("vera", roles=[RoleCode.ADMIN])
    vera = sign_in(client, made, "vera")
    asked = 0
    for path, verbs in paths.items():
        names = {one["name"] for one in verbs.get("get", {}).get("parameters", ())}
        for start, end in (("from", "to"), ("updated_at_from", "updated_at_to")):
            if {start, end} <= names and "{" not in path:
                times = {start: "2026-03-02T00:00:00Z", end: "2026-03-01T00:00:00Z"}
                refused = vera.get(path.removeprefix("/api/v1"), params=times)
                assert refused.status_code == 422, (path, refused.text)
                assert "2026-03-02" in refused.text, (path, refused.text)
                asked += 1
    assert asked >= 15


@pytest.mark.parametrize("verb", ["POST /plants", "PUT /plants/{id}", "PATCH /plants/{id}", "DELETE /plants/{id}"])
def test_who_may_only_read_changes_nothing(client: httpx.Client, made: Made, verb: str) -> None:
    plant = made.add_plant("BER")
    made.add_user("vera", roles=[RoleCode.VIEWER], writes=[plant])
    method, path = verb.split()
    body = {"code": "X", "name": "X", "time_zone": "UTC"}
    vera = sign_in(client, made, "vera")
    refused = vera.send(method, path.format(id=plant), json=body, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert refused.json()["parameters"]["permission"].startswith("sites.plant.")
    assert vera.get(f"/plants/{plant}").json()["version"] == 1


@pytest.mark.parametrize(("header", "version"), [('"3"', 3), ("3", 3), ('W/"12"', 12), (' "7" ', 7)])
def test_the_version_seen_is_read(header: str, version: int) -> None:
    assert seen_version(header) == version


@pytest.mark.parametrize("header", ["", '""', "*", '"-1"', '"1.5"', '"²"', '"99999999999"', '"1", "2"'])
def test_what_is_no_version_is_refused(header: str) -> None:
    with pytest.raises(Invalid):
        seen_version(header)


def test_without_a_version_it_says_what_to_send() -> None:
    with pytest.raises(VersionMissing, match="If-Match"):
        seen_version(None)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_csv_cell_is_never_a_formula(admin: SignedIn, start: str) -> None:
    made = admin.post("/plants", {"code": "BER", "name": "Berlin", "time_zone": "UTC"}).json()
    answer = csv_answer("plants", ["name"], [PlantAnswer.model_validate({**made, "name": f"{start}cmd"})])
    assert f"'{start}cmd".encode() in bytes(answer.body)
