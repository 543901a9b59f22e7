"""Two machines on one chart make its limits too wide: it says so, and shows those of one alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.quality.notice import notice_of
from unison_desktop.quality.page import MeasurementsPage
from unison_desktop.quality.series import Series
from unison_domain.quality.contracts import MeasurementAnswer

from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.frame.printed_text import pages_of
from tests.desktop.quality.measuring import CHART, LIST, POST, said, shown_values, taker, type_in
from tests.desktop.quality.samples import BORE, BORE_ID, MASS_ID, START, individuals, measurement

OTHER: dict[str, Any] = {"station_id": UUID(int=57), "station_name": "Line 2"}


def of_two(**other: Any) -> list[MeasurementAnswer]:
    """Values of line 1, and each second one of elsewhere."""
    return [measurement(n, f"12.{n:03}", **(other if n % 2 else {})) for n in range(60)]


@pytest.fixture
def two_lathes(qtbot: QtBot, page: MeasurementsPage, server: FakeServer) -> MeasurementsPage:
    def answer(asked: Asked) -> Answer:
        at = asked.query.get("station_id", [None])[0]
        items = [one for one in of_two(**OTHER) if at in (None, str(one.station_id))]
        return Answer(individuals(BORE, items).model_dump(mode="json"))

    server.answer_with(CHART, answer)
    page.reload()
    qtbot.waitUntil(page.chooser.sources.isVisible)
    return page


def choose(page: MeasurementsPage, words: str) -> None:
    box = page.chooser.sources
    box.setCurrentIndex(box.findText(words))
    box.activated.emit(box.currentIndex())


def test_values_of_one_gauge_need_no_choice(page: MeasurementsPage) -> None:
    assert not page.chooser.sources.isVisible()
    assert not page.notice.isVisible()


def test_a_chart_of_two_stations_says_so_and_shows_one(
    qtbot: QtBot, two_lathes: MeasurementsPage, server: FakeServer
) -> None:
    page, box = two_lathes, two_lathes.chooser.sources
    assert page.notice.text() == "These are values of 2 stations: the limits may be too wide. Choose one."
    assert [box.itemText(place) for place in range(box.count())] == ["All stations", "Line 1", "Line 2"]
    choose(page, "Line 2")
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 30)
    assert server.asked_for(CHART)[-1].query["station_id"] == [str(OTHER["station_id"])]
    assert not page.notice.isVisible()
    assert box.count() == 3, "the other can be chosen still"


def test_what_is_measured_elsewhere_stays_off_the_chart_of_one(
    qtbot: QtBot, two_lathes: MeasurementsPage, server: FakeServer, desk: Desk
) -> None:
    page = two_lathes
    choose(page, "Line 2")
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 30)
    server.answer(LIST, [measurement(61, "12.001"), measurement(62, "12.002", **OTHER)])
    server.happen("quality.measurement.taken", measurement(61, "12.001").id)
    qtbot.waitUntil(lambda: shown_values(page)[0] == "12.002")
    assert page.table.model.rowCount() == 31
    server.answer_with(POST, lambda asked: _typed(asked))
    type_in(page, "12.010")
    text = "12.010 ± 0.002 mm is saved. It is of no station: the chart of all stations has it."
    qtbot.waitUntil(lambda: text in said(desk))


def _typed(asked: Asked) -> Answer:
    nowhere = {"station_id": None, "station_name": None}
    answer = taker()(asked)
    return Answer({**answer.body, **nowhere}, 201)


def test_file_and_paper_are_of_the_one_that_is_chosen(
    qtbot: QtBot,
    two_lathes: MeasurementsPage,
    server: FakeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, file = two_lathes, tmp_path / "bore.csv"
    choose(page, "Line 2")
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 30)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(file), ""))
    server.answer("GET /inspection-measurements/export", raw=b"id\r\n", headers={"X-Rows": "0"})
    next(command for command in page.commands if command.id == "measurement.export").trigger()
    qtbot.waitUntil(file.exists)
    assert server.asked_for("GET /inspection-measurements/export")[-1].query["station_id"] == [str(OTHER["station_id"])]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "bore.pdf"), ""))
    next(command for command in page.commands if command.id == "page.pdf").trigger()
    assert "Line\t2" in pages_of(tmp_path / "bore.pdf")[0].splitlines()


def test_another_characteristic_begins_with_all_stations(
    qtbot: QtBot, two_lathes: MeasurementsPage, server: FakeServer
) -> None:
    page = two_lathes
    choose(page, "Line 2")
    page.chooser.choose(MASS_ID)
    qtbot.waitUntil(lambda: page.series is not None and page.series.characteristic.id == MASS_ID)
    assert not page.chooser.sources.isVisible()
    page.chooser.choose(BORE_ID)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 60)
    assert "station_id" not in server.asked_for(CHART)[-1].query


def test_two_gauges_of_a_station_are_told_too() -> None:
    gauges = of_two(peripheral_id=UUID(int=58), peripheral_name="Plug 3")
    told = notice_of(Series.of(individuals(BORE, gauges), 200, START))
    assert told == "These are values of 2 gauges: the limits may be too wide. Choose one."
    typed = of_two(peripheral_id=None, peripheral_name=None, station_id=None, station_name=None)
    assert notice_of(Series.of(individuals(BORE, typed), 200, START)) == ""
