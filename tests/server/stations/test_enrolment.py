"""A one-time code becomes a device token, once, in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text
from unison_domain.stations.enrolment_code import ALPHABET
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.scope import Scope
from unison_server.stations import usecases
from unison_server.stations.usecases import MOST_TRIES, NOBODY

from tests.server.factories import Made
from tests.server.serving import SignedIn
from tests.server.stations.floor import Floor, enrol

PC = {"hostname": "pc-1", "version": "1.0", "platform": "linux"}


def try_code(client: httpx.Client, code: str) -> httpx.Response:
    return client.post("/api/v1/stations/enrol", json={"code": code, **PC})


def test_the_code_names_the_organization_and_can_be_typed(admin: SignedIn, made: Made) -> None:
    answer = admin.post("/agents", {"name": "Hall 1"})
    assert answer.status_code == 201
    code = answer.json()["code"]
    assert code.startswith(f"{made.code}-")
    secret = code.removeprefix(made.code)
    assert set(secret.replace("-", "")) <= set(ALPHABET)
    assert try_code(admin.client, f" {made.code}{secret.lower()} ").status_code == 200
    agent = admin.get(f"/agents/{answer.json()['agent_id']}").json()
    assert (agent["state"], agent["hostname"]) == ("enrolled", "pc-1")


def test_dashes_may_be_left_out(admin: SignedIn, made: Made) -> None:
    code = admin.post("/agents", {"name": "Hall 1"}).json()["code"]
    secret = code.removeprefix(made.code).replace("-", "")
    assert try_code(admin.client, f"{made.code}{secret.lower()}").status_code == 200


def test_a_code_serves_once(admin: SignedIn) -> None:
    code = admin.post("/agents", {"name": "Hall 1"}).json()["code"]
    enrol(admin.client, code)
    again = try_code(admin.client, code)
    assert (again.status_code, again.json()["code"]) == (409, "enrolment_code_used")


def test_a_code_is_told_once_and_not_kept_for_who_asks_again(floor: Floor, admin: SignedIn) -> None:
    for path, body in (("/agents", {"name": "Hall 2"}), (f"/agents/{floor.agent_id}/code", None)):
        key = {"Idempotency-Key": f"0190-{path}"}
        answer, again = admin.post(path, body, headers=key), admin.post(path, body, headers=key)
        assert (answer.status_code, again.status_code, again.json()["code"]) == (201, 409, "answer_not_kept")
        assert "ask for a new one" in again.json()["detail"]
        enrol(admin.client, answer.json()["code"])
    assert floor.rows("select status, body from idempotency_keys") == [(201, None)] * 2
    assert len(admin.get("/agents").json()["items"]) == 2


def test_a_new_code_ends_the_one_before(admin: SignedIn) -> None:
    first = admin.post("/agents", {"name": "Hall 1"}).json()
    second = admin.post(f"/agents/{first['agent_id']}/code").json()
    assert try_code(admin.client, first["code"]).json()["code"] == "enrolment_code_expired"
    assert try_code(admin.client, second["code"]).status_code == 200


def test_an_old_code_is_refused(admin: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usecases, "CODE_LIFE", timedelta(0))
    code = admin.post("/agents", {"name": "Hall 1"}).json()["code"]
    assert try_code(admin.client, code).json()["code"] == "enrolment_code_expired"


@pytest.fixture
def nothing_tried(databases: Databases) -> Iterator[None]:
    """Tries are counted by address, and all tests have one."""
    yield
    with databases.session(Database.IDENTITY, Scope(NOBODY)) as session:
        session.execute(text("delete from login_attempts"))


@pytest.mark.usefixtures("nothing_tried")
def test_guesses_are_counted_whichever_organization_they_name(admin: SignedIn, made: Made) -> None:
    right = admin.post("/agents", {"name": "Hall 1"}).json()["code"]
    assert try_code(admin.client, right).status_code == 200, "what was tried before is forgotten by a right code"
    wrong = [f"{made.code}-AAAA-AAAA", "NOBODY-AAAA-AAAA"] * (MOST_TRIES // 2 + 1)
    answers = [try_code(admin.client, code) for code in wrong]
    assert [answer.status_code for answer in answers] == [422] * MOST_TRIES + [429] * 2
    told = {(answer.json()["code"], answer.json()["detail"]) for answer in answers[:MOST_TRIES]}
    assert len(told) == 1
    assert answers[-1].headers["retry-after"]


def test_an_organization_nobody_has_is_just_a_wrong_code(admin: SignedIn) -> None:
    for code in ("NOBODY-AAAA-AAAA", "--------", "AAAAAAAAAAAA"):
        assert try_code(admin.client, code).json()["code"] == "enrolment_code_wrong"


def test_a_revoked_agent_is_out(floor: Floor) -> None:
    agent = floor.admin.get(f"/agents/{floor.agent_id}").json()
    assert floor.admin.post(f"/agents/{floor.agent_id}/revoke").status_code == 428
    revoked = floor.admin.post(f"/agents/{floor.agent_id}/revoke", headers={"If-Match": f'"{agent["version"]}"'})
    assert revoked.json()["state"] == "revoked"
    assert floor.sender.call("GET", "/configuration").status_code == 401


def test_tokens_and_codes_are_not_in_the_audit(floor: Floor) -> None:
    kept = " ".join(str(row) for row in floor.rows("select old_values, new_values from audit_logs"))
    hashes = floor.rows("select token_hash from agents where token_hash is not null")
    assert "pc-1" in kept
    assert hashes[0].token_hash not in kept
    assert floor.sender.token not in kept
