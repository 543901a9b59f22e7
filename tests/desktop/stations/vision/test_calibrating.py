"""The camera is calibrated from pictures of the board."""

from __future__ import annotations

from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.stations.vision.calibration_form import ShownPicture
from unison_desktop.stations.vision.dialog import VisionDialog
from unison_domain.stations.picture_contracts import PictureAnswer
from unison_domain.stations.picture_tools import PlaneCalibration

from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.vision.taking import (
    CALIBRATION,
    COMMANDS,
    SHA,
    TAKEN,
    TEMPLATE,
    add_caliper,
    done,
    png,
    stored,
    take,
)

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
    opened.board.question.first.click()
    opened.board.add_button.click()
    assert "the camera takes 640 by 480 now" in opened.state.text()
    assert opened.board.pictures == []


def test_the_keyboard_stays_where_it_was_and_pictures_are_not_dropped_unasked(
    qtbot: QtBot, opened: VisionDialog, server: FakeServer
) -> None:
    board = opened.board
    take(qtbot, opened, server)
    board.add_button.setFocus()
    use(qtbot, opened, server)
    assert board.add_button.hasFocus()
    board.clear_button.setFocus()
    QTest.keyClick(board.clear_button, Qt.Key.Key_Space)
    assert board.question.second.hasFocus(), "what is pressed by mistake keeps them"
    QTest.keyClick(board.question.second, Qt.Key.Key_Space)
    assert (len(board.pictures), board.question.isVisible(), board.add_button.hasFocus()) == (1, False, True)
    board.clear_button.click()
    board.question.first.click()
    assert (board.pictures, board.question.isVisible()) == ([], False)
    board.clear_button.click()
    assert not board.question.isVisible(), "there is nothing to lose"


def test_a_picture_of_another_camera_is_refused(opened: VisionDialog) -> None:
    strange = ShownPicture(SHA, UUID(int=1), (640, 480))
    assert "Another camera took this picture" in (opened.board.add(strange) or "")
    assert opened.board.pictures == []
