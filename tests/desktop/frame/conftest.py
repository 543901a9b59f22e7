"""A window over a few pages."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame import rooms as rooms_module
from unison_desktop.frame import window as window_module
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.window import MainWindow

from tests.desktop.frame.window_pages import ENTRIES


@pytest.fixture
def window(qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    monkeypatch.setattr(rooms_module, "ENTRIES", ENTRIES)
    monkeypatch.setattr(window_module, "BY_NAME", {entry.name: entry for entry in ENTRIES})
    monkeypatch.setattr(rooms_module, "HOME", Place("pcs"))
    made = MainWindow(desk)
    made.open_start()
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    made.deleteLater()
