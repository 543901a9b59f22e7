from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.machines.downtime.book import found
from unison_desktop.machines.downtime.moments import read_moments, read_next, read_past
from unison_desktop.machines.downtime.page import DowntimePage
from unison_desktop.machines.downtime.reasons_page import ReasonsPage
from unison_desktop.machines.downtime.thresholds import Thresholds
from unison_desktop.machines.downtime.totals_page import TotalsPage

from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.downtime.samples import REASONS, summary
from tests.desktop.machines.samples import machine_id

BERLIN = ZoneInfo("Europe/Berlin")
START, END = datetime(2026, 11, 20, 21, 30, tzinfo=UTC), datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "hour_utc"),
    [("23:00", "22:00"), ("0:30", "23:30"), ("2026-11-21 01:15:00", "00:15"), ("22:45:00", "21:45")],
)
def test_a_time_is_read_by_the_plants_clocks_also_past_midnight(typed: str, hour_utc: str) -> None:
    (moment,) = read_next(typed, START, END, BERLIN)
    assert moment.astimezone(UTC).strftime("%H:%M") == hour_utc


@pytest.mark.parametrize("typed", ["22:30", "2:00", "12:00", "noon", "", "25:00", "2026-11-19 23:00"])
def test_a_time_outside_or_none_is_refused(typed: str) -> None:
    assert read_next(typed, START, END, BERLIN) == []


def test_an_hour_that_autumn_repeats_is_found_in_the_stop() -> None:
    start, end = datetime(2026, 10, 25, 1, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 50, tzinfo=UTC)
    assert len(read_next("2:30", start, end, BERLIN)) == 1


AUTUMN = datetime(2026, 10, 24, 23, 0, tzinfo=UTC), datetime(2026, 10, 25, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "utc"),
    [
        ("2:30", ["00:30", "01:30"]),
        ("02:30:00 +02:00", ["00:30"]),
        ("2:30 +01:00", ["01:30"]),
        ("02:30+0100", ["01:30"]),
        ("2026-10-25 02:30", ["00:30", "01:30"]),
        ("2026-10-25 02:30 +01:00", ["01:30"]),
        ("1:30", ["23:30"]),
        ("3:00", ["02:00"]),
    ],
)
def test_a_time_that_clocks_show_twice_is_two_moments_unless_its_offset_is_said(typed: str, utc: list[str]) -> None:
    found = [moment.astimezone(UTC).strftime("%H:%M") for moment in read_moments(typed, *AUTUMN, BERLIN)]
    assert found == utc


@pytest.mark.parametrize(("typed", "count"), [("2:30", 2), ("2:30 +01:00", 1), ("2026-10-25 02:30", 2), ("1:30", 1)])
def test_an_hour_that_autumn_repeats_is_two_pasts_and_two_ends(typed: str, count: int) -> None:
    begin, end = AUTUMN
    assert len(read_past(typed, end, BERLIN)) == len(read_next(typed, begin, end, BERLIN)) == count


def test_the_same_time_of_two_days_is_not_one_time_shown_twice() -> None:
    (moment,) = read_next("23:00", START, datetime(2026, 11, 23, tzinfo=UTC), BERLIN)
    assert moment.astimezone(UTC) == datetime(2026, 11, 20, 22, 0, tzinfo=UTC)


def test_a_time_that_spring_leaves_out_is_none() -> None:
    start, end = datetime(2026, 3, 29, 0, 0, tzinfo=UTC), datetime(2026, 3, 29, 4, 0, tzinfo=UTC)
    assert read_moments("2:30", start, end, BERLIN) == []
    assert [moment.astimezone(UTC).hour for moment in read_moments("3:30", start, end, BERLIN)] == [1]


@pytest.mark.parametrize(
    ("typed", "utc"),
    [
        ("14:05", "2026-11-20 13:05"),
        ("23:30", "2026-11-19 22:30"),
        ("16:30", "2026-11-20 15:30"),
        ("16:31", "2026-11-19 15:31"),
        ("2026-11-03 08:00", "2026-11-03 07:00"),
    ],
)
def test_a_time_of_the_past_is_the_last_time_clocks_showed_it(typed: str, utc: str) -> None:
    now = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
    (moment,) = read_past(typed, now, BERLIN)
    assert moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M") == utc


@pytest.mark.parametrize("typed", ["2026-11-20 17:00", "soon", "", "24:10"])
def test_what_is_to_come_or_no_time_is_not_read(typed: str) -> None:
    assert read_past(typed, datetime(2026, 11, 20, 15, 30, tzinfo=UTC), BERLIN) == []


def test_digits_begin_a_number_and_words_a_name() -> None:
    assert [one.number for one in found(REASONS, "11")] == [110, 111]
    assert found(REASONS, "bearing")[0].number == 111
    assert found(REASONS, "zzz") == []


def test_totals_are_shown_as_bars_and_rows(qtbot: QtBot, shop_desk: Desk) -> None:
    page = TotalsPage(shop_desk, Place("downtime-totals"))
    page.show()
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 3)
    assert page.figures.text() == "11 h 07 min; 12 stops began, of them 4 failures, 3 micro-stops"
    assert page.chart.accessibleDescription().startswith("111 Spindle bearing 5 h 33 min")
    page.tabs.setCurrentIndex(1)
    assert page.chart.accessibleDescription().startswith("Failure")
    page.deleteLater()


