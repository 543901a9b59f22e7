from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.contact import ContactBar
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.machines.page import MachinePage
from unison_domain.machines.contracts import CauseSource, MachineState, StopClass

from tests.desktop.conftest import end_deletions
from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.machines.samples import interval, live, machine, machine_id, serve_machines

S = MachineState
ID = machine_id(0)
HISTORY = f"GET /machines/{ID}/history"
BERLIN = ZoneInfo("Europe/Berlin")
Open = Callable[[str], MachinePage]


@pytest.fixture
def open_page(qtbot: QtBot, desk: Desk, server: FakeServer) -> Open:
    """Pages of the one machine, which live as long as the test."""
    pages = []
    serve_machines(server, [machine(0)])

    def make(argument: str) -> MachinePage:
        page = MachinePage(desk, Place("machine", argument))
        pages.append(page)
        qtbot.addWidget(page)
        page.resize(1300, 900)
        page.show()
        page.load()
        return page

    return make


def filled(qtbot: QtBot, page: MachinePage) -> MachinePage:
    qtbot.waitUntil(lambda: page.table.model.total > 0 and page.headline.utilization.value.endswith("%"))
    return page


def span(asked: Asked) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(asked.query["from"][0]), datetime.fromisoformat(asked.query["to"][0])


def test_it_shows_the_day_of_the_plant(qtbot: QtBot, open_page: Open, server: FakeServer) -> None:
    page = filled(qtbot, open_page(f"{ID}/2026-10-25"))
    assert page.title == "PRESS-01"
    start, end = span(server.asked_for(HISTORY)[0])
    assert start == datetime(2026, 10, 25, tzinfo=BERLIN)
    assert end - start == timedelta(hours=25)
    assert page.headline.utilization.toolTip().startswith("against clock time: nights and breaks count")


def test_the_table_shows_the_plants_clocks(qtbot: QtBot, open_page: Open, server: FakeServer) -> None:
    started = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    one = interval(1, S.FAULT, started, started + timedelta(minutes=5)).model_dump(mode="json")
    server.answer(HISTORY, {"items": [one], "next_cursor": None})
    page = open_page(f"{ID}/2026-10-25")
    server.answer(HISTORY, {"items": [one], "next_cursor": None})
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.total == 1)
    shown = [column.shown(page.table.model.row_at(0)) for column in page.table.model.columns[:4]]
    assert shown == ["Fault", "02:30:00 +01:00", "02:35:00 +01:00", "5:00"]
    assert page.table.model.columns[1].told(page.table.model.row_at(0)) == "2026-10-25 02:30:00 +01:00"


def test_of_rows_that_reach_past_the_day_the_part_within_is_shown_and_exported(
    qtbot: QtBot, open_page: Open, server: FakeServer, tmp_path: Path
) -> None:
    midnight = datetime(2026, 11, 10, tzinfo=BERLIN)
    rows = [
        interval(2, S.RUNNING, midnight + timedelta(hours=22), None),
        interval(1, S.FAULT, midnight - timedelta(minutes=1), midnight + timedelta(hours=22)),
    ]
    server.answer(HISTORY, {"items": [row.model_dump(mode="json") for row in rows], "next_cursor": None})
    page = open_page(f"{ID}/2026-11-10")
    server.answer(HISTORY, {"items": [row.model_dump(mode="json") for row in rows], "next_cursor": None})
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.total == 2)
    shown = [[column.shown(row) for column in page.table.model.columns[1:4]] for row in page.table.model.rows()]
    assert shown == [["22:00:00", "00:00:00 →", "2:00:00"], ["← 00:00:00", "22:00:00", "22:00:00"]]
    began = page.table.model.columns[1].told(rows[1])
    assert began == "Began 2026-11-09 23:59:00; time and parts of this row are those of the day"
    page.table.write(tmp_path / "day.csv")
    cells = [line.split(",") for line in (tmp_path / "day.csv").read_text("utf-8-sig").splitlines()]
    assert cells[2][1:4] == ["2026-11-10T00:00:00+01:00", "2026-11-10T22:00:00+01:00", "79200.0"]
    assert cells[1][2] == "2026-11-11T00:00:00+01:00"


