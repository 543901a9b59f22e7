"""Measuring by camera is set up: pictures, tools, trials, templates and the calibration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.stations.vision.calibration_form import ShownPicture
from unison_desktop.stations.vision.dialog import VisionDialog
from unison_desktop.stations.vision.stored_pictures import StoredPicturesDialog
from unison_domain.kernel.contracts import Problem
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.commands import CommandAnswer
from unison_domain.stations.peripheral_contracts import PeripheralAnswer, PeripheralReplace
from unison_domain.stations.picture_contracts import PictureAnswer
from unison_domain.stations.picture_tools import CircleDiameter, PlaneCalibration, Presence

from tests.desktop import samples
from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.stations.peripherals.samples import CAMERA, WIDTH, camera, serve

AGENT = samples.agent(1).id
COMMANDS = f"POST /agents/{AGENT}/commands"
BORE = UUID(int=0xB07E)
SHA, TEMPLATE = "a" * 64, "b" * 64
TAKEN = {"sha256": SHA, "width": 640, "height": 480, "bytes": 9, "at": samples.NOW.isoformat()}
CALIBRATION = {
    "board": {"columns": 10, "rows": 7, "square": 10.0},
    "width": 640,
    "height": 480,
    "camera_matrix": [1, 0, 0, 0, 1, 0, 0, 0, 1],
    "distortion": [0] * 5,
    "plane": [1, 0, 0, 0, 1, 0, 0, 0, 1],
    "residual": 0.04,
    "plane_uncertainty": 0.0002,
    "hull": [[60, 50], [580, 60], [560, 440], [80, 420]],
    "pictures": [SHA],
    "calibrated_at": samples.NOW.isoformat(),
}


def png(width: int = 640, height: int = 480) -> bytes:
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(QColor(200, 200, 200))
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(content.data())


def done(kind: str, answer: dict[str, Any] | None, message: str | None = None) -> CommandAnswer:
    return CommandAnswer(
        id=UUID(int=5),
        agent_id=AGENT,
        kind=kind,
        state="done" if answer is not None else "failed",
        parameters={},
        message=message,
        answer=answer,
        created_at=samples.NOW,
    )


@pytest.fixture
def opened(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[VisionDialog]:
    serve(server)
    server.answer(f"GET /station-pictures/{SHA}", raw=png())
    one = camera()
    assert isinstance(one.settings, CameraSettings)
    window = QWidget()
    qtbot.addWidget(window)
    dialog = VisionDialog(desk, AGENT, one, one.settings, {str(WIDTH): "Width (mm)", str(BORE): "Bore (mm)"}, window)
    dialog.show()
    yield dialog
    window.close()


def take(qtbot: QtBot, dialog: VisionDialog, server: FakeServer) -> None:
    server.answer(COMMANDS, done("take_picture", TAKEN), status=201)
    dialog.take_button.click()
    qtbot.waitUntil(lambda: dialog.view.sceneRect().width() == 640)


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
    opened.tools.kind.set_value("caliper")
    opened.tools.add_button.click()
    first, second = opened.tools.tools
    assert (first.characteristic_id, second.characteristic_id) == (WIDTH, BORE), "what no other tool measures is chosen"
    opened.tools.set_tool(second.model_copy(update={"characteristic_id": WIDTH}))
    opened.save_button.click()
    assert opened.state.text().startswith(f"{second.name} measures the same as {first.name}: choose another")
    assert not server.asked_for(f"PUT /peripherals/{CAMERA}")


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
    opened.stored_button.click()
    (dialog,) = opened.findChildren(StoredPicturesDialog)
    qtbot.waitUntil(lambda: dialog.list.count() == 2)
    dialog.grab()
    assert "a reading" in dialog.list.item(0).text()
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.view.sceneRect().width() == 640)
    assert {tuple(asked.query["peripheral_id"]) for asked in server.asked_for("GET /station-pictures")} == {
        (str(CAMERA),)
    }
    server.answer(COMMANDS, done("try_tool", None, "Picture is not on this PC any more: take a new one"), status=201)
    opened.try_button.click()
    qtbot.waitUntil(lambda: "not on this PC" in opened.state.text())
    assert server.asked_for(COMMANDS)[0].body["parameters"]["picture"] == SHA


def before(asked: Asked) -> list[dict[str, Any]]:
    """One picture for each reason; that of the reading is newer."""
    (reason,) = asked.query["reason"]
    return stored(reason, 5 if reason == "asked" else 1)


def stored(reason: str, minutes: int) -> list[dict[str, Any]]:
    """A picture that was taken so many minutes ago."""
    at = samples.NOW - timedelta(minutes=minutes)
    picture = PictureAnswer(
        id=UUID(int=minutes),
        plant_id=UUID(int=50),
        station_id=UUID(int=60),
        peripheral_id=CAMERA,
        sha256=SHA if reason == "reading" else TEMPLATE,
        bytes=9,
        media_type="image/png",
        reason=reason,
        machine_id=None,
        taken_at=at,
        ends_at=at + timedelta(days=90),
        stored_at=at,
    )
    return [picture.model_dump(mode="json")]


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
    opened.try_button.click()
    assert "take it as template first" in opened.state.text()
    opened.save_button.click()
    assert "has no template yet" in opened.state.text()
    server.answer(COMMANDS, done("take_picture", {**TAKEN, "sha256": TEMPLATE}), status=201)
    opened.tools.template_button.click()
    qtbot.waitUntil(lambda: isinstance(opened.tools.tool, Presence) and opened.tools.tool.template == TEMPLATE)
    cut = server.asked_for(COMMANDS)[-1].body["parameters"]
    assert (cut["picture"], cut["cut"]) == (SHA, {"x": 224, "y": 144, "width": 192, "height": 192})


def add_caliper(dialog: VisionDialog) -> None:
    dialog.tools.kind.set_value("caliper")
    dialog.tools.add_button.click()


def test_nothing_is_asked_where_nothing_was_changed(qtbot: QtBot, opened: VisionDialog) -> None:
    with qtbot.waitSignal(opened.rejected):
        QTest.keyClick(opened, Qt.Key.Key_Escape)


def test_what_is_not_saved_is_not_lost_unasked(qtbot: QtBot, opened: VisionDialog) -> None:
    add_caliper(opened)
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    assert opened.isVisible()
    assert opened.saving.question.isVisible()
    assert opened.saving.question.second.hasFocus()
    opened.grab()
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    assert opened.isVisible(), "the question is put away, nothing else"
    opened.close()
    assert opened.isVisible()
    with qtbot.waitSignal(opened.rejected):
        opened.saving.question.first.click()


def test_a_calibration_that_is_not_saved_is_asked_about_too(qtbot: QtBot, opened: VisionDialog) -> None:
    opened.calibration = PlaneCalibration.model_validate(CALIBRATION)
    opened.reject()
    assert opened.saving.question.isVisible()


def clash(server: FakeServer, theirs: PeripheralAnswer) -> None:
    """The camera was changed meanwhile; what is sent with the version of now is taken."""

    def answer(asked: Asked) -> Answer:
        if asked.headers["if-match"] == f'"{theirs.version}"':
            return Answer(theirs.model_dump(mode="json"))
        current = theirs.model_dump(mode="json")
        detail = "Somebody changed it"
        problem = Problem(title="Clash", status=409, code="version_clash", detail=detail, current=current)
        return Answer(problem.model_dump(mode="json"), 409)

    server.answer_with(f"PUT /peripherals/{CAMERA}", answer)


def last_sent(server: FakeServer) -> CameraSettings:
    settings = PeripheralReplace.model_validate(server.asked_for(f"PUT /peripherals/{CAMERA}")[-1].body).settings
    assert isinstance(settings, CameraSettings)
    return settings


def test_tools_are_laid_upon_settings_that_somebody_changed_meanwhile(
    qtbot: QtBot, opened: VisionDialog, server: FakeServer
) -> None:
    clash(server, camera(version=2, settings={"rate": 7, "calibration": CALIBRATION}))
    add_caliper(opened)
    with qtbot.waitSignal(opened.saved):
        opened.save_button.click()
    sent = last_sent(server)
    assert (sent.rate, len(sent.tools)) == (7, 2)
    assert sent.calibration == PlaneCalibration.model_validate(CALIBRATION), "theirs, which was not changed here"


@pytest.mark.parametrize("theirs", [{"tools": []}, {"focus": 40}], ids=["tools", "focus"])
def test_who_wins_is_asked_where_both_changed_the_same(
    qtbot: QtBot, opened: VisionDialog, server: FakeServer, theirs: dict[str, Any]
) -> None:
    clash(server, camera(version=2, settings={"rate": 7, **theirs}))
    add_caliper(opened)
    opened.calibration = PlaneCalibration.model_validate(CALIBRATION)
    opened.save_button.click()
    qtbot.waitUntil(opened.saving.clash.isVisible)
    assert "Somebody else changed what Top camera measures" in opened.saving.clash.words.text()
    opened.grab()
    opened.saving.clash.second.click()
    assert opened.isVisible()
    opened.save_button.click()
    qtbot.waitUntil(opened.saving.clash.isVisible)
    with qtbot.waitSignal(opened.saved):
        opened.saving.clash.first.click()
    sent = last_sent(server)
    assert (sent.rate, len(sent.tools), sent.calibration) == (7, 2, opened.calibration)


def test_another_refusal_is_said_as_before(qtbot: QtBot, opened: VisionDialog, server: FakeServer) -> None:
    server.refuse(f"PUT /peripherals/{CAMERA}", 403, "forbidden", "You may not change it")
    add_caliper(opened)
    opened.save_button.click()
    qtbot.waitUntil(lambda: "You may not change it" in opened.state.text())


FOUND = {"corners": 35, "of": 54, "share": 0.412, "points": [[100, 100], [200, 100]]}


def use(qtbot: QtBot, dialog: VisionDialog, server: FakeServer) -> None:
    """The picture that is shown, in which the PC finds the board."""
    before = len(dialog.board.pictures)
    server.answer(COMMANDS, done("find_board", FOUND), status=201)
    dialog.board.add_button.click()
    qtbot.waitUntil(lambda: len(dialog.board.pictures) == before + 1)


def test_a_picture_without_the_board_is_refused_when_it_is_used(
    qtbot: QtBot, opened: VisionDialog, server: FakeServer
) -> None:
    take(qtbot, opened, server)
    words = "No chessboard of 10 by 7 squares was found in this picture"
    server.answer(COMMANDS, done("find_board", None, words), status=201)
    opened.board.add_button.click()
    qtbot.waitUntil(lambda: words in opened.state.text())
    asked = server.asked_for(COMMANDS)[-1].body
    assert (asked["kind"], asked["parameters"]["picture"]) == ("find_board", SHA)
    assert opened.board.pictures == []


def test_the_height_of_what_is_measured_is_told(qtbot: QtBot, opened: VisionDialog) -> None:
    add_caliper(opened)
    laid = opened.tools.tool
    assert laid is not None
    assert laid.tool == "caliper"
    assert (laid.height, laid.height_uncertainty) == (0.0, 0.1)
    opened.tools.above.setValue(3.0)
    opened.tools.above_known.setValue(0.05)
    told = opened.tools.tool
    assert told is not None
    assert told.tool == "caliper"
    assert (told.height, told.height_uncertainty) == (3.0, 0.05)
    opened.tools.kind.set_value("angle")
    opened.tools.add_button.click()
    assert opened.tools.above.isHidden(), "an angle is the same at any height"


def test_the_camera_is_calibrated_from_chosen_pictures(qtbot: QtBot, opened: VisionDialog, server: FakeServer) -> None:
    opened.board.calibrate_button.click()
    assert "Choose pictures of the board first" in opened.state.text()
    take(qtbot, opened, server)
    use(qtbot, opened, server)
    assert "1 picture" in opened.board.said.text()
    assert "35 of its 54 corners, over 41 % of it" in opened.state.text()
    assert len(opened.view._points) == 2, "where the PC found them"
    opened.board.thickness.setValue(5.0)
    opened.board.known.setValue(0.3)
    server.answer(COMMANDS, done("calibrate_plane", {"calibration": CALIBRATION}), status=201)
    opened.board.calibrate_button.click()
    qtbot.waitUntil(lambda: opened.calibration is not None)
    sent = server.asked_for(COMMANDS)[-1].body["parameters"]["board"]
    assert (sent["thickness"], sent["square_uncertainty"]) == (5.0, pytest.approx(0.003))
    assert "within 0.04 pixels, lengths within 0.04 % (95 %)" in opened.board.said.text()
    assert "surrounds where the board was shown" in opened.board.said.text()
    assert len(opened.view._hull) == 5, "it is closed"
    of_old = PlaneCalibration.model_validate({**CALIBRATION, "hull": None})
    opened.board.show_calibration(of_old)
    opened.view.show_hull(of_old)
    assert "not known of this calibration" in opened.board.said.text()
    assert not opened.view._hull


def test_a_picture_that_is_not_here_yet_is_not_used(qtbot: QtBot, opened: VisionDialog, server: FakeServer) -> None:
    server.answer(f"GET /station-pictures/{SHA}", {"title": "not_here", "status": 404}, status=404)
    server.answer(COMMANDS, done("take_picture", TAKEN), status=201)
    opened.take_button.click()
    qtbot.waitUntil(lambda: opened.picture == SHA and opened.board.add_button.isEnabled())
    opened.board.add_button.click()
    assert "still on its way" in opened.state.text()
    assert opened.board.pictures == []


def test_a_picture_of_another_size_and_one_twice_are_refused_at_once(
    qtbot: QtBot, opened: VisionDialog, server: FakeServer
) -> None:
    take(qtbot, opened, server)
    use(qtbot, opened, server)
    opened.board.add_button.click()
    assert "used already" in opened.state.text()
    server.answer(f"GET /station-pictures/{TEMPLATE}", raw=png(192, 180))
    part = PictureAnswer.model_validate(stored("asked", 3)[0])
    opened._on_stored(part)
    qtbot.waitUntil(lambda: opened.view.sceneRect().width() == 192)
    opened.board.add_button.click()
    assert "is 192 by 180 pixels, those chosen before are 640 by 480" in opened.state.text()
    opened.board.clear_button.click()
    opened.board.add_button.click()
    assert "the camera takes 640 by 480 now" in opened.state.text()
    assert opened.board.pictures == []


def test_a_picture_of_another_camera_is_refused(opened: VisionDialog) -> None:
    strange = ShownPicture(SHA, UUID(int=1), (640, 480))
    assert "Another camera took this picture" in (opened.board.add(strange) or "")
    assert opened.board.pictures == []
