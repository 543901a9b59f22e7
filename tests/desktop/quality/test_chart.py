"""The chart: of which time it is, and what its points tell."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from PySide6.QtCore import QDate, QDateTime, QPointF, Qt, QTime, QTimeZone
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.stretch import Stretch
from unison_desktop.quality.judging import Mark
from unison_desktop.quality.notice import notice_of
from unison_desktop.quality.page import MeasurementsPage
from unison_desktop.quality.series import Series
from unison_domain.quality.individuals import individuals_chart

from tests.desktop.fake_server import FakeServer
from tests.desktop.quality.measuring import CHART
from tests.desktop.quality.samples import (
    BORE,
    FLOW,
    START,
    individuals,
    measurement,
    serve_quality,
    some,
)


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


@pytest.mark.parametrize(("seconds", "clock"), [(60, "%H:%M"), (20, "%H:%M"), (1, "%H:%M:%S")])
def test_no_two_times_below_the_chart_read_the_same(page: MeasurementsPage, seconds: int, clock: str) -> None:
    values = [measurement(n, "12.0", at=START + timedelta(seconds=seconds * n)) for n in range(40)]
    series = Series.of(individuals(BORE, values), 200, START)
    page.view.show_series(series)
    plots = page.view.plots()
    assert plots is not None
    written, wide, moments = page.view._times(plots[0], series)
    assert written == clock
    told = [moment.strftime(written) for moment in moments.values()]
    assert 2 <= len(told) == len(set(told)) <= page.view.width() / wide + 1
