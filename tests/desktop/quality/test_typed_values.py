"""Values are typed one after the other, and none is lost on its way."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.quality.page import MeasurementsPage

from tests.desktop.fake_server import FakeServer
from tests.desktop.quality.measuring import POST, said, shown_values, taker, type_in
from tests.desktop.quality.samples import (
    BORE_ID,
)


def test_a_value_and_enter_and_the_next(qtbot: QtBot, page: MeasurementsPage, server: FakeServer) -> None:
    server.answer_with(POST, taker())
    for typed in ("12.010", "12.000", "12.005"):
        type_in(page, typed)
        assert page.entry.line.text() == ""
    qtbot.waitUntil(lambda: shown_values(page)[:3] == ["12.005", "12.000", "12.010"])
    asked = server.asked_for(POST)
    assert [{**one.body, "measured_at": None} for one in asked] == [
        {"characteristic_id": str(BORE_ID), "measured_value": typed, "measurement_unit": "mm", "measured_at": None}
        for typed in ("12.010", "12.000", "12.005")
    ]
    assert len({one.headers["idempotency-key"] for one in asked}) == 3
    assert page.series is not None
    assert len(page.series.values) == 33
    assert not page.entry.problem.isVisible()


def test_a_decimal_comma_is_one_where_people_write_it(qtbot: QtBot, page: MeasurementsPage, server: FakeServer) -> None:
    server.answer_with(POST, taker())
    before = QLocale()
    QLocale.setDefault(QLocale("de_DE"))
    type_in(page, "12,010")
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 31)
    assert page.table.model.columns[1].shown(page.table.model.row_at(0)) == "12,010"
    QLocale.setDefault(before)
    assert server.asked_for(POST)[0].body["measured_value"] == "12.010"


def test_a_value_far_from_its_limits_is_asked_about_once(
    qtbot: QtBot, page: MeasurementsPage, server: FakeServer
) -> None:
    server.answer_with(POST, taker())
    type_in(page, "1.201")
    question = "1.201 mm is far from the limits of Bore Ø 12 H7, 12.000 \N{EN DASH} 12.018 mm. Enter again keeps it."
    assert page.entry.problem.text() == question
    assert page.entry.line.selectedText() == "1.201"
    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", True)
    QApplication.sendEvent(page.entry.line, held)
    assert page.entry.line.text() == "1.201"
    QTest.keyClicks(page.entry.line, "1.202")
    assert not page.entry.problem.isVisible()
    QTest.keyClick(page.entry.line, Qt.Key.Key_Return)
    assert "1.202 mm is far" in page.entry.problem.text()
    assert server.asked_for(POST) == []
    QTest.keyClick(page.entry.line, Qt.Key.Key_Return)
    type_in(page, "12.001")
    qtbot.waitUntil(lambda: shown_values(page)[:2] == ["12.001", "1.202"])
    assert not page.entry.problem.isVisible()


def test_what_is_no_value_stays_in_the_field_with_the_reason_beside(page: MeasurementsPage, server: FakeServer) -> None:
    type_in(page, "12.0105")
    assert page.entry.line.text() == "12.0105"
    assert page.entry.line.selectedText() == "12.0105"
    assert "finer than 0.001 mm" in page.entry.problem.text()
    assert server.asked_for(POST) == []
    type_in(page, "")
    QTest.keyClicks(page.entry.line, "1")
    assert not page.entry.problem.isVisible()


def test_a_refused_value_comes_back_to_the_field(qtbot: QtBot, page: MeasurementsPage, server: FakeServer) -> None:
    server.refuse(POST, 422, "inactive", "Bore is no longer measured.")
    type_in(page, "12.010")
    qtbot.waitUntil(page.entry.problem.isVisible)
    assert page.entry.problem.text() == "12.010 mm is not saved: Bore is no longer measured."
    assert (page.entry.line.text(), page.entry.waiting) == ("12.010", [])


def test_what_could_not_be_sent_waits_in_its_order_and_is_sent_once(
    qtbot: QtBot, page: MeasurementsPage, server: FakeServer
) -> None:
    server.refuse(POST, 503, "unavailable", "Not now.")
    type_in(page, "12.010")
    qtbot.waitUntil(page.entry.again.isVisible)
    keys = {one.headers["idempotency-key"] for one in server.asked_for(POST)}
    assert len(keys) == 1
    server.answer_with(POST, taker())
    page.entry.again.click()
    type_in(page, "12.011")
    qtbot.waitUntil(lambda: shown_values(page)[:2] == ["12.011", "12.010"])
    assert not page.entry.again.isVisible()
    assert server.asked_for(POST)[-2].headers["idempotency-key"] in keys
    assert page.entry.waiting == []


def test_what_waits_is_of_the_time_it_was_typed(
    qtbot: QtBot, page: MeasurementsPage, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = page.desk.session.clock
    entered = clock.now()
    server.refuse(POST, 503, "unavailable", "Not now.")
    monkeypatch.setattr(clock, "now", lambda: entered)
    type_in(page, "12.010")
    qtbot.waitUntil(page.entry.again.isVisible)
    monkeypatch.setattr(clock, "now", lambda: entered + timedelta(hours=3))
    server.answer_with(POST, taker())
    page.entry.again.click()
    qtbot.waitUntil(lambda: page.entry.waiting == [])
    assert {datetime.fromisoformat(one.body["measured_at"]) for one in server.asked_for(POST)} == {entered}


def test_what_waits_is_named_when_the_page_goes(
    qtbot: QtBot, page: MeasurementsPage, server: FakeServer, desk: Desk
) -> None:
    server.refuse(POST, 503, "unavailable", "Not now.")
    type_in(page, "12.010")
    qtbot.waitUntil(page.entry.again.isVisible)
    page.save_layout()
    assert "Typed and not saved: 12.010 mm" in said(desk)
