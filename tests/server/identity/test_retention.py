"""Who signed in is forgotten when the organization says so, and nothing that still counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text
from unison_domain.identity.setting_contracts import ENDED_DAYS, LOGIN_HISTORY_DAYS
from unison_server.identity import retention
from unison_server.identity.retention import forget_attempts, forget_sign_ins
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.settings import Settings

from tests.server.factories import Made, make_organization
from tests.server.identity.test_invitations import accept, invite, token_of
from tests.server.identity.test_settings import set_to
from tests.server.identity.test_sign_in import refresh
from tests.server.serving import SignedIn, sign_in

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
Forget = Callable[[float], None]


def run(made: Made, statement: str, **values: object) -> None:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text(statement), values)


def count(made: Made, table: str) -> int:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        return int(session.execute(text(f"select count(*) from {table}")).scalar_one())


@pytest.fixture
def after(settings: Settings, system_databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Forget:
    """Keeps house as if so many days had passed, three rows at a time."""
    monkeypatch.setattr(retention, "PIECE", 3)
    return lambda days: forget_sign_ins(settings, system_databases, NOW + days * DAY)


def test_the_login_history_is_kept_as_long_as_is_set(
    admin: SignedIn, made: Made, client: httpx.Client, databases: Databases, system_databases: Databases, after: Forget
) -> None:
    others = make_organization(databases, system_databases)
    others.add_user("ben")
    sign_in(client, others, "ben")
    for _ in range(7):
        client.post("/api/v1/auth/login", json={"organization": made.code, "user": "anna", "password": "wrong horse"})
    assert count(made, "login_history") == 8
    run(made, "update sessions set expires_at = :end", end=NOW + 1000 * DAY)
    after(729)
    assert count(made, "login_history") == 8
    set_to(admin, LOGIN_HISTORY_DAYS, 100)
    changes = count(made, "audit_logs")
    after(99)
    assert count(made, "login_history") == 8
    after(101)
    assert (count(made, "login_history"), count(others, "login_history")) == (0, 1)
    assert count(made, "audit_logs") >= changes, "the audit log stays"


def test_sessions_are_forgotten_after_they_ended_and_others_go_on(
    admin: SignedIn, made: Made, client: httpx.Client, after: Forget
) -> None:
    for _ in range(5):
        gone = sign_in(client, made)
        client.post("/api/v1/auth/logout", json={"refresh_token": gone.refresh_token})
    live = sign_in(client, made)
    kept = refresh(client, live.refresh_token).json()["refresh_token"]
    set_to(admin, ENDED_DAYS, 30)
    run(made, "update sessions set expires_at = :end where ended_at is null", end=NOW + 1000 * DAY)
    after(29)
    assert (count(made, "sessions"), count(made, "refresh_tokens")) == (7, 8)
    after(31)
    assert (count(made, "sessions"), count(made, "refresh_tokens")) == (2, 3), "of live ones"
    assert refresh(client, kept).status_code == 200
    run(made, "update sessions set expires_at = :end", end=NOW + 40 * DAY)
    after(69)
    assert count(made, "sessions") == 2
    after(71)
    assert (count(made, "sessions"), count(made, "refresh_tokens")) == (0, 0)


def test_invitations_are_forgotten_after_they_ended(
    admin: SignedIn, made: Made, client: httpx.Client, after: Forget
) -> None:
    assert accept(client, token_of(invite(admin))).status_code == 201
    admin.post(f"/invitations/{invite(admin, email='max@example.org')['id']}/revoke")
    invite(admin, email="eva@example.org")  # good for seven days
    after(89)
    assert count(made, "invitations") == 3
    after(91)
    assert [one["email"] for one in admin.get("/invitations").json()["items"]] == ["eva@example.org"]
    after(98)
    assert count(made, "invitations") == 0
    assert sign_in(client, made, "ida", "four words put together").get("/auth/me").status_code == 200


def test_what_was_counted_of_tries_is_forgotten(
    settings: Settings, system_databases: Databases, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PIECE", 3)
    fill = """
        insert into login_attempts (organization_id, counted, began_at, attempts)
        select :id, 'at 192.0.2.' || n, now() - n * interval '10 minutes', 1 from generate_series(1, 16) n
    """
    run(made, fill, id=made.id)
    forget_attempts(settings, system_databases, datetime.now(UTC))
    assert count(made, "login_attempts") == 5, "those of the last hour"
