"""Measuring by camera is set up: pictures, tools, trials and templates."""

from __future__ import annotations

from datetime import timedelta, timezone
from uuid import UUID

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QScrollArea
from pytestqt.qtbot import QtBot
from unison_desktop.stations.vision.dialog import VisionDialog
from unison_desktop.stations.vision.stored_pictures import StoredPicturesDialog
from unison_desktop.stations.vision.tool_form import INDENT
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.peripheral_contracts import PeripheralReplace
from unison_domain.stations.picture_tools import CircleDiameter, Presence

from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.stations.peripherals.samples import CAMERA, WIDTH, camera
from tests.desktop.stations.vision.taking import (
    BORE,
    COMMANDS,
    SHA,
    TAKEN,
    TEMPLATE,
    THERE,
    add_caliper,
    before,
    done,
    measure,
    png,
    take,
)


def test_a_picture_is_taken_and_shown_when_it_has_arrived(
    qtbot: QtBot, opened: VisionDialog, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Asked] = []

    def on_its_way(asked: Asked) -> Answer:
        looks.append(asked)
        return Answer(raw=png()) if len(looks) > 1 else Answer({"title": "not_here", "status": 404}, 404)

    opened._again.setInterval(10)
    server.answer_with(f"GET /station-pictures/{SHA}", on_its_way)
    take(qtbot, opened, server)
    assert len(looks) == 2
    assert server.asked_for(COMMANDS)[0].body["parameters"]["peripheral_id"] == str(CAMERA)


