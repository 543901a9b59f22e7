"""Somebody signs in with rights of a room."""

from __future__ import annotations

from collections.abc import Iterable

from pytestqt.qtbot import QtBot
from unison_desktop.identity.session import Session

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer


def sign_in_with(qtbot: QtBot, session: Session, server: FakeServer, rights: Iterable[str]) -> Session:
    """The session of a person who has these rights beside the usual ones, once it is online."""
    server.answer("GET /auth/me", samples.me(permissions=[*samples.me().permissions, *rights]))
    with qtbot.waitSignal(session.signed_in):
        session.sign_in(server.url, "DEMO", "paula", "secret", keep=False)
    qtbot.waitUntil(lambda: session.is_online)
    return session
