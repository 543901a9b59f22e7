"""Where people are signed in and who tried to be: one's own, and everybody's for who may see and end them."""

from __future__ import annotations

import csv
import io
from functools import partial
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, update
from unison_domain.identity.contracts import RoleCode
from unison_server.identity.tables import User
from unison_server.kernel import csv_stream
from unison_server.kernel.database import Database, Databases

from tests.server.factories import Made, make_organization
from tests.server.identity.test_roles import give
from tests.server.identity.test_sign_in import attempt, me
from tests.server.serving import SignedIn, sign_in, until_answered


def test_one_sees_ones_own_programs_and_signs_another_out(client: httpx.Client, made: Made) -> None:
    made.add_user("ben", roles=[RoleCode.OPERATOR])
    lost, here = sign_in(client, made, "ben"), sign_in(client, made, "ben")
    shown = here.get("/auth/sessions").json()["items"]
    assert [one["is_current"] for one in shown] == [True, False]
    assert {one["user_name"] for one in shown} == {"Ben"}
    ended = here.send("DELETE", f"/auth/sessions/{shown[1]['id']}")
    assert (ended.status_code, ended.json()["end_reason"]) == (200, "signed out")
    until_answered(401, lambda: me(client, lost.access_token))
    assert me(client, here.access_token).status_code == 200
    again = here.send("DELETE", f"/auth/sessions/{shown[1]['id']}")
    assert again.json() == ended.json(), "ended twice it ended once"
    assert [one["id"] for one in here.get("/auth/sessions", params={"is_live": True}).json()["items"]] == [
        shown[0]["id"]
    ]


def test_nobody_ends_somebody_elses_as_their_own(client: httpx.Client, made: Made, admin: SignedIn) -> None:
    made.add_user("ben", roles=[RoleCode.OPERATOR])
    ben = sign_in(client, made, "ben")
    (theirs,) = admin.get("/auth/sessions").json()["items"]
    assert ben.send("DELETE", f"/auth/sessions/{theirs['id']}").status_code == 404
    assert ben.get("/sessions").status_code == 403
    assert ben.send("DELETE", f"/sessions/{theirs['id']}").status_code == 403
    assert me(client, admin.access_token).status_code == 200


def test_an_administrator_ends_anybodys(client: httpx.Client, made: Made, admin: SignedIn) -> None:
    ben_id = made.add_user("ben", roles=[RoleCode.OPERATOR])
    ben = sign_in(client, made, "ben")
    (shown,) = admin.get("/sessions", params={"user_id": str(ben_id)}).json()["items"]
    ended = admin.send("DELETE", f"/sessions/{shown['id']}").json()
    assert (ended["end_reason"], ended["user_name"]) == ("ended by an administrator", "Ben")
    assert until_answered(401, lambda: me(client, ben.access_token)).json()["code"] == "session_ended"
    assert len(admin.get("/sessions").json()["items"]) == 2


def test_an_administrator_ends_all_of_a_person_at_once(client: httpx.Client, made: Made, admin: SignedIn) -> None:
    ben_id = made.add_user("ben", roles=[RoleCode.OPERATOR])
    programs = [sign_in(client, made, "ben") for _ in range(3)]
    assert programs[0].post(f"/users/{ben_id}/end-sessions").status_code == 403
    assert admin.post(f"/users/{ben_id}/end-sessions").json() == {"ended": 3}
    for program in programs:
        until_answered(401, partial(me, client, program.access_token))
    shown = admin.get("/sessions", params={"user_id": str(ben_id)}).json()["items"]
    assert {one["end_reason"] for one in shown} == {"ended by an administrator"}
    assert me(client, admin.access_token).status_code == 200
    assert admin.post(f"/users/{ben_id}/end-sessions").json() == {"ended": 0}


def test_nobody_ends_sessions_of_who_may_more(client: httpx.Client, made: Made, admin: SignedIn) -> None:
    role = {"code": "desk", "name": "Desk", "permissions": ["identity.session.end"]}
    assert admin.post("/roles", role).status_code == 201
    assert give(admin, made.add_user("ben", roles=[]), "desk").status_code == 200
    anna = admin.get("/auth/me").json()["id"]
    refused = sign_in(client, made, "ben").post(f"/users/{anna}/end-sessions")
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_own_rights")
    assert me(client, admin.access_token).status_code == 200