def test_the_parts_of_the_open_row_follow_the_counter(qtbot: QtBot, open_page: Open, server: FakeServer) -> None:
    midnight = datetime(2026, 11, 10, tzinfo=BERLIN)
    shift = midnight + timedelta(hours=6)
    rows = [interval(2, S.RUNNING, shift, None), interval(1, S.FAULT, midnight, shift)]

    def history(asked: Asked) -> Answer:
        since, _ = span(asked)
        touching = [row for row in rows if row.ended_at is None or row.ended_at > since]
        return Answer({"items": [row.model_dump(mode="json") for row in touching], "next_cursor": None})

    server.answer_with(HISTORY, history)
    page = filled(qtbot, open_page(f"{ID}/2026-11-10"))
    assert page.table.model.rows() == rows
    rows[0] = rows[0].model_copy(update={"good": rows[0].good + 14})
    server.happen("machines.machine.counted", ID)
    qtbot.waitUntil(lambda: page.table.model.row_at(0).good == rows[0].good)
    assert page.table.model.rows() == rows
    assert span(server.asked_for(HISTORY)[-1])[0] == shift, "of the open row alone is read"


def test_the_open_row_lasts_until_now(qtbot: QtBot, open_page: Open) -> None:
    page = filled(qtbot, open_page(str(ID)))
    duration = page.table.model.columns[3]
    first = duration.shown(page.table.model.row_at(0))
    with qtbot.waitSignal(page.table.model.dataChanged):
        page._on_second()
    qtbot.waitUntil(lambda: duration.shown(page.table.model.row_at(0)) != first)


def test_the_totals_of_today_go_on_with_the_clock(qtbot: QtBot, open_page: Open) -> None:
    page = filled(qtbot, open_page(str(ID)))
    known = page.totals._found
    assert known is not None
    page._clock.now = lambda: known.to + timedelta(minutes=10)
    live = page._machine.live if page._machine else None
    assert live is not None
    page.headline.state.show_live(live.model_copy(update={"believed_until": known.to + timedelta(hours=1)}))
    page._on_second()
    told = page.day.legend.words
    before = sum(one.seconds for one in known.by_state if one.state is live.state)
    period = known.period_seconds + 600
    share = (before + 600) / period
    assert told[live.state].endswith(f"· {share * 100:.1f} %")
    producing = known.producing_seconds + (600 if live.state is S.RUNNING else 0)
    assert page.headline.utilization.value == f"{producing / period * 100:.1f} %"


def test_the_totals_of_a_day_that_is_over_stand(qtbot: QtBot, open_page: Open) -> None:
    page = filled(qtbot, open_page(f"{ID}/2026-10-25"))
    told = dict(page.day.legend.words)
    page.totals.tick()
    assert page.day.legend.words == told