def test_a_tool_is_drawn_nudged_tried_and_saved(qtbot: QtBot, opened: VisionDialog, server: FakeServer) -> None:
    take(qtbot, opened, server)
    opened.tools.kind.set_value("caliper")
    opened.tools.add_button.click()
    measure(opened, BORE)
    assert len(opened.tools.tools) == 2
    view = opened.view
    begin, end = view.mapFromScene(100, 100), view.mapFromScene(300, 100)
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=begin)
    QTest.mouseMove(view.viewport(), QPoint((begin + end) / 2))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    laid = opened.tools.tool
    assert laid is not None
    assert laid.tool == "caliper"
    assert laid.strip.to_x - laid.strip.from_x == pytest.approx(200, abs=4)
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view, Qt.Key.Key_Right)  # last without Shift: Qt remembers modifiers beyond this test
    nudged = opened.tools.tool
    assert nudged is not None
    assert nudged.tool == "caliper"
    assert nudged.strip.from_x == pytest.approx(laid.strip.from_x + 11)
    finding = {
        "tool_id": str(nudged.id),
        "value": "12.340",
        "unit": "mm",
        "uncertainty": "0.012",
        "words": "edges at 20.00 and 120.00 pixels",
        "points": [[120, 100], [220, 100]],
        "paths": [[[120, 90], [120, 110]]],
    }
    server.answer(COMMANDS, done("try_tool", {"picture": TAKEN, "finding": finding}), status=201)
    opened.try_button.click()
    qtbot.waitUntil(lambda: opened.state.text().startswith("12.340 ± 0.012 mm"))
    opened.grab()
    server.answer(f"PUT /peripherals/{CAMERA}", camera())
    with qtbot.waitSignal(opened.saved):
        QTest.keyClick(opened, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    (put,) = server.asked_for(f"PUT /peripherals/{CAMERA}")
    sent = PeripheralReplace.model_validate(put.body).settings
    assert isinstance(sent, CameraSettings)
    assert sent.tools[1] == nudged
    assert isinstance(sent.tools[0], CircleDiameter)


def test_two_tools_never_measure_one_characteristic(qtbot: QtBot, opened: VisionDialog, server: FakeServer) -> None:
    add_caliper(opened)
    first, second = opened.tools.tools
    opened.tools.set_tool(second.model_copy(update={"characteristic_id": WIDTH}))
    opened.save_button.click()
    assert opened.state.text().startswith(f"{second.name} measures the same as {first.name}: choose another")
    assert not server.asked_for(f"PUT /peripherals/{CAMERA}")


def test_what_a_new_tool_measures_is_chosen_by_a_person(qtbot: QtBot, opened: VisionDialog, server: FakeServer) -> None:
    opened.tools.add_button.click()
    form = opened.tools
    assert form.characteristic.value() is None
    form.list.setCurrentRow(0)
    opened.save_button.click()
    assert opened.state.text() == form.wrong.text() == "Choose what Distance of two edges measures."
    assert form.wrong.isVisible()
    assert (form.list.currentRow(), form.characteristic.box.hasFocus()) == (1, True)
    assert not server.asked_for(f"PUT /peripherals/{CAMERA}")
    server.answer(f"PUT /peripherals/{CAMERA}", camera())
    measure(opened, BORE)
    assert not form.wrong.isVisible()
    with qtbot.waitSignal(opened.saved):
        opened.save_button.click()


@pytest.mark.parametrize(("kind", "given"), [("presence", "a number without unit"), ("angle", "deg")])
def test_a_tool_measures_what_is_in_its_unit(opened: VisionDialog, server: FakeServer, kind: str, given: str) -> None:
    opened.tools.kind.set_value(kind)
    opened.tools.add_button.click()
    measure(opened, BORE)
    for button in (opened.try_button, opened.save_button):
        button.click()
        assert f"gives {given}, this characteristic is measured in mm: choose another" in opened.state.text()
        assert opened.tools.wrong.text() == opened.state.text()
        opened.tools._show_tool()
    assert not server.asked_for(COMMANDS)


def test_live_pictures_follow_each_other_until_stopped(qtbot: QtBot, opened: VisionDialog, server: FakeServer) -> None:
    opened._next_live.setInterval(1)
    server.answer(f"GET /station-pictures/{SHA}", raw=png(320, 240))
    server.answer(COMMANDS, done("take_picture", TAKEN), status=201)
    opened.live_button.click()
    qtbot.waitUntil(lambda: len(server.asked_for(COMMANDS)) >= 3)
    assert {asked.body["parameters"]["widest"] for asked in server.asked_for(COMMANDS)} == {1280}
    assert opened.view.sceneRect().width() == 640, "tools lie where they lie in the camera's whole picture"
    assert not opened.try_button.isEnabled()
    assert opened.live_button.text() == "Stop live"
    QTest.keyClick(opened, Qt.Key.Key_F6)
    assert opened.try_button.isEnabled()
    assert opened.picture is None, "nothing is measured in a glance"
    opened.take_button.click()
    qtbot.waitUntil(lambda: "widest" not in server.asked_for(COMMANDS)[-1].body["parameters"])


def test_live_ends_by_itself_and_with_a_failure(qtbot: QtBot, opened: VisionDialog, server: FakeServer) -> None:
    opened._next_live.setInterval(1)
    server.answer(COMMANDS, done("take_picture", TAKEN), status=201)
    opened.live_button.click()
    qtbot.waitUntil(lambda: bool(server.asked_for(COMMANDS)))
    opened._live_left = 0
    qtbot.waitUntil(lambda: not opened.live_button.isChecked())
    server.answer(COMMANDS, done("take_picture", None, "Top gave no picture within 10 s"), status=201)
    opened.live_button.click()
    qtbot.waitUntil(lambda: "gave no picture" in opened.state.text())
    assert not opened.live_button.isChecked()


def test_a_picture_that_was_taken_before_is_opened_and_tried(
    qtbot: QtBot, opened: VisionDialog, server: FakeServer
) -> None:
    server.answer_with("GET /station-pictures", lambda asked: Answer({"items": before(asked), "next_cursor": None}))
    opened._desk.messages.zone = timezone(timedelta(hours=13))
    opened.stored_button.click()
    (dialog,) = opened.findChildren(StoredPicturesDialog)
    qtbot.waitUntil(lambda: dialog.list.count() == 2)
    dialog.grab()
    assert "a measurement" in dialog.list.item(0).text()
    assert "UTC+13:00" in dialog.list.item(0).text(), "by the clock of the page it is opened from"
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.view.sceneRect().width() == 640)
    assert {tuple(asked.query["peripheral_id"]) for asked in server.asked_for("GET /station-pictures")} == {
        (str(CAMERA),)
    }
    server.answer(
        COMMANDS, done("try_tool", None, "Picture is neither on this PC nor at the server: take a new one"), status=201
    )
    opened.try_button.click()
    qtbot.waitUntil(lambda: "neither on this PC" in opened.state.text())
    assert server.asked_for(COMMANDS)[0].body["parameters"]["picture"] == SHA


