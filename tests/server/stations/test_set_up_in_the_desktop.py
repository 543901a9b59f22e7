"""A shop is set up through the forms of the desktop, against a server that is real."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.messages import Messages
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.kept_sign_in import KeptSignIn
from unison_desktop.identity.session import Session
from unison_desktop.kernel.preferences import Preferences
from unison_desktop.machines.setup.forms import SetupDialog
from unison_desktop.machines.setup.page import SetupPage
from unison_desktop.stations.configuration.device_form import DeviceDialog
from unison_desktop.stations.configuration.forms import StationDialog, TagDialog
from unison_desktop.stations.configuration.page import ConfigurationPage
from unison_desktop.stations.peripherals.forms import PeripheralDialog
from unison_desktop.stations.peripherals.page import PeripheralsPage
from unison_domain.stations.configuration import AgentConfiguration

from tests.server.factories import PASSWORD, Made
from tests.server.serving import SignedIn
from tests.server.stations.floor import Floor

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot, admin: SignedIn, address: str, made: Made, tmp_path: Path) -> Iterator[Desk]:
    preferences = Preferences(tmp_path / "desktop")
    theme = Theme(preferences, qapp)
    session = Session(address, KeptSignIn(preferences.folder))
    with qtbot.waitSignal(session.signed_in):
        session.sign_in(address, made.code, "anna", PASSWORD, keep=False)
    messages = Messages()
    yield Desk(session, theme, messages, LayoutMemory(preferences))
    session.events.stop()
    for one in (session, messages, theme):
        one.deleteLater()


def fill(qtbot: QtBot, page: QWidget, kind: type[FormDialog], **values: Any) -> Any:
    """Fill the form that is open and save it; what the server made of it."""
    dialog = page.findChildren(kind)[-1]
    dialog.form.fill(values)
    with qtbot.waitSignal(dialog.saved) as saved:
        dialog.save()
    return saved.args[0]


def run(page: SetupPage | ConfigurationPage | PeripheralsPage, id_: str) -> None:
    next(command for command in page.commands if command.id == id_).trigger()


def test_from_an_empty_organization_to_a_tag(qtbot: QtBot, desk: Desk, admin: SignedIn) -> None:
    plants = SetupPage(desk, Place("plants"))
    plants.show()
    with qtbot.waitSignal(plants.loaded):
        plants.load()
    run(plants, "setup.plant")
    plant = fill(qtbot, plants, SetupDialog, code="K9", name="Kiel", time_zone="Europe/Berlin")
    qtbot.waitUntil(lambda: f"plant/{plant.id}" in [node.key for node in plants.tree._nodes])
    plants.tree.choose(f"plant/{plant.id}")
    run(plants, "setup.center")
    center = fill(qtbot, plants, SetupDialog, code="L9", name="Line 9")
    run(plants, "setup.machine")
    machine = fill(qtbot, plants, SetupDialog, machine_code="PRESS-9", name="Press 9", capacity_units_per_hour="12.5")
    assert (center.plant_id, machine.plant_id) == (plant.id, plant.id)
    page = ConfigurationPage(desk, Place("configuration"))
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.load()
    run(page, "config.station")
    station = fill(qtbot, page, StationDialog, code="S9", name="Press cell", plant_id=str(plant.id))
    qtbot.waitUntil(lambda: page.tree.has(f"station/{station.id}"))
    page.tree.choose(f"station/{station.id}")
    run(page, "config.device")
    device = fill(qtbot, page, DeviceDialog, name="Controller", host="10.0.0.9")
    qtbot.waitUntil(lambda: page.tree.current == f"device/{device.id}")
    run(page, "config.tag")
    tag = fill(qtbot, page, TagDialog, name="Good parts", role="count_good", address=2, machine_id=str(machine.id))
    kept = admin.get(f"/tags/{tag.id}").json()
    assert (kept["machine_id"], kept["device_id"], kept["address"]) == (str(machine.id), str(device.id), 2)
    qtbot.waitUntil(lambda: page.tags.model.total == 1)
    page.tags.view.setFocus()
    page.tags.view.selectRow(0)
    run(page, "config.edit")
    dialog = page.findChildren(TagDialog)[-1]
    dialog.form.fill({"scale": -1})
    dialog.save()
    assert any("counter" in line.error.text() for line in dialog.form._lines) or "counter" in dialog._error.text()
    assert fill(qtbot, page, TagDialog, scale=2).scale == 2
    for one in (plants, page):
        one.close()
        one.deleteLater()


def test_a_caliper_and_a_camera_reach_the_agent(qtbot: QtBot, desk: Desk, floor: Floor) -> None:
    body = {"plant_id": str(floor.plant_id), "characteristic_name": "Width", "measurement_unit": "mm"}
    width = floor.admin.post("/inspection-characteristics", body).json()["id"]
    page = PeripheralsPage(desk, Place("peripherals"))
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.load()
    page.tree.choose(f"station/{floor.station_id}")
    run(page, "peripheral.gauge")
    measures = [{"channel": None, "characteristic_id": width}]
    caliper = fill(qtbot, page, PeripheralDialog, name="Caliper", serial_port="COM4", unit="mm", channels=measures)
    qtbot.waitUntil(lambda: page.table.model.total == 1)
    run(page, "peripheral.camera")
    camera = fill(qtbot, page, PeripheralDialog, name="Top", source="0", formats=["qr"], is_part=True, ring_seconds=5)
    told = AgentConfiguration.model_validate_json(floor.sender.call("GET", "/configuration").content)
    assert {one.id for one in told.peripherals} == {caliper.id, camera.id}
    assert [one.settings.name for one in page.peripherals if one.id == caliper.id] == ["Caliper"]
    run(page, "peripheral.scanner")
    dialog = page.findChildren(PeripheralDialog)[-1]
    dialog.form.fill({"name": "Gate", "serial_port": "COM4"})
    dialog.save()
    port = dialog.form.editor("serial_port").field
    qtbot.waitUntil(lambda: "Gate and Caliper at station S1" in port.accessibleDescription())
    assert fill(qtbot, page, PeripheralDialog, serial_port="COM5").settings.name == "Gate"
    qtbot.waitUntil(lambda: page.table.model.total == 3)
    page.close()
    page.deleteLater()
