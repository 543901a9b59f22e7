from collections.abc import Iterator
from uuid import UUID

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.stations.devices import device_rows
from unison_desktop.stations.enrolment import EnrolmentDialog
from unison_desktop.stations.page import StationsPage
from unison_domain.stations.contracts import DeviceAnswer, DeviceReport, TagProblem
from unison_domain.stations.events import DeviceState

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer

STATION, PRESS, MILL = UUID(int=300), UUID(int=301), UUID(int=302)


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> Iterator[StationsPage]:
    made = StationsPage(desk, Place("stations"))
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def dialog(qtbot: QtBot, desk: Desk) -> Iterator[EnrolmentDialog]:
    made = EnrolmentDialog(desk)
    made.show()
    yield made
    made.close()


def device(id_: UUID, name: str) -> DeviceAnswer:
    return DeviceAnswer(
        id=id_,
        version=1,
        station_id=STATION,
        name=name,
        host="10.0.0.5",
        is_active=True,
        created_at=samples.NOW,
        updated_at=samples.NOW,
    )


def bad_tag() -> DeviceReport:
    problem = TagProblem(tag_id=UUID(int=400), name="Good parts", message="Address 40 is not there", exception=2)
    return DeviceReport(device_id=PRESS, state=DeviceState.DEGRADED, tags=(problem,))


def column(page: StationsPage, key: str) -> list[str]:
    model = page._table.model
    declared = next(column for column in model.columns if column.key == key)
    return [declared.shown(row) for row in model.rows()]


def test_every_pc_is_listed_with_how_it_is(page: StationsPage) -> None:
    assert column(page, "name") == ["Line 1", "Line 2", "Packing"]
    assert column(page, "health") == ["Well", "Silent for 42 min", "Waiting for its PC"]
    assert column(page, "configuration") == ["3 / 3", "2 / 3", "- / 3"]
    assert "3 PCs, 1 to look after" in [label.text() for label in page.head.findChildren(QLabel)]


def test_devices_of_the_chosen_pc_are_told_down_to_the_tag(
    qtbot: QtBot, page: StationsPage, server: FakeServer
) -> None:
    agent = samples.agent(1)
    station = {
        "id": str(STATION),
        "version": 1,
        "plant_id": str(UUID(int=9)),
        "agent_id": str(agent.id),
        "code": "L1",
        "name": "Line 1 left",
        "is_active": True,
        "created_at": samples.NOW.isoformat(),
        "updated_at": samples.NOW.isoformat(),
    }
    server.answer("GET /stations", {"items": [station], "next_cursor": None})
    server.answer("GET /devices", [device(MILL, "Mill"), device(PRESS, "Press")])
    server.answer(f"GET /agents/{agent.id}/devices", [bad_tag()])
    page.reload()
    page._table.view.selectRow(0)
    table = page._device_table
    qtbot.waitUntil(lambda: [row.problem for row in table.model.rows()] == [*bad_tag().tags, None])
    first = table.model.rows()[0]
    shown = [column.shown(first) for column in table.model.columns]
    assert shown == ["Press", "Answers in part", "Good parts", "Address 40 is not there", "2", "10.0.0.5:502 #1"]


def test_reports_that_cannot_be_read_are_told_until_they_can(
    qtbot: QtBot, page: StationsPage, server: FakeServer
) -> None:
    route = f"GET /agents/{samples.agent(1).id}/devices"
    server.refuse(route, 503, "unavailable", "The database is starting.")
    page._table.view.selectRow(0)
    qtbot.waitUntil(page._errors.isVisible)
    server.answer(route, [])
    page.reload()
    qtbot.waitUntil(page._errors.isHidden)


def test_a_pc_gets_another_code(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    route = f"POST /agents/{samples.agent(1).id}/code"
    server.answer(route, samples.enrolment(minutes=23 * 60 + 30))
    dialog = EnrolmentDialog(desk, samples.agent(1))
    with qtbot.waitSignal(dialog.made):
        dialog.make()
    assert len(server.asked_for(route)) == 1
    assert dialog.expiry.text() == "Valid for 23 h 29 min"
    dialog.close()


def test_those_that_do_not_answer_come_first() -> None:
    offline = DeviceReport(device_id=MILL, state=DeviceState.OFFLINE, message="No route to 10.0.0.5")
    rows = device_rows([device(PRESS, "Press"), device(MILL, "Mill")], [bad_tag(), offline])
    assert [row.device.name for row in rows] == ["Mill", "Press"]


def test_a_code_is_made_shown_and_copied(qtbot: QtBot, dialog: EnrolmentDialog, server: FakeServer) -> None:
    dialog.name.setText(" Line 4 ")
    with qtbot.waitSignal(dialog.made):
        dialog.make()
    assert server.asked_for("POST /agents")[0].body == {"name": "Line 4"}
    assert dialog.code.text() == "DEMO-7K4Q-9XWM-2HTP"
    assert dialog.expiry.text().startswith("Valid for 14:5")
    assert dialog.command.text() == f"unison-station enrol --server {server.url} --code DEMO-7K4Q-9XWM-2HTP"
    dialog.copy_code()
    assert QGuiApplication.clipboard().text() == "DEMO-7K4Q-9XWM-2HTP"
    dialog.copy_command()
    assert QGuiApplication.clipboard().text() == dialog.command.text()


def test_an_expired_code_can_no_longer_be_copied(qtbot: QtBot, dialog: EnrolmentDialog, server: FakeServer) -> None:
    server.answer("POST /agents", samples.enrolment(minutes=-1))
    dialog.name.setText("Line 4")
    with qtbot.waitSignal(dialog.made):
        dialog.make()
    assert "expired" in dialog.expiry.text()
    assert not dialog._copy_code.isEnabled()


def test_without_a_name_nothing_is_asked(dialog: EnrolmentDialog, server: FakeServer) -> None:
    dialog.make()
    assert dialog._error.isVisible()
    assert server.asked_for("POST /agents") == []


def test_a_repeated_try_after_a_break_is_the_same_request(
    qtbot: QtBot, dialog: EnrolmentDialog, server: FakeServer
) -> None:
    server.refuse("POST /agents", 503, "unavailable", "Starting.")
    dialog.name.setText("Line 4")
    dialog.make()
    qtbot.waitUntil(lambda: dialog._error.text() == "Starting.")
    server.answer("POST /agents", samples.enrolment())
    with qtbot.waitSignal(dialog.made):
        dialog.make()
    keys = [asked.headers["idempotency-key"] for asked in server.asked_for("POST /agents")]
    assert keys[0] == keys[1]
