"""The configuration page with one PC, station and device, as somebody who may do everything sees it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.stations.configuration.page import ConfigurationPage

from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.configuration.samples import DEVICE, me, serve

DEVICE_KEY = f"device/{DEVICE}"


@pytest.fixture
def server(server: FakeServer) -> FakeServer:
    server.answer("GET /auth/me", me())
    serve(server)
    return server


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> Iterator[ConfigurationPage]:
    made = ConfigurationPage(desk, Place("configuration", DEVICE_KEY))
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    qtbot.waitUntil(lambda: made.tree.current == DEVICE_KEY)
    yield made
    made.close()
    made.deleteLater()
