"""The page of measurements: typing, the chart while the gauge is pressed, taking back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QDate, QDateTime, QEvent, QLocale, QPointF, Qt, QTime, QTimeZone
from PySide6.QtGui import QColor, QImage, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.picture_dialog import PictureDialog
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.frame.stretch import Stretch
from unison_desktop.frame.theme import Scheme
from unison_desktop.quality.judging import Mark
from unison_desktop.quality.page import MeasurementsPage, notice_of
from unison_desktop.quality.series import Series
from unison_domain.quality.individuals import individuals_chart

from tests.desktop.conftest import end_deletions
from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.frame.printed_text import pages_of
from tests.desktop.quality.samples import (
    BORE,
    BORE_ID,
    FLOW,
    MASS_ID,
    RIGHTS,
    START,
    individuals,
    measurement,
    serve_quality,
    some,
)

POST, LIST = "POST /inspection-measurements", "GET /inspection-measurements"
CHART = f"GET /inspection-characteristics/{BORE_ID}/individuals"


def type_in(page: MeasurementsPage, typed: str) -> None:
    page.entry.line.setFocus()
    page.entry.line.selectAll()
    QTest.keyClicks(page.entry.line, typed)
    QTest.keyClick(page.entry.line, Qt.Key.Key_Return)


def shown_values(page: MeasurementsPage) -> list[str]:
    return [str(row.measured_value) for row in page.table.model.rows()]


def said(desk: Desk) -> list[str]:
    return [message.text for message in desk.messages.history]


def taker(number: int = 1000) -> Any:
    """Answers typed values as the server does."""
    taken: dict[str, Any] = {}

    def take(asked: Asked) -> Answer:
        key = asked.headers["idempotency-key"]
        if key not in taken:
            value = asked.body["measured_value"]
            taken[key] = measurement(number + len(taken), value, peripheral_name=None, source="typed")
        return Answer(taken[key].model_dump(mode="json"), 201)

    return take


def test_the_chart_is_of_the_time_that_is_chosen(qtbot: QtBot, page: MeasurementsPage, server: FakeServer) -> None:
    assert "from" not in server.asked_for(CHART)[-1].query
    before = len(server.asked_for(CHART))
    page.chooser.times.choice.setCurrentIndex(2)
    page.chooser.times.choice.activated.emit(2)
    qtbot.waitUntil(lambda: page._reading is None and len(server.asked_for(CHART)) > before)
    begins = datetime.fromisoformat(server.asked_for(CHART)[-1].query["from"][0])
    assert abs(page.desk.session.clock.now() - begins - timedelta(days=7)) < timedelta(minutes=1)
    assert page.series is not None
    assert (page.series.stretch.span, page.series.begins is not None) == (timedelta(days=7), True)


def test_the_last_hours_move_on_with_the_clock() -> None:
    """The n-th value is of the n-th minute."""
    minutes, hour = [START + timedelta(minutes=n) for n in range(80)], timedelta(hours=1)
    series = Series.of(individuals(BORE, [measurement(n, "12.0") for n in (4, 5)]), 200, minutes[64], Stretch(hour))
    series.take([measurement(3, "12.1"), measurement(6, "12.2")], minutes[65])
    assert [str(one.measured_value) for one in series.values] == ["12.0", "12.2"]
    assert not series.move(minutes[65])
    undone = measurement(6, "12.2", undone_at=minutes[65])
    series.take([undone, measurement(7, "12.3"), measurement(8, "12.4")], minutes[65])
    assert series.move(minutes[67])
    assert ([str(one.measured_value) for one in series.values], series.undone) == (["12.3", "12.4"], [])
    assert series.chart is not None
    assert series.chart.mean == 12.35


def test_an_older_time_is_between_two_moments(qtbot: QtBot, page: MeasurementsPage, server: FakeServer) -> None:
    times = page.chooser.times
    times.choice.setCurrentIndex(times.choice.count() - 1)
    for edit, hour in ((times.end, 9), (times.begin, 8)):
        edit.setDateTime(QDateTime(QDate(2026, 11, 20), QTime(hour, 0), QTimeZone.utc()))
    begin, end = ["2026-11-20T08:00:00+01:00"], ["2026-11-20T09:00:00+01:00"]
    asked = partial(server.asked_for, CHART)
    qtbot.waitUntil(lambda: page._reading is None and begin in [one.query.get("from") for one in asked()])
    assert end in [one.query["to"] for one in asked() if one.query.get("from") == begin]
    assert page.series is not None
    shown = len(page.series.values)
    page._take([measurement(200, "12.009"), measurement(100, "12.010")])  # START is 7 o'clock in Berlin
    assert len(page.series.values) == shown + 1


def test_the_page_forgets_by_the_minute_what_is_no_longer_of_the_time(
    page: MeasurementsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest = page.desk.session.clock.now() - timedelta(hours=1, seconds=-1)
    items = [measurement(n, "12.0", at=oldest + timedelta(seconds=n)) for n in range(3)]
    page.series = Series.of(individuals(BORE, items), 200, oldest, Stretch(timedelta(hours=1)))
    monkeypatch.setattr(page.desk.session.clock, "now", lambda: oldest + timedelta(hours=1, seconds=1.5))
    page._minutes.timeout.emit()
    assert page.table.model.rowCount() == 1
    assert page._minutes.isActive()


def test_that_there_is_more_than_is_shown_is_told() -> None:
    now, hour = START + timedelta(minutes=59), timedelta(hours=1)
    answer = individuals(BORE, some(30)).model_copy(update={"is_cut": True})
    series = Series.of(answer, 30, now, Stretch(hour))
    assert notice_of(series) == "Only the newest 30 values are shown: there are older ones in this time."
    series.move(now + timedelta(minutes=2))
    assert (len(series.values), notice_of(series)) == (29, "")
    series.take([measurement(n, "12.0") for n in (31, 32)], now)
    assert series.is_cut
    assert notice_of(Series.of(answer, 30, now)) == ""


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


def test_a_reading_of_the_gauge_comes_without_a_reload(
    qtbot: QtBot, page: MeasurementsPage, server: FakeServer
) -> None:
    new = measurement(31, "12.012")
    server.answer(LIST, [new])
    before = len(server.asked_for(CHART))
    server.happen("quality.measurement.taken", new.id)
    qtbot.waitUntil(lambda: shown_values(page)[0] == "12.012")
    (asked,) = server.asked_for(LIST)
    assert (asked.query["ids"], asked.query["characteristic_id"]) == ([str(new.id)], [str(BORE_ID)])
    assert len(server.asked_for(CHART)) == before
    assert page.series is not None
    assert page.view.place == len(page.series.values) - 1  # the newest is followed
    assert page.facts.text().startswith("12.012 ± 0.002 mm  ·  in tolerance")
    back = new.model_copy(update={"undone_at": new.measured_at, "undone_by": "Ida Insp"})
    server.answer(LIST, [back])
    server.happen("quality.measurement.undone", new.id)
    qtbot.waitUntil(lambda: page.series is not None and new.id in {one.id for one in page.series.undone})
    assert len(page.series.values) == 30
    assert page.table.model.rowCount() == 31


def test_what_comes_while_all_is_read_is_not_lost(qtbot: QtBot, page: MeasurementsPage, server: FakeServer) -> None:
    server.answer(CHART, individuals(BORE, some(30)))
    page._read()
    page._take([measurement(31, "12.012")])
    qtbot.waitUntil(lambda: page._reading is None)
    assert shown_values(page)[0] == "12.012"


def test_a_gap_in_the_stream_reads_all_anew(
    qtbot: QtBot, page: MeasurementsPage, server: FakeServer, desk: Desk
) -> None:
    serve_quality(server, some(12))
    desk.session.changes.announce_all()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 12)


def test_the_last_typed_value_is_taken_back(
    qtbot: QtBot, page: MeasurementsPage, server: FakeServer, desk: Desk
) -> None:
    server.answer_with(POST, taker())
    type_in(page, "12.010")
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 31)
    typed = page.table.model.row_at(0)
    undone = typed.model_copy(update={"undone_at": typed.measured_at, "undone_by": "Paula Planner"})
    server.answer(f"POST /inspection-measurements/{typed.id}/undo", undone)
    page._undo_last()
    qtbot.waitUntil(lambda: "12.010 ± 0.002 mm is taken back." in said(desk))
    assert page.series is not None
    assert len(page.series.values) == 30
    assert page.table.model.columns[3].shown(page.table.model.row_at(0)) == "taken back"


def test_any_other_value_is_taken_back_after_a_question(
    qtbot: QtBot, page: MeasurementsPage, server: FakeServer
) -> None:
    one = some(30)[4]
    undone = one.model_copy(update={"undone_at": one.measured_at, "undone_by": "Paula Planner"})
    server.answer(f"POST /inspection-measurements/{one.id}/undo", undone)
    page.view.opened.emit(one.id)
    assert page.table.view.selected_ids() == [one.id]
    page._undo_last()
    (question,) = page.findChildren(Question)
    assert question.text() == f"Take back {one.measured_value:f} ± 0.002 mm?"
    question.yes.click()
    qtbot.waitUntil(lambda: page.series is not None and len(page.series.values) == 29)


def test_arrow_keys_and_mouse_tell_points(page: MeasurementsPage) -> None:
    view, values = page.view, some(30)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert page.facts.text().startswith(f"{values[0].measured_value:f} ± 0.002 mm")
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.place == 2
    assert "Bore gauge 2" in view.accessibleDescription()
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert page.table.view.selected_ids() == [values[2].id]
    plots = view.plots()
    assert plots is not None
    QTest.mouseMove(view, QPointF(plots[0].x(10), 100).toPoint())
    assert view.place == 10
    page.table.view.select_ids([values[20].id])
    page.table.selection_told.emit([values[20].id])
    assert view.place == 20


def test_points_stand_out_by_shape(page: MeasurementsPage) -> None:
    plots = page.view.plots()
    assert plots is not None
    marks = plots[0]._points.marks
    assert marks is not None
    assert {n: mark for n, mark in marks.items() if mark is not Mark.PLAIN} == {15: Mark.BOTH, 22: Mark.BOTH}
    assert page.series is not None
    assert set(plots[1]._points.marks or {}) == {n + 1 for n in page.series.ranges_outside}
    assert "USL 12.018" in {line.text for line in plots[0]._lines}


def test_the_flow_rates_of_nist(page: MeasurementsPage) -> None:
    series = Series.of(individuals(BORE, [measurement(n, str(value)) for n, value in enumerate(FLOW)]), 200, START)
    page.view.show_series(series)
    assert series.chart == individuals_chart([Decimal(str(value)) for value in FLOW])
    plots = page.view.plots()
    assert plots is not None
    assert [line.text for line in plots[0]._lines][-3:] == ["UCL 55.8041", "LCL 45.8159", "Mean 50.8100"]
    assert [line.text for line in plots[1]._lines] == ["UCL 6.1347", "Mean 1.8778"]


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, ""), (1, "One value has no limits yet"), (5, "Limits of 5 values are preliminary"), (20, "")],
)
def test_few_values_are_handled_with_words(
    qtbot: QtBot, page: MeasurementsPage, server: FakeServer, count: int, words: str
) -> None:
    serve_quality(server, some(count))
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == count)
    assert page.notice.isVisible() == bool(words)
    assert words in page.notice.text()
    assert not page.grab().isNull()
    assert (page.view.plots() is None) == (count == 0)


def test_values_that_are_all_the_same_make_a_chart(page: MeasurementsPage) -> None:
    for value in ("0", "12.000", "-999999999999999999"):
        page.view.show_series(Series.of(individuals(BORE, [measurement(n, value) for n in range(25)]), 200, START))
        assert not page.view.grab().isNull()


def test_another_characteristic_and_number_of_values(qtbot: QtBot, page: MeasurementsPage, server: FakeServer) -> None:
    page.chooser.names.setCurrentIndex(1)
    page.chooser.names.activated.emit(1)
    qtbot.waitUntil(lambda: page.series is not None and page.series.characteristic.id == MASS_ID)
    assert page.table.model.rowCount() == 0
    assert page.entry._unit.text() == "g"
    page.chooser.choose(BORE_ID)
    page.chooser.counts.setCurrentIndex(3)
    page.chooser.counts.activated.emit(3)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 30)
    assert server.asked_for(CHART)[-1].query["last"] == ["5000"]


def test_without_the_right_nothing_is_typed(qtbot: QtBot, page: MeasurementsPage, desk: Desk) -> None:
    me = desk.session.me
    assert me is not None
    desk.session.me = me.model_copy(update={"permissions": [one for one in RIGHTS if not one.endswith(".create")]})
    page.entry.set_characteristic(BORE)
    assert not page.entry.line.isEnabled()
    assert page.entry.line.toolTip()


def test_the_export_has_every_digit(page: MeasurementsPage, tmp_path: Path) -> None:
    page._take([measurement(31, "12.010")])
    page.table.write(tmp_path / "bore.csv")
    with (tmp_path / "bore.csv").open(encoding="utf-8-sig", newline="") as file:
        _heading, first, *_rest = csv.reader(file)
    assert first[1:4] == ["12.010", "mm", "in tolerance"]


def test_chart_and_table_are_printed(page: MeasurementsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bore.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    page.head.zone = ZoneInfo("Asia/Kathmandu")
    next(command for command in page.commands if command.id == "page.pdf").trigger()
    told = "".join("".join(pages_of(path)).split())
    assert "+0545by" in told, "it is printed by the clock its rows have"
    for wanted in ("Bore Ø 12 H7", "Individual values, mm", "USL 12.018", "Moving range, mm", "11.994", "Ida Insp"):
        assert "".join(wanted.split()) in told, wanted


def test_the_link_to_a_picture_is_told_from_the_ground_in_both_schemes(page: MeasurementsPage, desk: Desk) -> None:
    page._take([measurement(31, "12.012", picture="ab" * 32, source="camera")])
    for scheme in (Scheme.DARK, Scheme.LIGHT):
        desk.theme.choose(scheme)
        colours = {sign for row in _rows(page.facts.grab().toImage()) for sign in row}
        assert QColor(desk.theme.colours.accent).rgb() in colours, scheme


def _rows(image: QImage) -> Iterator[list[int]]:
    for y in range(image.height()):
        yield [image.pixel(x, y) for x in range(image.width())]


def test_the_picture_of_a_value_is_shown(
    qtbot: QtBot, page: MeasurementsPage, server: FakeServer, desk: Desk, tmp_path: Path
) -> None:
    page._show_picture()
    assert "This value has no picture: it was not measured by a camera." in said(desk)
    sha256 = "ab" * 32
    seen = measurement(31, "12.012", picture=sha256, source="camera")
    page._take([seen])
    assert "Show picture" in page.facts.text()
    QImage(64, 48, QImage.Format.Format_RGB32).save(str(tmp_path / "part.png"))
    server.answer(f"GET /station-pictures/{sha256}", raw=(tmp_path / "part.png").read_bytes())
    page.facts.linkActivated.emit("picture")
    (dialog,) = page.findChildren(PictureDialog)
    qtbot.waitUntil(lambda: not dialog.notice.isVisible())
    assert not dialog.grab().isNull()
    dialog.close()
    end_deletions()
    server.refuse(f"GET /station-pictures/{sha256}", 404, "not_here", "The picture is still at its station.")
    page.table.row_opened.emit(seen)
    (dialog,) = page.findChildren(PictureDialog)
    qtbot.waitUntil(lambda: dialog.notice.text() == "The picture is still at its station.")
    dialog.close()


def test_the_page_opens_at_the_characteristic_of_its_place(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    serve_quality(server, some(3))
    page = MeasurementsPage(desk, Place("measurements", str(MASS_ID)))
    page.load()
    qtbot.waitUntil(lambda: page.series is not None)
    assert page.series is not None
    assert page.series.characteristic.id == MASS_ID
    assert notice_of(page.series) == ""
    page.deleteLater()


def test_a_series_takes_events_in_any_order_and_twice() -> None:
    series = Series.of(individuals(BORE, [measurement(n, "12.0") for n in (1, 3)]), 3, START)
    back = measurement(2, "12.2", undone_at=measurement(2, "12").measured_at)
    series.take([back], START)
    series.take([measurement(2, "12.2")], START)  # its word was overtaken by that of the undoing
    series.take([measurement(5, "12.5"), measurement(4, "12.4"), measurement(4, "12.4")], START)
    series.take([measurement(9, "1.0").model_copy(update={"characteristic_id": UUID(int=1)})], START)
    assert [str(one.measured_value) for one in series.values] == ["12.0", "12.4", "12.5"]
    assert [one.id for one in series.undone] == [back.id]
