"""The dialog in which measuring by camera is set up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.stations.vision.dialog import VisionDialog
from unison_domain.stations.camera_settings import CameraSettings

from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.peripherals.samples import WIDTH, camera, characteristic, serve
from tests.desktop.stations.vision.taking import AGENT, BORE, SHA, THERE, png


@pytest.fixture
def opened(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[VisionDialog]:
    serve(server)
    server.answer(f"GET /station-pictures/{SHA}", raw=png())
    one = camera()
    assert isinstance(one.settings, CameraSettings)
    window = QWidget()
    qtbot.addWidget(window)
    measured = [
        characteristic(WIDTH, "Width", "mm"),
        characteristic(BORE, "Bore", "mm"),
        characteristic(THERE, "There", ""),
    ]
    dialog = VisionDialog(desk, AGENT, one, one.settings, measured, window)
    dialog.show()
    yield dialog
    window.close()
