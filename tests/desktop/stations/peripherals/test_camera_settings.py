"""Cameras are set up in the desktop: what they look at, and their calibration."""

from __future__ import annotations

from pytestqt.qtbot import QtBot
from unison_desktop.stations.peripherals.editors import TicksEditor
from unison_desktop.stations.peripherals.forms import new_values
from unison_desktop.stations.peripherals.page import PeripheralsPage
from unison_domain.stations.peripherals import PeripheralKind

from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.peripherals.opening import edit
from tests.desktop.stations.peripherals.samples import (
    CALIBRATION,
    CAMERA,
    camera,
)


def test_a_camera_looks_at_a_part_of_the_picture(qtbot: QtBot, page: PeripheralsPage, server: FakeServer) -> None:
    server.answer(f"PUT /peripherals/{CAMERA}", camera())
    dialog = edit(page, CAMERA)
    assert dialog.form.editor("region_x").isHidden()
    dialog.form.fill({"is_part": True, "region_width": 0.9, "formats": ["code_128"], "ring_seconds": 10})
    dialog.save()
    assert dialog.form.editor("region_width").field.property("invalid")
    dialog.form.fill({"region_x": 0})
    ticks = dialog.form.editor("formats")
    assert isinstance(ticks, TicksEditor)
    ticks.boxes["qr"].click()
    assert ticks.words(ticks.value()) == "QR, Code 128"
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    settings = server.asked_for(f"PUT /peripherals/{CAMERA}")[0].body["settings"]
    assert settings["region"] == {"x": 0, "y": 0.25, "width": 0.9, "height": 0.5}
    assert (settings["formats"], settings["ring_seconds"]) == (["qr", "code_128"], 10)
    assert [tool["name"] for tool in settings["tools"]] == ["Bore"], "what was set up on a picture stays"


def test_a_new_camera_begins_with_the_usual_gamma_and_an_older_one_keeps_its_own(
    qtbot: QtBot, page: PeripheralsPage, server: FakeServer
) -> None:
    assert new_values(PeripheralKind.CAMERA)["gamma"] == 2.2
    dialog = edit(page, CAMERA)
    assert dialog.form.values()["gamma"] == 1
    dialog.form.fill({"gamma": 2.2})
    server.answer(f"PUT /peripherals/{CAMERA}", camera())
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert server.asked_for(f"PUT /peripherals/{CAMERA}")[0].body["settings"]["gamma"] == 2.2


def test_a_calibration_that_ended_with_a_change_is_told(
    qtbot: QtBot, page: PeripheralsPage, server: FakeServer
) -> None:
    server.answer("GET /peripherals", [camera(settings={"calibration": CALIBRATION})])
    page.reload()
    qtbot.waitUntil(lambda: len(page.table.model.rows()) == 1)
    server.answer(f"PUT /peripherals/{CAMERA}", camera(settings={"focus": 31}))
    dialog = edit(page, CAMERA)
    dialog.form.fill({"focus": 31})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    words = "The calibration of Top camera was for another source or focus: calibrate it anew"
    assert words in page.desk.messages.history[-1].text
