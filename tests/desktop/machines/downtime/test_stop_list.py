"""What a newcomer stumbled over: order, rows that move, reasons that are missing, clocks that differ."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton, QTreeWidgetItem
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.window import MainWindow
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.machines.downtime.page import DowntimePage
from unison_desktop.machines.downtime.picker import ReasonPicker
from unison_desktop.machines.downtime.split_dialog import SplitDialog
from unison_desktop.machines.downtime.totals_page import TotalsPage
from unison_domain.machines.contracts import CauseSource, StopClass
from unison_domain.machines.downtime_contracts import DowntimeEvent, DowntimeSplit

from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.downtime.samples import FIRST, REASONS, SECOND, THIRD, event, serve_downtime
from tests.desktop.machines.downtime.test_taking_back import give
from tests.desktop.machines.samples import plant

NEW = THIRD.model_copy(update={"id": UUID(int=77), "started_at": THIRD.started_at + timedelta(minutes=1)})
QUEUE = "GET /downtime-events/unassigned"


def ids(page: DowntimePage) -> list[UUID]:
    return [event.id for event in page.table.model.rows()]


def move_mouse(page: DowntimePage, to: QEvent.Type) -> None:
    QApplication.sendEvent(page.table.view.viewport(), QEvent(to))


def test_a_class_that_only_the_state_tells_is_no_reason_that_was_given(page: DowntimePage) -> None:
    (stop,) = (column for column in page.table.model.columns if column.key == "stop")
    said = [
        event(1, stop_class=StopClass.SPECIFIED, cause_source=source)
        for source in (CauseSource.INFERRED, CauseSource.ALARM, CauseSource.PERSON)
    ]
    assert [stop.shown(one) for one in said] == ["by its state", "by its alarm", "reason given"]


def test_stops_stand_in_order_of_time(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    serve_downtime(server, [], [FIRST, THIRD, SECOND])
    page.tabs.setCurrentIndex(1)
    newest_first = sorted((FIRST, SECOND, THIRD), key=lambda one: one.started_at, reverse=True)
    qtbot.waitUntil(lambda: ids(page) == [one.id for one in newest_first])


def test_new_stops_that_came_under_the_mouse_wait_until_they_are_asked_for(
    qtbot: QtBot, page: DowntimePage, server: FakeServer
) -> None:
    before = ids(page)
    later = NEW.model_copy(update={"id": UUID(int=78)})
    page.table.view.selectRow(0)
    serve_downtime(server, [FIRST, SECOND, THIRD, NEW], [])
    move_mouse(page, QEvent.Type.Enter)
    server.happen("machines.downtime.assigned", FIRST.machine_id)
    qtbot.waitUntil(lambda: page.stops.fresh.text() == "1 new stop: show it" and page.stops.fresh.isVisible())
    assert ids(page) == before
    move_mouse(page, QEvent.Type.Leave)
    QTest.keyClicks(page.panel.picker.line, "33")
    (cross,) = page.panel.picker.line.findChildren(QToolButton)
    cross.click()
    assert (page.panel.picker.line.text(), ids(page)) == ("", before)
    serve_downtime(server, [FIRST, SECOND, THIRD, NEW, later], [])
    server.happen("machines.downtime.assigned", FIRST.machine_id)
    qtbot.waitUntil(lambda: page.stops.fresh.text() == "2 new stops: show them")
    assert ids(page) == before
    page.stops.fresh.click()
    assert ids(page) == [*before, NEW.id, later.id]
    assert page.stops.fresh.isHidden()


def test_new_stops_come_by_themselves_where_no_mouse_is(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    before = ids(page)
    serve_downtime(server, [FIRST, SECOND, THIRD, NEW], [])
    server.happen("machines.downtime.assigned", FIRST.machine_id)
    qtbot.waitUntil(lambda: ids(page) == [*before, NEW.id])
    assert page.stops.fresh.isHidden()


def test_what_one_takes_back_oneself_is_shown_at_once_under_the_mouse_too(
    qtbot: QtBot, page: DowntimePage, server: FakeServer
) -> None:
    before = ids(page)
    give(qtbot, page, server, FIRST, 111, 1)
    qtbot.waitUntil(lambda: bool(page.stops._known))
    move_mouse(page, QEvent.Type.Enter)
    serve_downtime(server, [FIRST, SECOND, THIRD, NEW], [])
    server.answer(f"POST /downtime-events/{FIRST.id}/undo", FIRST)
    page.stop_actions.undo()
    qtbot.waitUntil(lambda: ids(page) == [*before, NEW.id])
    assert page.stops.fresh.isHidden()


def test_missing_reasons_are_said_and_loaded_beside_the_stop(
    qtbot: QtBot, page: DowntimePage, server: FakeServer
) -> None:
    assert page.panel.load_button.isHidden()
    server.answer("GET /downtime-reasons", [])
    page.reload()
    qtbot.waitUntil(page.panel.load_button.isVisible)
    server.answer("POST /downtime-reasons/defaults", list(REASONS), status=201)
    server.answer("GET /downtime-reasons", list(REASONS))
    page.panel.load_button.click()
    qtbot.waitUntil(page.panel.load_button.isHidden)
    assert page.book.reasons
    assert page.chosen == []
    qtbot.waitUntil(lambda: page.panel.picker.tree.topLevelItemCount() > 0)


def first_reason(picker: ReasonPicker) -> QTreeWidgetItem:
    heading = picker.tree.topLevelItem(0)
    assert heading is not None
    assert heading.isDisabled() is not picker.line.isEnabled()
    reason = heading.child(0)
    assert reason is not None
    return reason


def test_without_a_stop_the_reasons_are_there_to_read_and_none_is_given(qtbot: QtBot, page: DowntimePage) -> None:
    picker = page.panel.picker
    assert page.chosen == []
    qtbot.waitUntil(lambda: picker.tree.topLevelItemCount() > 0)
    assert not picker.line.isEnabled()
    assert picker.tree.isEnabled()  # its bar scrolls
    reason = first_reason(picker)
    assert reason.isDisabled()
    place = picker.tree.visualItemRect(reason).center()
    QTest.mouseClick(picker.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.keyClick(picker.tree, Qt.Key.Key_Return)
    assert picker.chosen is None
    page.table.view.selectRow(0)
    assert picker.line.isEnabled()
    assert not first_reason(picker).isDisabled()


def test_a_miss_says_what_was_typed(page: DowntimePage) -> None:
    page.table.view.selectRow(0)
    picker = page.panel.picker
    picker.line.setText("zzz")
    assert picker.nothing.text() == "Nothing matches “zzz”."
    assert picker.nothing.isVisible()
    picker.line.setText("elec")
    assert picker.nothing.isHidden()


def test_the_page_shows_the_plants_clock_and_its_messages_do(
    qtbot: QtBot, page: DowntimePage, server: FakeServer
) -> None:
    server.answer("GET /plants", [plant(FIRST.plant_id, "Asia/Kolkata")])
    page.reload()
    qtbot.waitUntil(lambda: page.head.zone == ZoneInfo("Asia/Kolkata"))
    assert page.contact.zone == page.head.zone
    started = next(one for one in page.table.model.columns if one.key == "started_at")
    local = FIRST.started_at.astimezone(ZoneInfo("Asia/Kolkata"))
    assert started.shown(FIRST) == f"{local:%m-%d %H:%M:%S}"
    assert started.told(FIRST).endswith("UTC+05:30")


def test_an_empty_list_keeps_the_clock_of_the_plants(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    server.answer("GET /plants", [plant(FIRST.plant_id, "Asia/Kolkata")])
    page.reload()
    qtbot.waitUntil(lambda: page.head.zone == ZoneInfo("Asia/Kolkata"))
    server.answer(QUEUE, [])
    page.reload()
    qtbot.waitUntil(lambda: ids(page) == [])
    assert page.head.zone == page.book.clock == ZoneInfo("Asia/Kolkata")
    page.book.know_plants([plant(FIRST.plant_id, "Asia/Kolkata"), plant(UUID(int=4711), "America/New_York")])
    assert page.book.clock_of([]) is None
    assert page.book.clock_of([FIRST]) == ZoneInfo("Asia/Kolkata")


def test_what_is_said_on_a_page_is_told_by_its_clock(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> None:
    serve_downtime(server, [FIRST], [])
    server.answer("GET /plants", [plant(FIRST.plant_id, "Asia/Kolkata")])
    window = MainWindow(shop_desk)
    window.show()
    window.go(Place("downtime"))
    qtbot.waitUntil(lambda: shop_desk.messages.zone == ZoneInfo("Asia/Kolkata"))
    shop_desk.messages.say("Kept.")
    assert zoned_text(shop_desk.messages.history[-1].at, "%H:%M").endswith("UTC+05:30")
    window.go(Place("stations"))
    assert shop_desk.messages.zone is None
    window.close()
    window.deleteLater()


def test_what_was_merged_stays_chosen(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    merged = FIRST.model_copy(update={"id": UUID(int=78), "version": 3})
    server.answer(f"POST /downtime-events/{FIRST.id}/merge", merged)
    server.answer(f"GET /downtime-events/{merged.id}/changes", [])
    page.editing.merge(FIRST, SECOND)
    qtbot.waitUntil(lambda: [one.id for one in page.chosen] == [merged.id])


def test_the_scope_goes_along_to_the_totals(qtbot: QtBot, page: DowntimePage, shop_desk: Desk) -> None:
    totals = TotalsPage(shop_desk, Place("downtime-totals"))
    now = shop_desk.session.clock.now()
    assert totals.scope.query(now) == page.scope.query(now)
    page.scope.period.choice.setCurrentIndex(0)
    page.scope.period.choice.activated.emit(0)
    totals.take_keyboard(Qt.FocusReason.OtherFocusReason)
    assert totals.scope.query(now) == page.scope.query(now)
    assert totals.scope.words()[0].endswith("Last 8 hours")
    totals.deleteLater()


def test_a_plant_that_is_gone_is_not_looked_at_any_more(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> None:
    shop_desk.layout.save_text("downtime.scope", f'{{"plant_id": "{UUID(int=4)}"}}')
    page = DowntimePage(shop_desk, Place("downtime"))
    page.show()
    page.reload()
    qtbot.waitUntil(lambda: bool(server.asked_for(QUEUE)) and "plant_id" not in server.asked_for(QUEUE)[-1].query)
    assert page.scope.words()[0].startswith("All plants")
    page.deleteLater()


def test_a_split_adds_up_and_is_saved_as_forms_are(qtbot: QtBot, page: DowntimePage, shop_desk: Desk) -> None:
    start = FIRST.started_at.replace(microsecond=400_000)
    stop = FIRST.model_copy(update={"started_at": start, "ended_at": start + timedelta(seconds=35, milliseconds=400)})
    dialog = SplitDialog(shop_desk, page.book, stop, page)
    dialog.show()
    assert dialog._span.text() == "0:18 before, 0:17 after"
    told: list[tuple[DowntimeEvent, DowntimeSplit]] = []
    dialog.confirmed.connect(lambda event, body: told.append((event, body)))
    qtbot.waitUntil(dialog.line.hasFocus)
    QTest.keyClick(dialog.line, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert [body.at - start for _event, body in told] == [timedelta(seconds=18)]


@pytest.mark.parametrize(("later", "utc", "shown"), [(0, 0, "02:30:00 +02:00"), (1, 1, "02:30:00 +01:00")])
def test_of_a_time_that_clocks_showed_twice_the_person_says_which(
    qtbot: QtBot, page: DowntimePage, shop_desk: Desk, later: int, utc: int, shown: str
) -> None:
    night = datetime(2026, 10, 24, 23, tzinfo=UTC)
    stop = FIRST.model_copy(update={"started_at": night, "ended_at": night + timedelta(hours=4)})
    dialog = SplitDialog(shop_desk, page.book, stop, page)
    dialog._zone = ZoneInfo("Europe/Berlin")
    dialog.show()
    told: list[DowntimeSplit] = []
    dialog.confirmed.connect(lambda _event, body: told.append(body))
    qtbot.waitUntil(dialog.line.hasFocus)
    dialog.line.selectAll()
    QTest.keyClicks(dialog.line, "2:30")
    assert dialog.which.isVisible()
    QTest.keyClick(dialog.line, Qt.Key.Key_Return)
    assert told == [], "none of the two is taken for the other"
    assert dialog.which.buttons[0].hasFocus()
    dialog.which.buttons[later].setFocus()
    QTest.keyClick(dialog.which.buttons[later], Qt.Key.Key_Return)
    assert (dialog.line.text(), dialog.which.isVisible(), told) == (shown, False, [])
    QTest.keyClick(dialog.line, Qt.Key.Key_Return)
    assert [body.at for body in told] == [datetime(2026, 10, 25, utc, 30, tzinfo=UTC)]
