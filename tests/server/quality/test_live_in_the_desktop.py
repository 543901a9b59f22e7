"""What a station measures is on the desktop's chart as soon as the server has it, and the other way round."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.quality.page import MeasurementsPage
from unison_domain.quality.individuals import individuals_chart

from tests.server.quality.gauging import characteristic, measured, reading, undone
from tests.server.stations.floor import Floor
from tests.server.stations.test_set_up_in_the_desktop import desk

__all__ = ["desk"]

pytestmark = [pytest.mark.qt_log_ignore("This plugin does not support"), pytest.mark.usefixtures("people_copied")]


def test_pressed_typed_and_taken_back(qtbot: QtBot, desk: Desk, floor: Floor) -> None:
    bore = characteristic(floor, lsl="0.100", usl="0.130", resolution="0.001")
    floor.sender.send([reading(floor, n, bore, f"0.11{n % 3}") for n in range(25)])
    page = MeasurementsPage(desk, Place("measurements"))
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.load()
    qtbot.waitUntil(lambda: desk.session.is_online and page.series is not None)

    def chart() -> list[str]:
        return [f"{one.measured_value:f}" for one in page.series.values] if page.series else []

    pressed = reading(floor, 60, bore, "0.120")
    floor.sender.send([pressed])
    qtbot.waitUntil(lambda: chart()[25:] == ["0.120"])
    page.entry.line.setText("0.140")
    QTest.keyClick(page.entry.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: chart()[25:] == ["0.120", "0.140"])
    assert [(one["measured_value"], one["within_tolerance"]) for one in measured(floor, limit=2)] == [
        ("0.140", False),
        ("0.120", True),
    ]
    page._undo_last()
    qtbot.waitUntil(lambda: chart()[25:] == ["0.120"])
    floor.sender.send([undone(floor, 61, pressed["id"], person="Ida")])
    qtbot.waitUntil(lambda: len(chart()) == 25)
    server = floor.admin.get(f"/inspection-characteristics/{bore}/individuals").json()
    assert [one["measured_value"] for one in server["items"]] == chart()
    expected = individuals_chart([Decimal(value) for value in chart()])
    assert page.series is not None
    assert page.series.chart == expected
    assert expected is not None
    assert server["limits"]["upper"] == expected.upper
    assert {one.undone_by for one in page.series.undone} == {"Ida", "Anna"}
    page.close()
    page.deleteLater()
