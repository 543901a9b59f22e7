"""What a session may do is asked once and kept, but never longer than it is true."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from unison_server.kernel.access import Access, Opened, Rights
from unison_server.kernel.errors import NotAllowed, NotSignedIn
from unison_server.kernel.keys import new_id
from unison_server.kernel.permissions import demand
from unison_server.kernel.scope import ActorKind, Scope

ORGANIZATION, USER, SESSION = new_id(), new_id(), new_id()


class Store:
    """Stands for the database of people."""

    def __init__(self) -> None:
        self.rights: Rights | None = Rights(1, frozenset({"sites.plant.read"}))
        self.asked = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def load(self, organization: UUID, user: UUID, session: UUID) -> Rights | None:
        assert (organization, user, session) == (ORGANIZATION, USER, SESSION)
        self.asked += 1
        found = self.rights
        self.meanwhile()
        return found


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def access(store: Store) -> Access:
    return Access(Ed25519PrivateKey.generate(), store.load)


def permissions(access: Access, version: int = 1) -> frozenset[str]:
    return access.authenticate(access.sign(ORGANIZATION, USER, SESSION, version)).scope.permissions


def test_what_outlasts_a_token_goes_on_while_nobody_ended_it(
    access: Access, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = access.authenticate(access.sign(ORGANIZATION, USER, SESSION, 1))
    monkeypatch.setattr("unison_server.kernel.access.ACCESS_SECONDS", -60)
    outlived = replace(caller, token=access.sign(ORGANIZATION, USER, SESSION, 1))
    assert (access.still_good(outlived), access.still_may(outlived)) == (False, True)
    store.rights = Rights(2, frozenset())
    assert not access.still_may(outlived)
    store.rights = None
    assert not access.still_may(outlived)


def test_while_nobody_listens_every_request_asks(access: Access, store: Store) -> None:
    for _ in range(3):
        permissions(access)
    assert store.asked == 3


def test_while_somebody_listens_it_asks_once(access: Access, store: Store) -> None:
    access.listening = True
    for _ in range(3):
        permissions(access)
    assert store.asked == 1


@pytest.mark.parametrize("changed", [USER, SESSION])
def test_after_a_change_it_asks_again(access: Access, store: Store, changed: UUID) -> None:
    access.listening = True
    permissions(access)
    store.rights = None
    access.changed(changed)
    with pytest.raises(NotSignedIn):
        permissions(access)


def test_after_listening_broke_nothing_kept_is_believed(access: Access, store: Store) -> None:
    access.listening = True
    permissions(access)
    access.listening = False
    access.listening = True
    permissions(access)
    assert store.asked == 2


def test_what_changes_while_it_asks_is_not_kept(access: Access, store: Store) -> None:
    access.listening = True
    store.meanwhile = lambda: access.changed(USER)
    permissions(access)
    store.meanwhile = lambda: None
    store.rights = Rights(2, frozenset())
    assert permissions(access) == frozenset()


def test_a_token_newer_than_what_is_kept_asks_again(access: Access, store: Store) -> None:
    access.listening = True
    permissions(access)
    store.rights = Rights(2, frozenset({"sites.plant.create"}))
    assert permissions(access, version=2) == {"sites.plant.create"}


def test_only_so_many_sessions_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_server.kernel.access._MOST_SESSIONS", 2)
    asked: list[UUID] = []

    def load(_organization: UUID, _user: UUID, session: UUID) -> Rights:
        asked.append(session)
        return Rights(1, frozenset())

    access = Access(Ed25519PrivateKey.generate(), load)
    access.listening = True
    sessions = [new_id() for _ in range(3)]
    for session in (*sessions, *sessions[1:], sessions[0]):
        access.authenticate(access.sign(ORGANIZATION, USER, session, 1))
    assert asked == [*sessions, sessions[0]]


def test_streams_are_told(access: Access) -> None:
    told: list[UUID] = []
    access.ended.append(told.append)
    access.changed(SESSION)
    assert told == [SESSION]


def test_opaque_tokens_go_to_their_resolver(access: Access) -> None:
    agent = Opened(Scope(ORGANIZATION, ActorKind.AGENT, new_id()), time.time() + 60)
    access.register_token_kind("device", lambda organization, token: agent if organization == ORGANIZATION else None)
    caller = access.authenticate(f"device_{ORGANIZATION.hex}_secret")
    assert (caller.scope, caller.expires_at) == agent
    for wrong in (f"device_{new_id().hex}_secret", "device_zz_x", "device_", "device"):
        with pytest.raises(NotSignedIn):
            access.authenticate(wrong)


def test_a_caller_is_good_until_the_token_or_what_it_allows_ends(access: Access, store: Store) -> None:
    person = access.authenticate(access.sign(ORGANIZATION, USER, SESSION, 1))
    assert access.still_good(person)
    store.rights = Rights(2, frozenset())
    assert not access.still_good(person)
    store.rights = None
    assert not access.still_good(person)
    tokens = {f"device_{ORGANIZATION.hex}_secret": Opened(Scope(ORGANIZATION, ActorKind.AGENT, new_id()))}
    access.register_token_kind("device", lambda _organization, token: tokens.get(token))
    agent = access.authenticate(next(iter(tokens)))
    assert access.still_good(agent)
    tokens.clear()
    assert not access.still_good(agent)


def test_a_caller_ends_with_the_token_or_the_access_whichever_is_first(access: Access, store: Store) -> None:
    token = access.sign(ORGANIZATION, USER, SESSION, 1)
    by_itself = access.authenticate(token).expires_at
    store.rights = Rights(1, frozenset(), until=by_itself - 60)
    assert access.authenticate(token).expires_at == by_itself - 60


def test_changes_from_many_threads_leave_nothing_stale(access: Access, store: Store) -> None:
    access.listening = True

    def churn() -> None:
        for _ in range(50):
            permissions(access)
            access.changed(USER)

    threads = [threading.Thread(target=churn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.rights = Rights(3, frozenset())
    access.changed(USER)
    assert permissions(access) == frozenset()


def test_a_missing_right_is_named() -> None:
    with pytest.raises(NotAllowed, match=r"sites\.plant\.create"):
        demand(Scope(ORGANIZATION), "sites.plant.create")
