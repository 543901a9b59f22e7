"""What was drawn is saved: nothing is lost unasked, and what somebody else changed stays."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.stations.vision.dialog import VisionDialog
from unison_domain.kernel.contracts import Problem
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.peripheral_contracts import PeripheralAnswer, PeripheralReplace
from unison_domain.stations.picture_tools import PlaneCalibration

from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.stations.peripherals.samples import CAMERA, camera
from tests.desktop.stations.vision.taking import CALIBRATION, add_caliper


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


def test_a_name_is_saved_as_it_stands_though_its_field_was_not_left(
    qtbot: QtBot, opened: VisionDialog, server: FakeServer
) -> None:
    server.answer(f"PUT /peripherals/{CAMERA}", camera(version=2))
    type_name(opened, "Outer width ")
    with qtbot.waitSignal(opened.saved):
        QTest.keyClick(opened.tools.name, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert [tool.name for tool in last_sent(server).tools] == ["Outer width"]


def test_a_name_that_is_being_typed_is_not_lost_unasked(opened: VisionDialog) -> None:
    type_name(opened, "Outer width")
    QTest.keyClick(opened.tools.name, Qt.Key.Key_Escape)
    assert opened.saving.question.isVisible()


def type_name(dialog: VisionDialog, name: str) -> None:
    dialog.tools.name.setFocus()
    dialog.tools.name.selectAll()
    QTest.keyClicks(dialog.tools.name, name)
