"""A client of the server that answers as told, signed in, and an owner of its calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from unison_desktop.kernel.client import ApiClient

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer


@pytest.fixture
def client(qtbot: QtBot, server: FakeServer) -> Iterator[ApiClient]:
    made = ApiClient(server.url)
    made.use(samples.tokens())
    yield made
    made.deleteLater()


@pytest.fixture
def owner(qtbot: QtBot) -> Iterator[QObject]:
    made = QObject()
    yield made
    made.deleteLater()
