"""What a station scans is on the desktop's page as soon as the server has it, and the other way round."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.codes.page import ScansPage
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place

from tests.server.codes.scanning import GS1, history, scanned, undone
from tests.server.stations.attached import CAMERA, added
from tests.server.stations.floor import Floor
from tests.server.stations.test_set_up_in_the_desktop import desk

__all__ = ["desk"]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def test_scanned_looked_up_and_taken_back(qtbot: QtBot, desk: Desk, floor: Floor) -> None:
    camera = added(floor, CAMERA)
    page = ScansPage(desk, Place("scans"))
    page.scope.period.choice.setCurrentIndex(page.scope.period.choice.findData(None))
    page.show()
    page.load()
    qtbot.waitUntil(lambda: desk.session.is_online)

    def rows() -> list[tuple[str, bool]]:
        return [(row.scan.reading.words, row.scan.undone_at is None) for row in page.table.model.rows()]

    def is_shown(heading: str) -> bool:
        return page.panel.heading.text() == heading

    first, second = scanned(floor, 0, GS1, symbology="C1"), scanned(floor, 1, "UN1:MA:M1", peripheral_id=camera["id"])
    floor.sender.send([first, second])
    gs1 = "GTIN 09506000134352, NET WEIGHT (kg) 0.125, BATCH/LOT ABC123, USE BY or EXPIRY 2025-12-31"
    qtbot.waitUntil(lambda: rows() == [("machine M1", True), (gs1, True)])
    assert history(floor)[0]["peripheral_name"] == "Top camera"
    floor.sender.send([undone(floor, 5, first["id"], person="Ida")])
    qtbot.waitUntil(lambda: rows() == [("machine M1", True), (gs1, False)])
    page.table.view.selectRow(0)
    page.panel.reason.setText("wrong machine")
    QTest.keyClick(page.panel.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: rows() == [("machine M1", False), (gs1, False)])
    assert history(floor)[0]["undo_reason"] == "wrong machine"
    for code, heading, odd in (
        ("UN1:MA:M2", "M2: Mill 2", ""),
        ("UN1:MA:%4D1", "M1: Mill 1", ""),
        (f"]C1{GS1}", gs1, f"Understood as {gs1}. Nothing here is known by it"),
        ("a/b?c=d#e%1D ü", "a/b?c=d#e%1D ü", "Nobody knows what 'a/b?c=d#e%1D ü' is: "),
    ):
        page.lookup.setText(code)
        QTest.keyClick(page.lookup, Qt.Key.Key_Return)
        qtbot.waitUntil(partial(is_shown, heading))
        assert page.panel.odd.text().startswith(odd)
        assert bool(page.panel.odd.text()) == bool(odd)
    page.close()
    page.deleteLater()
