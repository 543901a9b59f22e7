"""One's own password: asked for again where it matters, and changed by who knows it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from sqlalchemy import select, update
from unison_server.identity.sign_in import LONGEST
from unison_server.identity.tables import SignInSession
from unison_server.kernel.database import Database

from tests.server.factories import PASSWORD, Made
from tests.server.serving import SignedIn, sign_in

NEW = "four pearls under ice"
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("/auth/change-password", {"new_password": NEW}),
    ("/mfa/totp", {}),
    ("/mfa/totp/remove", {"second_factor": "123456"}),
    ("/mfa/recovery-codes", {"second_factor": "123456"}),
    ("/pin", {"pin": "8317"}),
]


def test_one_changes_it_and_stays_signed_in_here_alone(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    elsewhere = sign_in(client, made)
    assert admin.post("/auth/change-password", {"password": PASSWORD, "new_password": NEW}).status_code == 204
    assert admin.get("/auth/me").status_code == 200
    ended = client.post("/api/v1/auth/refresh", json={"refresh_token": elsewhere.refresh_token})
    assert (ended.status_code, ended.json()["code"]) == (401, "session_ended")
    assert sign_in(client, made, password=NEW).get("/auth/me").status_code == 200


@pytest.mark.parametrize(("path", "rest"), ASKED)
def test_without_it_nothing_is_done_and_the_try_is_told(admin: SignedIn, path: str, rest: dict[str, Any]) -> None:
    refused = admin.post(path, {"password": "wrong one", **rest})
    assert (refused.status_code, refused.json()["code"]) == (403, "password_wrong")
    newest = admin.get("/auth/login-history").json()["items"][0]
    assert (newest["outcome"], newest["reason"]) == ("wrong", "password_again")


@pytest.mark.parametrize(("path", "rest"), ASKED)
@pytest.mark.parametrize("given", [None, 7, "a\0b", "", "x" * 257, ["x"]])
def test_a_body_without_it_is_refused_as_every_bad_body(
    admin: SignedIn, path: str, rest: dict[str, Any], given: object
) -> None:
    body = rest if given is None else {"password": given, **rest}
    assert admin.post(path, body).status_code == 422


def test_tries_at_the_same_time_are_all_counted(admin: SignedIn) -> None:
    def guess(number: int) -> int:
        return admin.post("/pin", {"password": f"guess {number}", "pin": "8317"}).status_code

    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(guess, range(12))) == [403] * 10 + [429] * 2
    assert admin.post("/pin", {"password": PASSWORD, "pin": "8317"}).status_code == 429


@pytest.mark.parametrize("guessed", ["Unison2026!", "Anna-Anna-1", "annaunison7"])
def test_what_says_who_and_where_one_is_is_no_password(admin: SignedIn, guessed: str) -> None:
    refused = admin.post("/auth/change-password", {"password": PASSWORD, "new_password": guessed})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "new_password")
    assert "guessed first" in refused.json()["detail"]


def test_a_password_may_be_long_and_of_any_signs(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    wanted = " ünïson 🔑 Grüße aus Köln " + "x" * 100
    assert admin.post("/auth/change-password", {"password": PASSWORD, "new_password": wanted}).status_code == 204
    assert sign_in(client, made, password=wanted).get("/auth/me").status_code == 200


def test_a_session_is_over_long_after_it_began_however_it_was_used(
    admin: SignedIn, made: Made, client: httpx.Client
) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(update(SignInSession).values(created_at=soon - LONGEST))
    renewed = client.post("/api/v1/auth/refresh", json={"refresh_token": admin.refresh_token})
    assert renewed.status_code == 200
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        assert session.scalars(select(SignInSession.expires_at)).one() == soon


def test_an_access_token_says_whom_it_is_for(admin: SignedIn) -> None:
    assert jwt.decode(admin.access_token, options={"verify_signature": False})["aud"] == "unison"
