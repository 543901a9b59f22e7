from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.colours import DARK, LIGHT
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.identity.session import Session
from unison_desktop.machines.day_stops import DayStops
from unison_desktop.machines.downtime.class_looks import CLASS_LOOKS
from unison_desktop.machines.downtime.page import DowntimePage
from unison_desktop.machines.page import MachinePage
from unison_desktop.stations.pictures.wanted import Wanted
from unison_domain.machines.contracts import CauseSource, MachineState, StopClass
from unison_domain.machines.downtime_contracts import DowntimeCategory, DowntimeEvent

from tests.desktop import samples as people
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.downtime.samples import NOW, RIGHTS, event, said, serve_downtime
from tests.desktop.machines.samples import interval, machine, machine_id, serve_machines
from tests.desktop.signing_in import sign_in_with

ID = machine_id(0)
HISTORY = f"GET /machines/{ID}/history"
STOPS = "GET /downtime-events"
DAY = NOW.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def stop(number: int, hour: float, hours: float = 1.0, **changes: object) -> DowntimeEvent:
    start = DAY + timedelta(hours=hour)
    return event(number * 6, started_at=start, ended_at=start + timedelta(hours=hours), **changes)


RAN = interval(1, MachineState.RUNNING, DAY + timedelta(hours=6), DAY + timedelta(hours=8))
STOOD = interval(2, MachineState.STOPPED, DAY + timedelta(hours=8), DAY + timedelta(hours=10))
FAULT = interval(3, MachineState.FAULT, DAY + timedelta(hours=10), DAY + timedelta(hours=11))
FIRST, SECOND, ALARM = (
    said(stop(1, 8), 111),
    said(stop(2, 9), 200),
    stop(3, 10, cause_source=CauseSource.ALARM, stop_class=StopClass.SPECIFIED, downtime_reason_id=UUID(int=120)),
)


@pytest.fixture
def signed_in(qtbot: QtBot, session: Session, server: FakeServer) -> Session:
    """Somebody who may read and give reasons."""
    return sign_in_with(qtbot, session, server, RIGHTS)


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[MachinePage]:
    serve_machines(server, [machine(0)])
    serve_downtime(server, [], [FIRST, SECOND, ALARM])
    server.answer(HISTORY, [FAULT, STOOD, RAN])
    made = MachinePage(desk, Place("machine", f"{ID}/{DAY.date().isoformat()}"))
    made.resize(1300, 900)
    made.show()
    made.load()
    qtbot.waitUntil(lambda: made.table.model.total == 3 and len(made.stops.given()) == 2)
    yield made
    made.close()
    made.deleteLater()


def shown(page: MachinePage, key: str) -> list[str]:
    column = next(column for column in page.table.model.columns if column.key == key)
    return [column.shown(row) for row in page.table.model.rows()]


def test_reasons_stand_beside_the_states_and_what_alarms_say_apart(page: MachinePage) -> None:
    assert shown(page, "given") == ["", "111 Spindle bearing (Failure); 200 Setup", ""]
    assert shown(page, "alarms")[0] == "Guard door open"
    assert shown(page, "stop_class") == ["by its alarm", "reason given", ""]
    icon = next(column.icon for column in page.table.model.columns if column.key == "given")
    assert icon is not None
    assert [icon(row).isNull() for row in page.table.model.rows()] == [True, False, True]


def test_a_reason_given_elsewhere_is_seen_at_once(qtbot: QtBot, page: MachinePage, server: FakeServer) -> None:
    serve_downtime(server, [], [said(FIRST, 810)])
    asked = len(server.asked_for(HISTORY))
    server.happen("machines.downtime.assigned", machine_id(5))
    server.happen("machines.downtime.assigned", ID)
    qtbot.waitUntil(lambda: shown(page, "given")[1] == "810 Break (Planned)")
    assert len(server.asked_for(HISTORY)) == asked, "its states did not change"


def test_f2_opens_the_stop_that_is_meant(qtbot: QtBot, page: MachinePage) -> None:
    page.table.view.select_ids([FAULT.id])
    with qtbot.waitSignal(page.go) as gone:
        next(command for command in page.commands if command.id == "machine.stops").trigger()
    assert gone.args == [Place("downtime", f"{ID}/{ALARM.id}")]
    page.table.view.select_ids([RAN.id])
    with qtbot.waitSignal(page.go) as gone:
        next(command for command in page.commands if command.id == "machine.stops").trigger()
    assert gone.args == [Place("downtime", str(ID))]


