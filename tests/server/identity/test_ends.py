"""What ends at a moment has ended at that very moment, wherever it is asked: one law for all that lets somebody in."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import pytest
from sqlalchemy import select, text
from unison_server.identity import api_keys, badges, invitations, password_resets, sign_in
from unison_server.identity.badge_tables import Badge
from unison_server.identity.invitation_api import InvitationList
from unison_server.identity.invitation_tables import Invitation, PasswordReset
from unison_server.identity.opaque_tokens import hash_of
from unison_server.identity.queries import has_access, rights_in
from unison_server.identity.tables import ApiKey, SignInSession, User
from unison_server.kernel.access import Rights
from unison_server.kernel.database import Database, TenantSession
from unison_server.kernel.errors import Clash
from unison_server.kernel.keys import new_id

from tests.server.factories import Made

NOW = datetime(2026, 3, 29, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
LATER = NOW + timedelta(days=30)
PENDING = InvitationList(state="pending")


class Stopped(datetime):
    """A clock that stands."""

    @classmethod
    def now(cls, tz: Any = None) -> Self:
        return cls.fromtimestamp(NOW.timestamp(), UTC)


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that asks the server's own clock is told the same moment."""
    for module in (sign_in, badges, invitations, password_resets):
        monkeypatch.setattr(module, "datetime", Stopped)
    monkeypatch.setattr(time, "time", NOW.timestamp)


BY_CLOCK: dict[str, Callable[[datetime], bool]] = {
    "session, when it is prolonged": lambda end: sign_in.is_over(
        SignInSession(created_at=NOW - timedelta(days=1), expires_at=end), NOW
    ),
    "session, however it was used": lambda end: sign_in.is_over(
        SignInSession(created_at=end - sign_in.LONGEST, expires_at=LATER), NOW
    ),
    "access of a person": lambda end: not sign_in.is_let_in(User(is_active=True, access_ends_at=end)),
    "rights a process remembers": lambda end: not Rights(1, frozenset(), until=end.timestamp()).hold(1),
    "badge": lambda end: badges.has_expired(Badge(state="active", expires_at=end)),
    "invitation": lambda end: invitations.state_of(Invitation(expires_at=end)) == "expired",
}


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize("rule", BY_CLOCK.values(), ids=BY_CLOCK)
def test_by_the_servers_clock_it_has_ended_at_its_end(rule: Callable[[datetime], bool]) -> None:
    assert [rule(NOW + tick * TICK) for tick in (-1, 0, 1)] == [True, True, False]


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize(("tick", "is_over"), [(-1, True), (0, True), (1, False)])
def test_a_link_to_a_new_password_opens_nothing_at_its_end(made: Made, tick: int, is_over: bool) -> None:
    user_id, token = made.add_user(), f"reset_{new_id().hex}"
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        link = PasswordReset(user_id=user_id, token_hash=hash_of(token), address="", expires_at=NOW + tick * TICK)
        link.created_at = NOW - timedelta(hours=1)
        session.add(link)
        session.flush()
        opens = nullcontext() if not is_over else pytest.raises(Clash, match="was good until")
        with opens:
            password_resets._open(session, token)


def session_of(session: TenantSession, user: User) -> SignInSession:
    """One of the person's."""
    made = SignInSession(user_id=user.id, address="", expires_at=LATER)
    session.add(made)
    session.flush()
    return made


def key_of(session: TenantSession, user: User) -> ApiKey:
    """One of the person's."""
    made = ApiKey(user_id=user.id, name="K", token_hash="h", ending="h", scopes=[], requests_per_minute=1)
    session.add(made)
    session.flush()
    return made


def badge_of(session: TenantSession, user: User) -> Badge:
    """One of the person's."""
    made = Badge(user_id=user.id, kind="barcode", text_hash="h", state="active")
    session.add(made)
    session.flush()
    return made


def invitation_by(session: TenantSession, user: User) -> Invitation:
    """One that waits."""
    made = Invitation(email="a@b", roles=[], token_hash="h", invited_by=user.id, expires_at=LATER)
    session.add(made)
    session.flush()
    return made


def person(_session: TenantSession, user: User) -> User:
    """The person."""
    return user


def _found(table: Any, condition: Callable[[], Any]) -> Callable[[TenantSession, Any], bool]:
    return lambda session, row: session.scalar(select(table.id).where(table.id == row.id, condition())) is not None


Asked = tuple[str, Callable[[TenantSession, User], Any], Callable[[TenantSession, Any], bool]]
IN_DATABASE: dict[str, Asked] = {
    "session": ("expires_at", session_of, lambda session, row: rights_in(session, row.user_id, row.id) is not None),
    "key": ("expires_at", key_of, _found(ApiKey, api_keys.is_valid)),
    "badge": ("expires_at", badge_of, _found(Badge, badges.is_valid)),
    "invitation": (
        "expires_at",
        invitation_by,
        _found(Invitation, lambda: next(iter(PENDING.conditions()))),
    ),
    "access of a person": ("access_ends_at", person, _found(User, has_access)),
}


@pytest.mark.parametrize(("tick", "is_let_in"), [(-1, False), (0, False), (1, True)])
@pytest.mark.parametrize("kind", IN_DATABASE)
def test_in_the_database_it_has_ended_at_its_end(made: Made, kind: str, tick: int, is_let_in: bool) -> None:
    made.add_user()
    column, make, lets_in = IN_DATABASE[kind]
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        row = make(session, session.scalars(select(User)).one())
        # All of a transaction is at one moment, so its end can be just that one.
        end = f"{column} = now() + :tick * interval '1 microsecond'"
        before = ", created_at = now() - interval '1 day'" if kind != "access of a person" else ""
        statement = f"update {row.__tablename__} set {end}{before} where id = :id"
        session.execute(text(statement), {"tick": tick, "id": row.id})
        session.expire_all()
        assert lets_in(session, row) is is_let_in
        session.rollback()
