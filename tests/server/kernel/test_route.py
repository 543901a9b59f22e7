"""A request is a transaction: nothing is answered before it is committed, nothing stays of one that was refused."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from unison_server.app import PUBLIC, create_app
from unison_server.kernel.access import Requirement
from unison_server.kernel.audit import audit_logs
from unison_server.kernel.database import Database, TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.keys import new_id
from unison_server.kernel.route import ATTEMPTS, OperationsRoute, SessionDep, TransactionRoute, after_refusal
from unison_server.kernel.scope import is_organization_wide, only_sees
from unison_server.kernel.settings import Settings
from unison_server.sites.tables import Plant

from tests.server.factories import Made
from tests.server.serving import SignedIn, serving, sign_in

RUN_THEIR_OWN = {
    "login",
    "refresh",
    "logout",
    "show_accept_invitation",
    "show_reset_password",
    "read_link_page_part",
    "forgot_password",
    "reset_password",
    "look_up_password_reset",
    "look_up_invitation",
    "accept_invitation",
    "enrol",
    "stream_events",
    "health",
    "read_authority",
    "read_time",
    "read_metrics",
}
"""Several transactions, a stream, or none."""


def routes_of(app: FastAPI) -> list[APIRoute]:
    """Every endpoint, however deep its router was included."""
    found: list[APIRoute] = []

    def walk(routes: Any) -> None:
        for route in routes:
            if isinstance(route, APIRoute):
                found.append(route)
            elif inner := getattr(route, "original_router", None):
                walk(inner.routes)

    walk(app.routes)
    return found


def test_every_endpoint_is_a_transaction_or_listed(app: FastAPI) -> None:
    routes = routes_of(app)
    assert len(routes) > 20
    without = {route.name for route in routes if not isinstance(route, TransactionRoute)}
    assert without - RUN_THEIR_OWN == set()


def test_what_is_only_looked_up_takes_a_right_to_see(app: FastAPI) -> None:
    asked = {
        one.dependency.permission
        for route in routes_of(app)
        for one in route.dependencies
        if isinstance(one.dependency, Requirement) and route.methods == {"GET"}
    }
    assert len(asked) > 20
    of_plants = {permission for permission in asked if not is_organization_wide(permission)}
    assert {permission for permission in of_plants if not only_sees(permission)} == set()


def test_operation_ids_are_unique_and_documented(app: FastAPI) -> None:
    document = app.openapi()
    operations = [
        operation for path in document["paths"].values() for method, operation in path.items() if method != "parameters"
    ]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    assert all(operation.get("tags") for operation in operations)
    assert all("application/problem+json" in operation["responses"]["default"]["content"] for operation in operations)
    assert document["components"]["schemas"]["Problem"]["properties"]["errors"]


def references(document: Any) -> Iterator[str]:
    """Every `$ref` of a document."""
    if isinstance(document, dict):
        if isinstance(document.get("$ref"), str):
            yield document["$ref"]
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from references(part)


def test_every_reference_of_the_document_leads_somewhere(app: FastAPI) -> None:
    document = app.openapi()
    found = set(references(document))
    assert len(found) > 20
    for reference in found:
        part = document
        for name in reference.removeprefix("#/").split("/"):
            assert name in part, reference
            part = part[name]


def test_the_document_says_who_may_ask_and_tells_the_truth(app: FastAPI, client: httpx.Client) -> None:
    document = app.openapi()
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            public = operation["operationId"] in PUBLIC
            assert operation["security"] == ([] if public else [{"bearer": []}]), path
            if not public:
                asked = client.request(method, re.sub("{.*?}", str(new_id()), path), json={})
                assert asked.status_code == 401, path


def test_exports_are_documented_as_what_they_are(app: FastAPI, admin: SignedIn) -> None:
    document = app.openapi()
    exports = [path for path in document["paths"] if path.endswith("/export")]
    assert "/api/v1/plants/export" in exports
    for path in exports:
        documented = document["paths"][path]["get"]["responses"]["200"]["content"]
        assert list(documented) == ["text/csv"]
        answer = admin.get(path.removeprefix("/api/v1"))
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_no_page_loads_scripts_from_elsewhere(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.get("/openapi.json").status_code == 200


class Trial:
    """An application with endpoints that fail in chosen ways."""

    def __init__(self, settings: Settings) -> None:
        self.runs = 0
        self.seen_after_answer: list[bool] = []
        self.app = create_app(settings)
        router = APIRouter(route_class=OperationsRoute)

        @router.post("/trial/{how}")
        def trial(session: SessionDep, how: str) -> dict[str, int]:
            self.runs += 1
            session.add(Plant(code=f"T{self.runs}", name=how, time_zone="UTC"))
            session.flush()
            getattr(self, how)(session)
            return {"runs": self.runs}

        self.app.include_router(router, prefix="/api/v1")

    def works(self, session: TenantSession) -> None: ...

    def fails(self, session: TenantSession) -> None:
        raise RuntimeError("the secret of the house")

    def refuses(self, session: TenantSession) -> None:
        after_refusal(session, lambda own: own.add(Plant(code="NOTE", name="note", time_zone="UTC")))
        raise Invalid("no")

    def clashes_once(self, session: TenantSession) -> None:
        if self.runs == 1:
            raise OperationalError("update", {}, psycopg.errors.SerializationFailure("again"))

    def clashes_always(self, session: TenantSession) -> None:
        raise OperationalError("update", {}, psycopg.errors.DeadlockDetected("again"))


@pytest.fixture
def trial(settings: Settings) -> Trial:
    return Trial(settings)


@pytest.fixture
def caller(trial: Trial, made: Made) -> Iterator[SignedIn]:
    made.add_user()
    with serving(trial.app) as address, httpx.Client(base_url=address) as client:
        yield sign_in(client, made)


def names(made: Made) -> list[str]:
    with made.databases.session(Database.OPERATIONS, made.scope) as session:
        return sorted(session.scalars(select(Plant.code)))


def test_it_is_committed_before_the_answer(caller: SignedIn, made: Made) -> None:
    assert caller.post("/trial/works").status_code == 200
    assert names(made) == ["T1"]


def test_a_failure_tells_nothing_and_leaves_nothing(caller: SignedIn, made: Made) -> None:
    answer = caller.post("/trial/fails", headers={"X-Request-ID": "find-me-again"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["request_id"] == "find-me-again" == answer.headers["x-request-id"]
    assert names(made) == []


def test_a_refusal_leaves_only_its_note(caller: SignedIn, made: Made) -> None:
    assert caller.post("/trial/refuses").status_code == 422
    assert names(made) == ["NOTE"]


def test_a_serialization_failure_is_tried_again(caller: SignedIn, made: Made, trial: Trial) -> None:
    assert caller.post("/trial/clashes_once").json() == {"runs": 2}
    assert names(made) == ["T2"]


def test_it_gives_up_after_some_attempts(caller: SignedIn, made: Made, trial: Trial) -> None:
    answer = caller.post("/trial/clashes_always")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert trial.runs == ATTEMPTS
    assert names(made) == []


def test_a_403_is_noted(client: httpx.Client, made: Made) -> None:
    made.add_user("viewer", roles=[])
    assert sign_in(client, made, "viewer").get("/plants").status_code == 403
    with made.databases.session(Database.OPERATIONS, made.scope) as session:
        noted = session.execute(select(audit_logs).where(audit_logs.c.action == "refused")).one()
    assert noted.new_values["path"] == "/api/v1/plants"
    assert "sites.plant.read" in noted.new_values["detail"]


def test_requests_are_counted_by_endpoint(admin: SignedIn) -> None:
    line = re.compile(r'^unison_request_seconds_count{method="GET",route="get_plant",status="404"} (.*)$', re.MULTILINE)

    def counted() -> float:
        return sum(map(float, line.findall(admin.client.get("/metrics").text)))

    before = counted()
    admin.get("/plants/01a1fb18-7386-7e27-a73f-4bc07cc0bc6f")
    assert counted() == before + 1


def test_more_requests_than_connections_all_get_through(settings: Settings, made: Made) -> None:
    made.add_user()
    app = create_app(settings)
    together = 4 * app.state.services.databases.capacity
    limits = httpx.Limits(max_connections=together)
    with serving(app) as address, httpx.Client(base_url=address, timeout=60, limits=limits) as client:
        caller = sign_in(client, made)
        statuses: list[int] = []
        threads = [
            threading.Thread(target=lambda: statuses.append(caller.get("/plants").status_code)) for _ in range(together)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [200] * together