def test_faults_without_a_reason_stand_beside_the_failures(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> None:
    known = summary()
    inferred = known.by_category[0].model_copy(update={"events": 9})
    reasons = [inferred.model_copy(update={"events": 7}), known.by_reason[0].model_copy(update={"events": 2})]
    told = known.model_copy(update={"failures": 1, "by_category": [inferred], "by_reason": reasons})
    server.answer("GET /downtime-events/summary", told)
    page = TotalsPage(shop_desk, Place("downtime-totals"))
    page.show()
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 2)
    line = "12 stops began, of them 1 failures, 3 micro-stops; faults without a reason, which count as no failures: 7"
    assert page.figures.text() == f"11 h 07 min; {line}"
    assert page.chart.accessibleDescription().startswith("Failure, without a reason")
    page.tabs.setCurrentIndex(1)
    assert page.chart.accessibleDescription().startswith("Failure 5 h")
    page.deleteLater()


@pytest.mark.parametrize(
    ("made", "route"),
    [(TotalsPage, "GET /downtime-events/summary"), (DowntimePage, "GET /downtime-events/unassigned")],
)
def test_an_alarm_that_means_another_reason_changes_totals_and_lists(
    qtbot: QtBot, shop_desk: Desk, server: FakeServer, made: type[TotalsPage | DowntimePage], route: str
) -> None:
    page = made(shop_desk, Place("downtime"))
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.reload()
    before = len(server.asked_for(route))
    shop_desk.session.changes.announce("machines.alarm_reason.updated", None)
    qtbot.waitUntil(lambda: len(server.asked_for(route)) > before)
    page.deleteLater()


def test_totals_that_stay_open_are_counted_anew(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> None:
    route = "GET /downtime-events/summary"
    page = TotalsPage(shop_desk, Place("downtime-totals"))
    assert page._minute.isActive()
    assert page._minute.interval() <= 60_000
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.reload()
    server.answer(route, summary().model_copy(update={"events": 13}))
    page._minute.setInterval(1)
    qtbot.waitUntil(lambda: "13 stops began" in page.figures.text())
    page.hide()
    qtbot.waitUntil(lambda: page._stale)
    server.answer(route, summary().model_copy(update={"events": 14}))
    page.show()
    qtbot.waitUntil(lambda: "14 stops began" in page.figures.text())
    page.close()
    page.deleteLater()


def test_thresholds_are_of_reports_alone_and_remembered(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> None:
    page = TotalsPage(shop_desk, Place("downtime-totals"))
    page.show()
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 3)
    route = "GET /downtime-events/summary"
    assert "micro_stop_seconds" not in server.asked_for(route)[-1].query
    assert page.limits.boxes["micro_stop"].text() == "each machine's own"
    page.limits.boxes["micro_stop"].setValue(30)
    page.limits.boxes["minimum_run"].setValue(60)
    page.limits.boxes["queue"].setValue(300)
    wanted = {"micro_stop_seconds": ["30"], "ignore_under_seconds": ["0"], "minimum_run_seconds": ["60"]}
    qtbot.waitUntil(lambda: wanted.items() <= server.asked_for(route)[-1].query.items())
    assert not [asked for asked in server.asked if asked.verb in ("PATCH", "PUT")]
    page.deleteLater()
    again = TotalsPage(shop_desk, Place("downtime-totals"))
    assert again.limits.thresholds == Thresholds(micro_stop=30, minimum_run=60, queue=300)
    again.deleteLater()
    queue = DowntimePage(shop_desk, Place("downtime"))
    queue.show()
    queue.reload()
    qtbot.waitUntil(lambda: "over 5 min" in queue.head._subtitle.text())
    assert server.asked_for("GET /downtime-events/unassigned")[-1].query["min_seconds"] == ["300"]
    queue.deleteLater()


@pytest.mark.parametrize("kept", ["", "nonsense", '{"queue": -3}', '{"micro_stop": 1e9}'])
def test_thresholds_that_can_not_be_read_are_as_they_came(shop_desk: Desk, kept: str) -> None:
    shop_desk.layout.save_text("downtime.thresholds", kept)
    assert Thresholds.remembered(shop_desk.layout) == Thresholds()


def test_an_empty_tree_offers_the_usual_reasons(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> None:
    server.answer("GET /downtime-reasons", [])
    server.answer("POST /downtime-reasons/defaults", list(REASONS), status=201)
    page = ReasonsPage(shop_desk, Place("downtime-reasons"))
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.reload()
    server.answer("GET /downtime-reasons", list(REASONS))
    next(one for one in page.commands if one.id == "reason.defaults").trigger()
    qtbot.waitUntil(lambda: len(page.book.reasons) == len(REASONS))
    assert page.tree.topLevelItemCount() == 4
    page.deleteLater()


def test_a_machines_stops_are_asked_for_alone(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> None:
    page = DowntimePage(shop_desk, Place("downtime", str(machine_id(3))))
    page.show()
    page.reload()
    qtbot.waitUntil(lambda: bool(server.asked_for("GET /downtime-events")))
    assert server.asked_for("GET /downtime-events")[0].query["machine_id"] == [str(machine_id(3))]
    page.deleteLater()