def test_which_edges_are_meant_is_chosen(opened: VisionDialog) -> None:
    form = opened.tools
    assert [not edge.isHidden() for edge in form.edges.values()] == [False, False, True]
    QTest.keyClick(form.edges["edge"].box, Qt.Key.Key_End)
    form.kind.set_value("caliper")
    form.add_button.click()
    assert [not edge.isHidden() for edge in form.edges.values()] == [True, True, False]
    QTest.keyClick(form.edges["first"].box, Qt.Key.Key_Down)
    bore, slot = form.tools
    assert bore.tool == "circle"
    assert slot.tool == "caliper"
    assert (bore.edge, slot.first, slot.second) == ("light_to_dark", "dark_to_light", "any")
    form.list.setCurrentRow(0)
    assert form.edges["edge"].value() == "light_to_dark"


def test_what_is_not_found_is_said(qtbot: QtBot, opened: VisionDialog, server: FakeServer) -> None:
    words = "Bore: an edge with contrast 20 was found along 0 of 24 radii"
    finding = {"tool_id": str(UUID(int=9)), "words": words}
    server.answer(COMMANDS, done("try_tool", {"picture": TAKEN, "finding": finding}), status=201)
    opened.try_button.click()
    qtbot.waitUntil(lambda: words in opened.state.text())
    server.answer(COMMANDS, done("take_picture", None, "Top gave no picture within 10 s"), status=201)
    opened.take_button.click()
    qtbot.waitUntil(lambda: "gave no picture" in opened.state.text())


def test_a_template_is_taken_from_the_region(qtbot: QtBot, opened: VisionDialog, server: FakeServer) -> None:
    take(qtbot, opened, server)
    opened.tools.kind.set_value("presence")
    opened.tools.add_button.click()
    measure(opened, THERE)
    opened.try_button.click()
    assert "take it as template first" in opened.state.text()
    opened.save_button.click()
    assert "has no template yet" in opened.state.text()
    laid = opened.tools.tool
    assert isinstance(laid, Presence)
    uneven = laid.model_copy(update={"x": 224.4, "y": 143.6, "width": 192.4, "height": 192.4})
    opened.tools.set_tool(uneven)
    server.answer(COMMANDS, done("take_picture", {**TAKEN, "sha256": TEMPLATE}), status=201)
    opened.tools.template_button.setFocus()
    opened.tools.template_button.click()
    qtbot.waitUntil(lambda: isinstance(opened.tools.tool, Presence) and opened.tools.tool.template == TEMPLATE)
    assert opened.tools.template_button.hasFocus()
    cut = server.asked_for(COMMANDS)[-1].body["parameters"]
    assert (cut["picture"], cut["cut"]) == (SHA, {"x": 224, "y": 144, "width": 193, "height": 192})
    assert uneven.region(640, 480) == (224, 144, 417, 336), "where the station looks for it"


def test_numbers_do_not_touch_the_border_of_their_field(opened: VisionDialog) -> None:
    boxes = opened.findChildren(QAbstractSpinBox)
    assert {box.lineEdit().textMargins().left() for box in boxes} == {INDENT}


def test_what_stands_beside_the_picture_is_never_cut_off(qtbot: QtBot, opened: VisionDialog) -> None:
    side = opened.findChild(QScrollArea)
    assert side is not None
    held = side.widget()
    assert held is not None

    def is_whole() -> bool:
        return held.width() == side.viewport().width() >= held.minimumSizeHint().width()

    narrow = side.width()
    opened.tools.remove_button.setText("Das gewählte Werkzeug aus der Liste entfernen")
    qtbot.waitUntil(lambda: side.width() > narrow and is_whole())
    opened.tools.remove_button.setText("-")
    qtbot.waitUntil(lambda: side.width() <= narrow and is_whole())