def test_f6_leads_to_the_pictures_around_what_is_chosen_or_of_the_day(qtbot: QtBot, page: MachinePage) -> None:
    page.table.view.select_ids([FAULT.id])
    with qtbot.waitSignal(page.go) as gone:
        page._see_pictures()
    around = timedelta(seconds=125)
    told = FAULT.started_at + timedelta(minutes=5)
    assert gone.args == [Place("pictures", str(Wanted(ID, FAULT.started_at - around, told + around)))]
    page.table.view.select_ids([])
    with qtbot.waitSignal(page.go) as gone:
        page._see_pictures()
    (place,) = gone.args
    wanted = Wanted.parse(place.argument)
    assert wanted.begins is not None
    assert wanted.begins <= FAULT.started_at
    assert wanted.ends == wanted.begins + timedelta(days=1)


def test_the_band_is_walked_by_keys_and_marks_the_states_of_a_reason(qtbot: QtBot, page: MachinePage) -> None:
    band = page.day.reasons
    page.axis.fit()
    QTest.keyClick(band, Qt.Key.Key_Right)
    assert band.current == FIRST
    assert band.accessibleDescription().startswith("111 Spindle bearing (Failure): From ")
    assert page.table.view.selected_ids() == [STOOD.id]
    QTest.keyClick(band, Qt.Key.Key_Right)
    with qtbot.waitSignal(band.opened) as opened:
        QTest.keyClick(band, Qt.Key.Key_Return)
    assert opened.args == [SECOND]
    box = band.box_of(FIRST)
    assert box is not None
    band.clicked_at(box.center())
    assert band.current == FIRST
    band.clicked_at(QPointF(box.left() - 40, box.center().y()))
    assert band.current is None


def test_the_stop_is_there_with_the_keyboard_at_its_reason(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    serve_machines(server, [machine(0)])
    serve_downtime(server, [], [])
    server.answer(f"GET /downtime-events/{FIRST.id}", FIRST)
    server.answer(f"GET /downtime-events/{FIRST.id}/changes", [])
    page = DowntimePage(desk, Place("downtime", f"{ID}/{FIRST.id}"))
    page.show()
    page.reload()
    qtbot.waitUntil(lambda: page.chosen == [FIRST])
    qtbot.waitUntil(lambda: bool(server.asked_for(STOPS)))
    assert server.asked_for(STOPS)[0].query["machine_id"] == [str(ID)]
    qtbot.waitUntil(lambda: page.panel.picker.line.isEnabled())
    page.deleteLater()


def test_every_class_has_a_look_of_its_own() -> None:
    assert set(CLASS_LOOKS) == {*DowntimeCategory, None}
    assert len(set(CLASS_LOOKS.values())) == len(CLASS_LOOKS)
    for colours in (LIGHT, DARK):
        assert {tone for tone, _mark in CLASS_LOOKS.values()} <= set(colours.tones)


@pytest.mark.parametrize("offset", [0, 30, 59, 60, 61, 90, 119, 120])
def test_stops_of_an_interval_are_those_with_time_in_common(desk: Desk, offset: int) -> None:
    stops = DayStops(desk.theme)
    stops.know([SECOND, FIRST])
    start = DAY + timedelta(hours=8, minutes=offset)
    one = interval(9, MachineState.STOPPED, start, start + timedelta(minutes=10))
    assert one.ended_at is not None
    wanted = [e for e in (FIRST, SECOND) if e.started_at < one.ended_at and (e.ended_at or NOW) > one.started_at]
    assert stops.of(one) == wanted


def test_who_may_not_see_reasons_is_told_so_in_their_place(
    qtbot: QtBot, desk: Desk, session: Session, server: FakeServer
) -> None:
    server.answer("GET /auth/me", people.me(permissions=["machines.machine.read"]))
    with qtbot.waitSignal(session.signed_in):
        session.sign_in(server.url, "DEMO", "paula", "secret", keep=False)
    qtbot.waitUntil(lambda: session.is_online)
    serve_machines(server, [machine(0)])
    server.answer(HISTORY, [FAULT, STOOD, RAN])
    page = MachinePage(desk, Place("machine", f"{ID}/{DAY.date().isoformat()}"))
    page.show()
    page.load()
    qtbot.waitUntil(lambda: page.table.model.total == 3)
    band = page.day.reasons
    lacks = "You may not do this: it needs the right “see downtime” (machines.downtime.read)."
    assert (band.isVisible(), band.isEnabled(), band.toolTip()) == (True, False, lacks)
    page.close()
    page.deleteLater()
