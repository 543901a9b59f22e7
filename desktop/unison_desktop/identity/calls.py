"""Requests about signing in."""

from __future__ import annotations

from pydantic import SecretStr, field_serializer
from PySide6.QtCore import QObject
from unison_domain.identity.contracts import Login, Me, Refresh, Tokens

from unison_desktop.kernel.client import ApiClient, Call


class _SentLogin(Login):
    """A login whose password is written out: pydantic hides secrets, also from the server."""

    @field_serializer("password")
    def _reveal(self, password: SecretStr) -> str:
        return password.get_secret_value()


def log_in(client: ApiClient, organization: str | None, user: str, password: str, *, pc: str, owner: QObject) -> Call:
    """Sign in; `done` brings `Tokens`."""
    body = _SentLogin(
        organization=organization or None, user=user, password=SecretStr(password), client=f"Desktop on {pc}"
    )
    return client.post("/auth/login", body, read=Tokens, owner=owner, signed=False)


def log_out(client: ApiClient, refresh_token: str, *, owner: QObject) -> Call:
    """End the session on the server; the tokens are worthless afterwards."""
    return client.post("/auth/logout", Refresh(refresh_token=refresh_token), read=None, owner=owner)


def me(client: ApiClient, *, owner: QObject) -> Call:
    """Who is signed in; `done` brings `Me`."""
    return client.get("/auth/me", read=Me, owner=owner)
