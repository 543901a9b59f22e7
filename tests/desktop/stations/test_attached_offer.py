"""The forms of serial devices, scanners and cameras offer what is plugged in at the PC of their station."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.offering import OfferingEditor
from unison_desktop.stations.attached_offer import AttachedOffer
from unison_desktop.stations.configuration.device_form import DeviceDialog
from unison_desktop.stations.configuration.holding import Holding

from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.configuration.samples import STATION, agent, device, station

LASTING = "usb-FTDI_USB-RS485_A1-if00-port0"
PORTS = [
    {"kind": "serial_port", "name": LASTING, "path": "/dev/ttyUSB0", "description": "USB-RS485"},
    {"kind": "serial_port", "name": "/dev/ttyS0", "path": "/dev/ttyS0", "description": ""},
    {"kind": "camera", "name": "usb-cam", "path": "/dev/video0", "description": "Webcam"},
]


@pytest.fixture
def opened(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[tuple[DeviceDialog, OfferingEditor]]:
    server.answer(f"GET /agents/{agent().id}/attached", PORTS)
    window = QWidget()
    qtbot.addWidget(window)
    serial = device(driver="modbus_rtu", host=None, port=None, serial_port="/dev/ttyUSB7")
    dialog = DeviceDialog(desk, {}, serial, window)
    AttachedOffer(desk, dialog, Holding(agents=[agent()], stations=[station()]), STATION)
    editor = dialog.form.editor("serial_port")
    assert isinstance(editor, OfferingEditor)
    dialog.show()
    yield dialog, editor
    dialog.close()
    window.close()


def test_ports_are_offered_by_their_lasting_names_and_what_stands_there_stays(
    qtbot: QtBot, opened: tuple[DeviceDialog, OfferingEditor]
) -> None:
    dialog, editor = opened
    qtbot.waitUntil(lambda: editor.box.count() == 2)
    assert [editor.box.itemText(place) for place in range(2)] == [LASTING, "/dev/ttyS0"]
    told = [editor.box.itemData(place, Qt.ItemDataRole.ToolTipRole) for place in range(2)]
    assert told == ["USB-RS485  ·  now /dev/ttyUSB0", "tells nothing of itself"]
    assert dialog.form.values()["serial_port"] == "/dev/ttyUSB7"
    assert not dialog.form.is_dirty
    QTest.keyClick(editor.line, Qt.Key.Key_Down)
    assert dialog.form.values()["serial_port"] == LASTING
    assert editor.line.cursorPosition() == 0, "a long name is seen from its beginning"
    assert dialog.form.is_dirty


def test_anything_else_is_typed_as_ever(qtbot: QtBot, opened: tuple[DeviceDialog, OfferingEditor]) -> None:
    dialog, editor = opened
    qtbot.waitUntil(lambda: editor.box.count() == 2)
    editor.line.clear()
    QTest.keyClicks(editor.line, "COM3")
    assert dialog.form.values()["serial_port"] == "COM3"


def test_of_a_pc_that_tells_nothing_nothing_is_offered(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    server.refuse(f"GET /agents/{agent().id}/attached", 404, "not_found", "There is none")
    window = QWidget()
    qtbot.addWidget(window)
    dialog = DeviceDialog(desk, {str(STATION): "Line"}, {"station_id": None, "driver": "modbus_rtu"}, window)
    AttachedOffer(desk, dialog, Holding(agents=[agent()], stations=[station()]))
    assert not server.asked_for(f"GET /agents/{agent().id}/attached")
    dialog.form.fill({"station_id": str(STATION)})
    qtbot.waitUntil(lambda: bool(server.asked_for(f"GET /agents/{agent().id}/attached")))
    dialog.form.fill({"serial_port": "/dev/ttyS1"})
    assert dialog.form.values()["serial_port"] == "/dev/ttyS1"
    assert dialog.form.editor("serial_port").words(UUID(int=1)) == str(UUID(int=1))
    dialog.form.open(dialog.form.values())
    dialog.close()
    window.close()
