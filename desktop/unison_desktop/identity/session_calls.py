"""Requests about sessions and attempts to sign in: one's own, and everybody's."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject
from unison_domain.identity.sign_in_contracts import LoginAttemptAnswer, SessionsEnded, SignInSessionAnswer

from unison_desktop.kernel.client import ApiClient, Call, ListCall, Query

NEWEST = 500
"""So many sessions and attempts are read at once."""
ATTEMPTS_FILE = "/login-history/export"
"""All attempts that match, as CSV."""


def sessions(client: ApiClient, user_id: UUID | None, is_live: bool | None, *, owner: QObject) -> ListCall:
    """Where somebody, or everybody, is signed in, last used first; `done` brings a list of `SignInSessionAnswer`."""
    query = {"user_id": user_id, "is_live": _flag(is_live)}
    return client.get_all("/sessions", item=SignInSessionAnswer, query=query, owner=owner, most=NEWEST)


def end_session(client: ApiClient, id_: UUID, *, owner: QObject) -> Call:
    """Sign somebody's program out; `done` brings the `SignInSessionAnswer`."""
    return client.delete(f"/sessions/{id_}", version=None, read=SignInSessionAnswer, owner=owner)


def end_sessions(client: ApiClient, user_id: UUID, *, owner: QObject) -> Call:
    """Sign every program of a person out; `done` brings `SessionsEnded`."""
    return client.post(f"/users/{user_id}/end-sessions", None, read=SessionsEnded, owner=owner)


def attempts(client: ApiClient, query: Query, *, owner: QObject) -> ListCall:
    """Who tried to sign in, or when somebody did, newest first; `done` brings a list of `LoginAttemptAnswer`."""
    return client.get_all("/login-history", item=LoginAttemptAnswer, query=query, owner=owner, most=NEWEST)


def own_sessions(client: ApiClient, is_live: bool | None, *, owner: QObject) -> ListCall:
    """Where one is signed in, last used first; `done` brings a list of `SignInSessionAnswer`."""
    query = {"is_live": _flag(is_live)}
    return client.get_all("/auth/sessions", item=SignInSessionAnswer, query=query, owner=owner, most=NEWEST)


def end_own_session(client: ApiClient, id_: UUID, *, owner: QObject) -> Call:
    """Sign a program of one's own out; `done` brings the `SignInSessionAnswer`."""
    return client.delete(f"/auth/sessions/{id_}", version=None, read=SignInSessionAnswer, owner=owner)


def own_attempts(client: ApiClient, query: Query, *, owner: QObject) -> ListCall:
    """Attempts to sign in as oneself, newest first; `done` brings a list of `LoginAttemptAnswer`."""
    return client.get_all("/auth/login-history", item=LoginAttemptAnswer, query=query, owner=owner, most=NEWEST)


def _flag(given: bool | None) -> str | None:
    return None if given is None else str(given).lower()
