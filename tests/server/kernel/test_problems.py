"""Bad input gets a clear answer and changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from unison_domain.machines.contracts import LifeCycle
from unison_domain.stations.contracts import AgentState
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.keys import new_id
from unison_server.kernel.problems import refusal_of
from unison_server.kernel.scope import Reach

from tests.server.factories import Made
from tests.server.serving import SignedIn

PLANT = {"code": "BER", "name": "Berlin", "time_zone": "Europe/Berlin"}


def fields(answer: httpx.Response) -> dict[str, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    return {entry["field"]: entry["code"] for entry in problem.get("errors", [])}


def test_each_bad_field_has_its_entry(admin: SignedIn) -> None:
    answer = admin.post("/plants", {"code": " ", "name": "", "time_zone": "Mars/Olympus", "colour": "red"})
    assert answer.status_code == 422
    assert fields(answer).keys() == {"code", "name", "time_zone", "colour"}
    assert "Mars/Olympus" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["", "/{id}", "/{id}/history", "/{id}/utilization", "/{id}/counts", "/live", "/export"]
)
def test_a_misspelt_parameter_is_refused_wherever_it_is_asked(admin: SignedIn, made: Made, path: str) -> None:
    body = {"plant_id": str(made.add_plant()), "machine_code": "M1", "name": "Mill"}
    machine = admin.post("/machines", body).json()["id"]
    answer = admin.get(f"/machines{path.format(id=machine)}", params={"buckets": 1})
    assert (answer.status_code, fields(answer)) == (422, {"buckets": "extra_forbidden"})


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/health"), ("POST", "/auth/logout"), ("POST", "/plants"), ("GET", "/auth/me")]
)
def test_who_takes_no_parameter_refuses_every_one(admin: SignedIn, method: str, path: str) -> None:
    answer = admin.send(method, path, params={"x": 1}, json=PLANT if path == "/plants" else {"refresh_token": "x"})
    assert (answer.status_code, fields(answer)) == (422, {"x": "extra_forbidden"})
    assert admin.get("/plants").json()["items"] == []


@pytest.mark.parametrize("name", ["a\x00b", "\x00"])
def test_nul_is_refused_in_bodies(admin: SignedIn, name: str) -> None:
    answer = admin.post("/plants", {**PLANT, "name": name})
    assert answer.status_code == 422
    assert "name" in fields(answer)


@pytest.mark.parametrize("query", ["q=%00", "sort=%00", "cursor=%00", "cursor=WyJjb2RlIiwgIlx1MDAwMCIsICIiXQ"])
def test_nul_is_refused_in_queries(admin: SignedIn, query: str) -> None:
    assert admin.get(f"/plants?{query}").status_code == 422


@pytest.mark.parametrize("path", ["/audit-log?q=mitte", "/audit-log?sort=at", "/api-keys?q=press", "/agents?q=hall"])
def test_a_list_that_can_not_do_it_says_so(admin: SignedIn, path: str) -> None:
    answer = admin.get(path)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["message"].split(";")[0]) == (422, "is not known here"), answer.text


@pytest.mark.parametrize("path", ["/audit-log", "/login-history", "/qr-scans/history", "/downtime-events/export"])
def test_a_stretch_that_ends_before_it_begins_is_refused(admin: SignedIn, path: str) -> None:
    early, late = "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+00:30"
    assert admin.get(path, params={"from": early, "to": late}).is_success
    answer = admin.get(path, params={"from": late, "to": early})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["message"]) == (422, "to", "lies before “from”: exchange the two")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b'{"code": NaN}',
        b"[" * 100_000,
        b'{"code": ' + b"9" * 5000 + b"}",
        b'"\\ud800"',
        b"null",
    ],
)
def test_garbled_bodies_are_refused(admin: SignedIn, body: bytes) -> None:
    answer = admin.send("POST", "/plants", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert fields(answer)


def test_a_lone_surrogate_is_refused(admin: SignedIn) -> None:
    body = json.dumps({**PLANT, "name": "\ud800"}).encode()
    answer = admin.send("POST", "/plants", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert "name" in fields(answer)


def test_an_oversized_body_is_refused(admin: SignedIn) -> None:
    answer = admin.post("/plants", {**PLANT, "name": "x" * 5_000_000})
    assert answer.status_code == 413
    fields(answer)


def test_an_oversized_body_without_length_is_refused(admin: SignedIn) -> None:
    def chunks() -> Any:
        for _ in range(100):
            yield b" " * 65_536

    answer = admin.send("POST", "/plants", content=chunks(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize("query", ["limit=0", "limit=1000000", "limit=x", "colour=red", "is_active=perhaps"])
def test_bad_parameters_are_named(admin: SignedIn, query: str) -> None:
    answer = admin.get(f"/plants?{query}")
    assert answer.status_code == 422
    assert fields(answer).keys() == {query.partition("=")[0]}


@pytest.mark.parametrize(
    ("path", "parameter", "known"), [("machines", "life_cycle", LifeCycle), ("agents", "state", AgentState)]
)
def test_a_word_that_a_column_never_holds_is_told_with_those_it_does(
    admin: SignedIn, path: str, parameter: str, known: type[StrEnum]
) -> None:
    answer = admin.get(f"/{path}", params={parameter: "actve"})
    assert answer.status_code == 422
    assert fields(answer).keys() == {parameter}
    assert all(f"'{value}'" in answer.json()["detail"] for value in known)
    assert [admin.get(f"/{path}", params={parameter: value}).status_code for value in known] == [200] * len(known)


def test_an_id_that_is_none_is_422_and_an_unknown_one_404(admin: SignedIn) -> None:
    assert admin.get("/plants/seventeen").status_code == 422
    answer = admin.get(f"/plants/{uuid4()}")
    assert answer.status_code == 404
    fields(answer)


def test_unknown_paths_and_verbs_are_problems(admin: SignedIn) -> None:
    assert admin.get("/nowhere").json()["code"] == "not_found"
    assert admin.send("DELETE", "/plants").json()["code"] == "method_not_allowed"


@pytest.mark.parametrize("token", ["x", "a.b.c", "device_zz_1", "refresh_" + "0" * 32 + "_x", "~"])
def test_a_bad_token_is_401(client: httpx.Client, token: str) -> None:
    answer = client.get("/api/v1/plants", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    fields(answer)


def test_without_a_token_it_is_401(client: httpx.Client) -> None:
    answer = client.get("/api/v1/plants")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def refused(session: TenantSession, statement: str, **values: Any) -> str | None:
    """Code of the refusal, or None where the database's error is our fault."""
    with pytest.raises(DBAPIError) as raised, session.begin_nested():
        session.execute(text(statement), values)
    refusal = refusal_of(raised.value)
    return refusal.problem_code if refusal else None


def test_what_the_database_refuses_is_told_apart_without_its_words(made: Made, databases: Databases) -> None:
    plant = made.add_plant()
    held = replace(made.scope, plants=Reach(write=frozenset()))
    center = "insert into work_centers (organization_id, id, plant_id, code, name) values (:o, :i, :p, :c, 'x')"
    with databases.session(Database.OPERATIONS, made.scope) as session:
        row = {"o": made.id, "i": new_id(), "p": plant, "c": "L1"}
        session.execute(text(center), row)
        assert refused(session, center, **{**row, "i": new_id()}) == "taken"
        assert refused(session, center, **{**row, "i": new_id(), "c": "L2", "p": new_id()}) == "no_such"
        assert refused(session, "update work_centers set plant_id = :p", p=new_id()) == "no_such"
        assert refused(session, "delete from plants where id = :p", p=plant) == "in_use"
        assert refused(session, "update events set topic = ''") is None
    with databases.session(Database.OPERATIONS, held) as session:
        assert refused(session, center, **{**row, "i": new_id(), "c": "L2"}) == "place_read_only"
