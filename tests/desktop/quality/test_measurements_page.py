"""The page of measurements: what comes from the gauge, taking back, printing and pictures."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.picture_dialog import PictureDialog
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.frame.theme import Scheme
from unison_desktop.quality.notice import notice_of
from unison_desktop.quality.page import MeasurementsPage
from unison_desktop.quality.series import Series

from tests.desktop.conftest import end_deletions
from tests.desktop.fake_server import FakeServer
from tests.desktop.frame.printed_text import pages_of
from tests.desktop.quality.measuring import CHART, LIST, POST, said, shown_values, taker, type_in
from tests.desktop.quality.samples import (
    BORE,
    BORE_ID,
    MASS_ID,
    RIGHTS,
    START,
    individuals,
    measurement,
    serve_quality,
    some,
)


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


def test_another_characteristic_and_number_of_values(qtbot: QtBot, page: MeasurementsPage, server: FakeServer) -> None:
    page.chooser.names.setCurrentIndex(1)
    page.chooser.names.activated.emit(1)
    qtbot.waitUntil(lambda: page.series is not None and page.series.characteristic.id == MASS_ID)
    assert page.table.model.rowCount() == 0
    assert page.entry._unit.text() == "g"
    page.chooser.choose(BORE_ID)
    assert (page.chooser.line.cursorPosition(), page.chooser.names.toolTip()) == (0, "Bore Ø 12 H7 (mm)")
    page.chooser.counts.setCurrentIndex(3)
    page.chooser.counts.activated.emit(3)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 30)
    assert server.asked_for(CHART)[-1].query["last"] == ["5000"]


@pytest.mark.parametrize("keys", [[Qt.Key.Key_Return], [Qt.Key.Key_Down, Qt.Key.Key_Return], [Qt.Key.Key_Tab]])
def test_a_characteristic_is_chosen_by_its_name_and_keys(
    qtbot: QtBot, page: MeasurementsPage, keys: list[Qt.Key]
) -> None:
    line, offers = page.chooser.line, page.chooser.completer.popup()
    assert offers is not None
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "ass")
    qtbot.waitUntil(offers.isVisible)
    for key in keys:
        QTest.keyClick(offers, key)
    qtbot.waitUntil(lambda: page.series is not None and page.series.characteristic.id == MASS_ID)
    assert line.text() == "Mass (g)"
    assert page.entry._unit.text() == "g"


def test_a_name_that_several_have_chooses_none_of_them(qtbot: QtBot, page: MeasurementsPage) -> None:
    line, offers = page.chooser.line, page.chooser.completer.popup()
    assert offers is not None
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "(")
    qtbot.waitUntil(offers.isVisible)
    QTest.keyClick(offers, Qt.Key.Key_Return)
    qtbot.waitUntil(offers.isVisible)
    assert line.text() == "(", "what was typed stays, and what is offered for it"
    QTest.keyClick(offers, Qt.Key.Key_Escape)
    QTest.keyClick(line, Qt.Key.Key_Tab)
    assert line.text() == "Bore Ø 12 H7 (mm)"


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


def test_the_file_of_all_is_of_the_characteristic_and_the_time(
    qtbot: QtBot, page: MeasurementsPage, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bore.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(file), ""))
    server.answer("GET /inspection-measurements/export", raw=b"id\r\n", headers={"X-Rows": "0"})
    for words, bound in (("of all time", set[str]()), ("of yesterday", {"from", "to"})):
        page.chooser.times.choice.setCurrentIndex(page.chooser.times.choice.findText(words))
        page.chooser.times.choice.activated.emit(page.chooser.times.choice.currentIndex())
        next(command for command in page.commands if command.id == "measurement.export").trigger()
        qtbot.waitUntil(file.exists)
        file.unlink()
        query = server.asked_for("GET /inspection-measurements/export")[-1].query
        assert query["characteristic_id"] == [str(BORE_ID)]
        assert set(query) - {"characteristic_id"} == bound


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


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"lsl": "11.900", "usl": "12.100"}, "in tolerance by limits 11.900 \N{EN DASH} 12.100"),
        ({"lsl": "11.900", "usl": "12.100", "limits_changed": False}, "in tolerance"),
        ({"lsl": None, "usl": "12.005", "within_tolerance": False}, "out of tolerance by limits at most 12.005"),
        ({"lsl": None, "usl": None, "within_tolerance": None}, "without limits when it was measured"),
    ],
)
def test_a_value_judged_by_other_limits_than_those_of_now_says_so(
    page: MeasurementsPage, limits: dict[str, Any], words: str
) -> None:
    page._take([measurement(31, "12.012", **{"within_tolerance": True, "limits_changed": True, **limits})])
    assert page.facts.text().split("  ·  ")[1] == words
