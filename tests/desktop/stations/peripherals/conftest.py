"""The page of scanners, gauges and cameras of one station."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.stations.peripherals.page import PeripheralsPage

from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.peripherals.samples import (
    STATION,
    me,
    serve,
)


@pytest.fixture
def less() -> tuple[str, ...]:
    """Rights the person lacks."""
    return ()


@pytest.fixture
def server(server: FakeServer, less: tuple[str, ...]) -> FakeServer:
    serve(server)
    server.answer("GET /auth/me", me(*less))
    return server


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> Iterator[PeripheralsPage]:
    made = PeripheralsPage(desk, Place("peripherals", f"station/{STATION}"))
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    qtbot.waitUntil(lambda: len(made.table.model.rows()) == 3)
    yield made
    made.close()
    made.deleteLater()