def test_without_a_connection_nothing_is_shown_to_go_on(
    qtbot: QtBot, open_page: Open, desk: Desk, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = filled(qtbot, open_page(str(ID)))
    server.stream_status = 503
    server.cut_streams()
    qtbot.waitUntil(lambda: page.contact.as_of is not None)
    as_of = page.contact.as_of
    monkeypatch.setattr(desk.session.clock, "_pc", lambda: datetime.now(UTC).timestamp() + 3600)
    duration = page.table.model.columns[3].shown(page.table.model.row_at(0))
    page._on_second()
    assert page.day.timeline.now() == as_of
    assert page.table.model.columns[3].shown(page.table.model.row_at(0)) == duration
    (bar,) = page.findChildren(ContactBar)
    assert bar.isVisibleTo(page)
    server.stream_status = 200
    qtbot.waitUntil(lambda: page.contact.as_of is None)


def test_days_are_walked_up_to_today(qtbot: QtBot, open_page: Open, server: FakeServer) -> None:
    page = filled(qtbot, open_page(str(ID)))
    today = datetime.now(BERLIN).date()
    assert page.day.bar.day == today
    assert not page.day.bar.next.isEnabled()
    page.day.bar.go_back()
    qtbot.waitUntil(lambda: len(server.asked_for(HISTORY)) == 2)
    assert span(server.asked_for(HISTORY)[1])[0].astimezone(BERLIN).date() == today - timedelta(days=1)
    page.day.bar.go_to_today()
    assert page.day.bar.day == today


def test_an_answer_that_comes_late_is_not_taken_for_another_day(
    qtbot: QtBot, open_page: Open, server: FakeServer
) -> None:
    held = Event()
    page = filled(qtbot, open_page(f"{ID}/2026-11-10"))
    start = datetime(2026, 11, 9, 12, tzinfo=UTC)

    def answer(asked: Asked) -> Answer:
        late = span(asked)[0].astimezone(BERLIN).date() == date(2026, 11, 9)
        one = interval(1 if late else 2, S.FAULT, start, start + timedelta(hours=1)).model_dump(mode="json")
        return Answer({"items": [one], "next_cursor": None}, wait=held if late else None)

    server.answer_with(HISTORY, answer)
    page.day.bar.go_back()
    page.day.bar.go_back()
    qtbot.waitUntil(lambda: page.table.model.total == 1)
    shown = page.table.model.id_at(0)
    held.set()
    page.reload()
    qtbot.waitUntil(lambda: len(server.asked_for(HISTORY)) == 4)
    end_deletions()
    assert page.table.model.id_at(0) == shown


def test_table_and_timeline_choose_together(qtbot: QtBot, open_page: Open) -> None:
    page = filled(qtbot, open_page(f"{ID}/2026-11-10"))
    first, second = page.table.model.id_at(0), page.table.model.id_at(3)
    page.table.view.selectRow(3)
    assert page.day.timeline._chosen == {second}
    page.day.timeline.interval_chosen.emit(first)
    assert page.table.view.selected_ids() == [first]


def test_a_change_of_this_machine_is_read_again_and_of_another_is_not(
    qtbot: QtBot, open_page: Open, server: FakeServer
) -> None:
    page = filled(qtbot, open_page(str(ID)))
    server.happen("machines.machine.state_changed", machine_id(5))
    server.answer(f"GET /machines/{ID}", machine(0, live(0, S.FAULT, alarms=["Oil"])))
    server.happen("machines.machine.state_changed", ID)
    qtbot.waitUntil(lambda: "Fault" in page.headline.state.accessibleName())
    qtbot.waitUntil(lambda: len(server.asked_for(HISTORY)) == 2)


def test_zooming_in_asks_for_finer_counts(qtbot: QtBot, open_page: Open, server: FakeServer) -> None:
    page = filled(qtbot, open_page(f"{ID}/2026-11-10"))
    page.day.timeline.zoom(20, 600)
    route = f"GET /machines/{ID}/counts"
    qtbot.waitUntil(lambda: [asked.query["bucket"] for asked in server.asked_for(route)] == [["900"], ["60"]])


def test_a_press_on_the_legend_filters_the_table(qtbot: QtBot, open_page: Open) -> None:
    page = filled(qtbot, open_page(f"{ID}/2026-11-10"))
    page.day.legend.state_pressed.emit(S.FAULT)
    assert {row.state for row in page.table.model.rows()} == {S.FAULT}


def test_the_intervals_are_exported_with_the_plants_offset(qtbot: QtBot, open_page: Open, tmp_path: Path) -> None:
    page = filled(qtbot, open_page(f"{ID}/2026-07-01"))
    page.table.write(tmp_path / "day.csv")
    lines = (tmp_path / "day.csv").read_text("utf-8-sig").splitlines()
    assert len(lines) == page.table.model.total + 1
    assert all("+02:00" in line for line in lines[1:])


@pytest.mark.parametrize("width", [800, 1100])
def test_the_columns_fit_the_window(qtbot: QtBot, open_page: Open, width: int) -> None:
    page = filled(qtbot, open_page(f"{ID}/2026-11-10"))
    page.resize(width, 650)
    qtbot.waitUntil(lambda: page.table.view.viewport().width() < width)
    header = page.table.view.horizontalHeader()
    assert header.length() <= page.table.view.viewport().width()
    shown = [page.table.model.columns[place].key for place in page.table.view.shown_columns()]
    assert shown == [
        "state",
        "started_at",
        "ended_at",
        "duration",
        "given",
        "reason",
        "alarms",
        "good",
        "scrap",
        "stop_class",
    ]


def test_a_stop_without_a_given_reason_says_what_explains_it(qtbot: QtBot, open_page: Open) -> None:
    page = open_page(f"{ID}/2026-07-01")
    cell = {column.key: column for column in page.table.model.columns}
    start, end = datetime(2026, 7, 1, 8, tzinfo=UTC), datetime(2026, 7, 1, 9, tzinfo=UTC)
    blocked = interval(1, MachineState.BLOCKED, start, end)
    blocked = blocked.model_copy(update={"stop_class": StopClass.SPECIFIED, "reason": None, "alarms": ()})
    blocked = blocked.model_copy(update={"cause_source": CauseSource.INFERRED})
    told = {"reason": "Guard open", "alarms": ("Guard open",), "cause_source": CauseSource.ALARM}
    fault = blocked.model_copy(update=told)
    given = blocked.model_copy(update={"reason": "Jam", "cause_source": CauseSource.PERSON})
    seen = [(cell["reason"].value(one), cell["stop_class"].value(one)) for one in (blocked, fault, given)]
    assert seen == [(None, "by its state"), (None, "by its alarm"), ("Jam", "reason given")]


def test_ctrl_f_searches_the_intervals_from_wherever_the_keyboard_is(qtbot: QtBot, open_page: Open) -> None:
    page = filled(qtbot, open_page(f"{ID}/2026-07-01"))
    page.day.timeline.setFocus()
    QTest.keyClick(page.day.timeline, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.table.filter_bar.search.hasFocus()


def test_an_export_is_named_for_machine_and_day_and_can_be_opened(qtbot: QtBot, open_page: Open) -> None:
    page = filled(qtbot, open_page(f"{ID}/2026-07-01"))
    assert page.table.proposed_file(".xlsx").name == "PRESS-01 2026-07-01.xlsx"
    page.table.exported.emit(Path("/tmp/day.xlsx"))
    assert [offer.text for offer in page.desk.messages.history[-1].offers] == ["Open"]


def test_a_history_that_cant_be_read_is_told_in_the_table(qtbot: QtBot, open_page: Open, server: FakeServer) -> None:
    server.refuse(HISTORY, 503, "busy", "The database is starting.")
    page = open_page(str(ID))
    serve_machines(server, [machine(0)])
    server.refuse(HISTORY, 503, "busy", "The database is starting.")
    page.reload()
    qtbot.waitUntil(lambda: page.table.view.notice == "No rows could be read.")
    serve_machines(server, [machine(0)])
    page.table.retry_asked.emit()
    filled(qtbot, page)


@pytest.mark.parametrize("argument", ["", "gauge", f"{ID}/yesterday"])
def test_a_place_that_names_no_machine_says_so(qtbot: QtBot, open_page: Open, argument: str) -> None:
    page = open_page(argument)
    assert page._errors.isVisible()


def test_a_machine_that_is_not_there_is_told(qtbot: QtBot, open_page: Open) -> None:
    page = open_page(str(machine_id(99)))
    qtbot.waitUntil(page._errors.isVisible)
