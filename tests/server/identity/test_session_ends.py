"""A session is over when it was not used, and when it is old, each by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import jwt
from sqlalchemy import update
from unison_server.identity.queries import rights_of
from unison_server.identity.sign_in import LONGEST
from unison_server.identity.tables import SignInSession
from unison_server.kernel.database import Database, Databases

from tests.server.factories import Made
from tests.server.serving import SignedIn


def set_times(made: Made, *, began: datetime, ends: datetime) -> None:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(update(SignInSession).values(created_at=began, expires_at=ends))


def refreshed(client: httpx.Client, signed: SignedIn) -> httpx.Response:
    return client.post("/api/v1/auth/refresh", json={"refresh_token": signed.refresh_token})


def allows(databases: Databases, made: Made, signed: SignedIn) -> bool:
    """Whether a process that has not heard of the session before lets its access token in."""
    claims = jwt.decode(signed.access_token, options={"verify_signature": False})
    return rights_of(databases, made.id, UUID(claims["sub"]), UUID(claims["sid"])) is not None


def test_one_that_was_not_used_is_over(admin: SignedIn, made: Made, client: httpx.Client, databases: Databases) -> None:
    assert allows(databases, made, admin)
    now = datetime.now(UTC)
    set_times(made, began=now - timedelta(days=2), ends=now - timedelta(seconds=1))
    assert not allows(databases, made, admin)
    ended = refreshed(client, admin)
    assert (ended.status_code, ended.json()["code"]) == (401, "session_ended")


def test_one_that_is_old_is_over_however_it_was_used(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    now = datetime.now(UTC)
    set_times(made, began=now - LONGEST - timedelta(seconds=1), ends=now + timedelta(days=30))
    ended = refreshed(client, admin)
    assert (ended.status_code, ended.json()["code"]) == (401, "session_ended")


def test_one_that_is_used_goes_on(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    now = datetime.now(UTC)
    set_times(made, began=now - LONGEST + timedelta(hours=1), ends=now + timedelta(minutes=1))
    assert refreshed(client, admin).status_code == 200
