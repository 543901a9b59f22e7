"""The page of PCs, as the server of every test has them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.stations.page import StationsPage


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> Iterator[StationsPage]:
    made = StationsPage(desk, Place("stations"))
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()
