"""A desk of somebody who looks after people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.messages import Messages
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.session import Session
from unison_desktop.kernel.preferences import Preferences

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.samples import RIGHTS, serve_people

TICKED, EMPTY = Qt.CheckState.Checked, Qt.CheckState.Unchecked


@pytest.fixture
def rights() -> tuple[str, ...]:
    """What Paula may do; a test that wants less overrides it."""
    return RIGHTS


@pytest.fixture
def people_desk(
    qtbot: QtBot,
    session: Session,
    server: FakeServer,
    theme: Theme,
    preferences: Preferences,
    rights: tuple[str, ...],
) -> Iterator[Desk]:
    """Paula looks after people, and may not change machines."""
    server.answer("GET /auth/me", samples.me(permissions=list(rights)))
    serve_people(server)
    with qtbot.waitSignal(session.signed_in):
        session.sign_in(server.url, "DEMO", "paula", "secret", keep=False)
    qtbot.waitUntil(lambda: session.is_online)
    messages = Messages()
    yield Desk(session, theme, messages, LayoutMemory(preferences))
    messages.deleteLater()