def test_those_of_people_who_are_out_are_not_live(client: httpx.Client, made: Made, admin: SignedIn) -> None:
    ben_id = made.add_user("ben", roles=[RoleCode.OPERATOR])
    sign_in(client, made, "ben")

    def live(is_live: bool) -> list[tuple[str, bool]]:
        shown = admin.get("/sessions", params={"user_id": str(ben_id), "is_live": is_live}).json()["items"]
        return [(one["user_name"], one["is_let_in"]) for one in shown]

    assert (live(True), live(False)) == ([("Ben", True)], [])
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(update(User).where(User.id == ben_id).values(access_ends_at=func.now()))
    assert (live(True), live(False)) == ([], [("Ben", False)])


def test_attempts_are_told_with_the_reason_of_refusal(client: httpx.Client, made: Made, admin: SignedIn) -> None:
    ben_id = made.add_user("ben", roles=[RoleCode.OPERATOR])
    attempt(client, made, "ben", "a wrong password")
    attempt(client, made, "nobody", "a wrong password")
    ben = sign_in(client, made, "ben")
    everybody = admin.get("/login-history").json()["items"]
    assert [(one["name"], one["outcome"]) for one in everybody] == [
        ("ben", "signed_in"),
        ("nobody", "wrong"),
        ("ben", "wrong"),
        ("anna", "signed_in"),
    ]
    assert everybody[1]["user_id"] is None
    refused = admin.get("/login-history", params={"outcome": "wrong", "user_id": str(ben_id)}).json()["items"]
    assert [one["id"] for one in refused] == [everybody[2]["id"]]
    assert [one["outcome"] for one in ben.get("/auth/login-history").json()["items"]] == ["signed_in", "wrong"]
    assert ben.get("/login-history").status_code == 403
    assert admin.get("/login-history", params={"address": "192.0.2.1"}).json()["items"] == []


def test_all_attempts_that_match_are_a_file(
    client: httpx.Client, made: Made, admin: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_stream, "BLOCK", 2)
    made.add_user("ben", roles=[RoleCode.OPERATOR])
    for name in ("ben", "nobody", "=1+1", "ben"):
        attempt(client, made, name, "a wrong password")
    answer = admin.get("/login-history/export", params={"outcome": "wrong"})
    assert (answer.status_code, answer.headers["X-Rows"]) == (200, "4")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(one["name"], one["user_name"]) for one in lines] == [
        ("ben", "Ben"),
        ("'=1+1", ""),
        ("nobody", ""),
        ("ben", "Ben"),
    ]
    second = admin.get("/login-history", params={"outcome": "wrong"}).json()["items"][1]["at"]
    later = {"from": second, "outcome": "wrong"}
    assert admin.get("/login-history/export", params=later).headers["X-Rows"] == "2"
    assert sign_in(client, made, "ben").get("/login-history/export").status_code == 403


def test_a_file_says_why_a_link_was_refused(client: httpx.Client, made: Made, admin: SignedIn) -> None:
    link = admin.post(f"/users/{made.add_user('ben')}/password-reset").json()["link"].partition("#")[2]
    assert client.post("/api/v1/auth/reset-password/look-up", json={"token": f"{link}x"}).status_code == 404
    file = admin.get("/login-history/export", params={"outcome": "link_refused"}).content.decode("utf-8-sig")
    assert [one["reason"] for one in csv.DictReader(io.StringIO(file))] == ["reset_unknown"]


def test_another_organization_sees_none_of_it(
    client: httpx.Client, admin: SignedIn, databases: Databases, system_databases: Databases
) -> None:
    stranger = make_organization(databases, system_databases)
    stranger.add_user()
    theirs = sign_in(client, stranger)
    (ours,) = admin.get("/auth/sessions").json()["items"]
    assert [UUID(one["id"]) for one in theirs.get("/sessions").json()["items"]] != [UUID(ours["id"])]
    for path in (f"/sessions/{ours['id']}", f"/auth/sessions/{ours['id']}"):
        assert theirs.send("DELETE", path).status_code == 404
