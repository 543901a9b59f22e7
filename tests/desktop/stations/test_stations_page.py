import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from shiboken6 import isValid
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Theme
from unison_desktop.stations.devices import device_columns, device_rows
from unison_desktop.stations.enrolment import EnrolmentDialog, is_only_here
from unison_desktop.stations.page import StationsPage
from unison_desktop.stations.renaming import AgentDialog
from unison_desktop.stations.revoking import RevokeQuestion
from unison_domain.stations.contracts import (
    AgentAnswer,
    AgentEventAnswer,
    AgentState,
    Decision,
    DeviceAnswer,
    DeviceReport,
    QuarantinedAnswer,
    TagProblem,
)
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
    if isValid(made):
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


def station(agent: AgentAnswer) -> dict[str, object]:
    return {
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
    assert column(page, "configuration") == ["current", "an older one", "none yet"]
    assert "3 PCs, 1 to look after" in [label.text() for label in page.head.findChildren(QLabel)]


def test_devices_of_the_chosen_pc_are_told_down_to_the_tag(
    qtbot: QtBot, page: StationsPage, server: FakeServer
) -> None:
    agent = samples.agent(1)
    server.answer("GET /stations", {"items": [station(agent)], "next_cursor": None})
    server.answer("GET /devices", [device(MILL, "Mill"), device(PRESS, "Press")])
    server.answer(f"GET /agents/{agent.id}/devices", [bad_tag()])
    page.reload()
    page._table.view.selectRow(0)
    table = page._panel.devices
    qtbot.waitUntil(lambda: [row.problem for row in table.model.rows()] == [*bad_tag().tags, None])
    first = table.model.rows()[0]
    shown = [column.shown(first) for column in table.model.columns]
    assert shown == [
        "Press",
        "Answers in part",
        "Good parts",
        "Address 40 is not there",
        "2",
        "Modbus TCP",
        "10.0.0.5:502 #1",
    ]


def test_reports_that_cannot_be_read_are_told_until_they_can(
    qtbot: QtBot, page: StationsPage, server: FakeServer
) -> None:
    route = f"GET /agents/{samples.agent(1).id}/devices"
    server.refuse(route, 503, "unavailable", "The database is starting.")
    page._table.view.selectRow(0)
    table = page._panel.devices
    qtbot.waitUntil(lambda: table._error.isVisible())
    page._show()
    assert table._error.isVisible()
    server.answer(route, [])
    table.retry_asked.emit()
    qtbot.waitUntil(lambda: table._error.isHidden())


def event(number: int, kind: str, **body: object) -> AgentEventAnswer:
    return AgentEventAnswer(
        id=UUID(int=600 + number), epoch=UUID(int=1), seq=number, kind=kind, at=samples.NOW, body=dict(body)
    )


def test_what_happened_to_a_pc_is_told_in_words(qtbot: QtBot, page: StationsPage, server: FakeServer) -> None:
    events = [
        event(6, "gap", reason="buffer_full", lost={"sample": 120}),
        event(5, "clock_stepped", delta_seconds=-3.5),
        event(4, "device_changed", device_id=str(MILL), state="offline", message="No route to 10.0.0.5"),
        event(3, "agent_started", version="0.1.0", boot_id="b", clean_stop=False),
        event(2, "moved", to="hall 2"),
        event(1, "gap", why="a form of a later version"),
    ]
    server.answer(f"GET /agents/{samples.agent(1).id}/events", events)
    page._table.view.selectRow(0)
    page._panel.tabs.setCurrentIndex(2)
    table = page._panel.happened
    qtbot.waitUntil(lambda: table.model.total == len(events))
    shown = [[column.shown(row) for column in table.model.columns[1:]] for row in table.model.rows()]
    assert shown == [
        ["Events lost", "the PC's buffer was full; 120 × sample"],  # noqa: RUF001
        ["Clock jumped", "back by 3.5 s"],
        ["Device does not answer", f"{MILL}: No route to 10.0.0.5"],
        ["Started after a hard end", "version 0.1.0"],
        ["moved", '{"to": "hall 2"}'],
        ["gap", '{"why": "a form of a later version"}'],
    ]


def test_what_was_set_aside_is_told_with_its_reason(qtbot: QtBot, page: StationsPage, server: FakeServer) -> None:
    one = QuarantinedAnswer(
        id=UUID(int=700),
        epoch=UUID(int=1),
        seq=12,
        kind="counted",
        code="tag_unknown",
        message="There is no tag 5",
        rejected=True,
        raw="{}",
        received_at=samples.NOW,
        decision=Decision.DISCARDED,
        decided_by_name="Paula Weber",
    )
    server.answer(f"GET /agents/{samples.agent(1).id}/quarantine", [one])
    server.answer("GET /agents", [samples.agent(1, dead_letters=3)])
    page.reload()
    page._table.view.selectRow(0)
    page._panel.tabs.setCurrentIndex(3)
    qtbot.waitUntil(lambda: page._panel.set_aside.model.total == 1)
    qtbot.waitUntil(lambda: column(page, "health") == ["3 events set aside"])
    assert page._panel.tabs.tabText(4) == "Refused events (3)"
    shown = [column.shown(one) for column in page._panel.set_aside.model.columns[1:6]]
    assert shown == ["counted", "There is no tag 5", "discarded", "Paula Weber", "kept too"]


@pytest.mark.parametrize("tab", [1, 2, 3])
def test_a_server_that_does_not_tell_events_is_no_error(qtbot: QtBot, page: StationsPage, tab: int) -> None:
    page._table.view.selectRow(0)
    page._panel.tabs.setCurrentIndex(tab)
    table = (page._panel.devices, page._panel.signals, page._panel.happened, page._panel.set_aside)[tab]
    qtbot.waitUntil(lambda: table.view.notice == "This server does not tell it.")
    assert table._error.isHidden()


def test_an_answer_about_another_pc_that_comes_late_is_not_shown(
    qtbot: QtBot, page: StationsPage, server: FakeServer
) -> None:
    held = threading.Event()
    first, second = (f"GET /agents/{samples.agent(n).id}/events" for n in (1, 2))
    server.answer(first, [event(1, "gap", reason="buffer_full", lost={})], wait=held)
    server.answer(second, [event(n, "clock_stepped", delta_seconds=n) for n in (2, 3)])
    page._panel.tabs.setCurrentIndex(2)
    page._table.view.selectRow(0)
    qtbot.waitUntil(lambda: len(server.asked_for(first)) == 1)
    page._table.view.selectRow(1)
    held.set()
    qtbot.waitUntil(lambda: page._panel.happened.model.total == 2)
    assert {row.what for row in page._panel.happened.model.rows()} == {"Clock jumped"}


@pytest.fixture
def revoke(page: StationsPage, server: FakeServer, desk: Desk) -> Callable[[], RevokeQuestion]:
    """The question about the first PC, for somebody who may revoke it."""

    def ask() -> RevokeQuestion:
        page._table.view.selectRow(0)
        command(page, "agent.revoke").trigger()
        found = page.findChildren(RevokeQuestion)
        assert len(found) == 1
        return found[0]

    rights = [*samples.me().permissions, "stations.agent.update"]
    desk.session.me = samples.me(permissions=rights)
    page._guard()
    return ask


def command(page: StationsPage, id_: str) -> Command:
    return next(command for command in page.commands if command.id == id_)


def test_a_pc_is_revoked_as_it_was_seen_after_a_question(
    qtbot: QtBot, page: StationsPage, server: FakeServer, revoke: Callable[[], RevokeQuestion]
) -> None:
    route = f"POST /agents/{samples.agent(1).id}/revoke"
    gone = samples.agent(1, version=2, state=AgentState.REVOKED)
    server.answer(route, gone)
    server.answer("GET /agents", [gone])
    revoke().yes.click()
    qtbot.waitUntil(lambda: column(page, "health") == ["Revoked"])
    assert [asked.headers["if-match"] for asked in server.asked_for(route)] == ['"1"']


def test_a_pc_is_kept_when_the_question_is_left(
    page: StationsPage, server: FakeServer, revoke: Callable[[], RevokeQuestion]
) -> None:
    question = revoke()
    QTest.keyClick(question, Qt.Key.Key_Return)
    assert question.isHidden()
    assert not [asked for asked in server.asked if asked.path.endswith("/revoke")]


def test_a_clash_is_told_and_read_again(
    qtbot: QtBot, page: StationsPage, server: FakeServer, desk: Desk, revoke: Callable[[], RevokeQuestion]
) -> None:
    server.refuse(f"POST /agents/{samples.agent(1).id}/revoke", 409, "version_clash", "Somebody changed it.")
    server.answer("GET /agents", [samples.agent(1, version=2, name="Line 1 left")])
    revoke().yes.click()
    qtbot.waitUntil(lambda: column(page, "name") == ["Line 1 left"])
    assert desk.messages.history[-1].text == "Somebody changed it."


def test_a_pc_is_given_another_name_and_a_note(
    qtbot: QtBot, page: StationsPage, server: FakeServer, revoke: Callable[[], RevokeQuestion]
) -> None:
    route = f"PATCH /agents/{samples.agent(1).id}"
    renamed = samples.agent(1, version=2, name="Press shop", note="behind press 4")
    server.answer(route, renamed)
    server.answer("GET /agents", [renamed])
    page._table.view.selectRow(0)
    command(page, "agent.edit").setEnabled(True)
    command(page, "agent.edit").trigger()
    (dialog,) = page.findChildren(AgentDialog)
    dialog.form.editor("name").set_value("Press shop")
    dialog.form.editor("note").set_value("behind press 4")
    dialog.save()
    qtbot.waitUntil(lambda: column(page, "name") == ["Press shop"])
    (asked,) = server.asked_for(route)
    assert asked.body == {"name": "Press shop", "note": "behind press 4"}
    assert asked.headers["if-match"] == '"1"'
    assert column(page, "note") == ["behind press 4"]


def test_when_its_certificate_ends_is_seen_of_each_pc(qtbot: QtBot, page: StationsPage, server: FakeServer) -> None:
    ends = samples.NOW + timedelta(days=12)
    server.answer("GET /agents", [samples.agent(1, certificate_ends_at=ends)])
    page.reload()
    qtbot.waitUntil(lambda: column(page, "certificate") == [f"{ends.astimezone():%Y-%m-%d}"])


def test_without_the_right_revoking_is_disabled_and_says_why(page: StationsPage) -> None:
    revoking = command(page, "agent.revoke")
    assert not revoking.isEnabled()
    assert "stations.agent.update" in revoking.toolTip()


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


def test_what_a_silent_pc_said_of_its_devices_is_told_as_past(
    qtbot: QtBot, page: StationsPage, server: FakeServer
) -> None:
    silent = samples.agent(1, last_seen_at=samples.NOW - timedelta(minutes=11))
    online = DeviceReport(device_id=MILL, state=DeviceState.ONLINE, message=None)
    server.answer("GET /agents", [silent])
    server.answer("GET /devices", [device(MILL, "Mill")])
    server.answer("GET /stations", {"items": [station(silent)], "next_cursor": None})
    server.answer(f"GET /agents/{silent.id}/devices", [online])
    page.reload()
    page._table.view.selectRow(0)
    table = page._panel.devices
    state = next(one for one in table.model.columns if one.key == "state")
    qtbot.waitUntil(lambda: [state.shown(row) for row in table.model.rows()] == ["Answered 11 min ago"])
    assert page.head.subtitle == "1 PC, 1 to look after"


def test_a_code_is_made_shown_and_copied(qtbot: QtBot, dialog: EnrolmentDialog, server: FakeServer) -> None:
    dialog.name.setText(" Line 4 ")
    with qtbot.waitSignal(dialog.made):
        dialog.make()
    assert server.asked_for("POST /agents")[0].body == {"name": "Line 4"}
    assert dialog.code.text() == "DEMO-7K4Q-9XWM-2HTP"
    assert dialog.expiry.text().startswith("Valid for 14:5")
    assert dialog.command.text() == f'unison-station enrol --server {server.url} --code "DEMO-7K4Q-9XWM-2HTP"'
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


def test_a_pc_that_came_ends_the_dialog(qtbot: QtBot, dialog: EnrolmentDialog, server: FakeServer) -> None:
    dialog.name.setText("Line 4")
    with qtbot.waitSignal(dialog.made):
        dialog.make()
    server.happen("stations.agent.enrolled", UUID(int=1))
    server.happen("stations.agent.enrolled", samples.enrolment().agent_id)
    qtbot.waitUntil(lambda: dialog._heading.text() == "Line 4 is enrolled")
    assert "Valid" not in dialog.expiry.text()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isHidden()


def test_enter_presses_the_button_that_has_the_keyboard(
    qtbot: QtBot, dialog: EnrolmentDialog, server: FakeServer
) -> None:
    dialog.name.setText("Line 4")
    with qtbot.waitSignal(dialog.made):
        dialog.make()
    assert dialog._copy_code.hasFocus()
    QGuiApplication.clipboard().clear()
    QTest.keyClick(dialog._copy_code, Qt.Key.Key_Return)
    assert QGuiApplication.clipboard().text() == "DEMO-7K4Q-9XWM-2HTP"


@pytest.mark.parametrize(
    ("server_address", "only_here"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("https://[::1]:8443", True),
        ("https://unison.example", False),
        ("https://10.0.0.5", False),
    ],
)
def test_an_address_no_other_pc_reaches_is_known(server_address: str, only_here: bool) -> None:
    assert is_only_here(server_address) is only_here


def test_without_a_connection_nothing_ages(qtbot: QtBot, page: StationsPage, server: FakeServer, desk: Desk) -> None:
    server.stream_status = 503
    server.cut_streams()
    qtbot.waitUntil(lambda: page.contact.as_of is not None, timeout=8000)
    assert page._table.view._stale
    rows = page._table.model.rows()
    assert all(row.now <= desk.session.clock.now() for row in rows)
    before = [row.now for row in rows]
    page._show()
    assert [row.now for row in page._table.model.rows()] == before
    server.stream_status = 200
    qtbot.waitUntil(lambda: page.contact.as_of is None, timeout=8000)
    assert not page._table.view._stale


def test_a_device_without_tags_says_so(theme: Theme) -> None:
    rows = device_rows([device(MILL, "Mill").model_copy(update={"tag_count": 0}), device(PRESS, "Press")], [])
    model = {row.device.name: row for row in rows}
    columns = {one.key: one for one in device_columns(theme)}
    assert columns["state"].shown(model["Mill"]) == "Not read"
    assert "no tags" in columns["problem"].shown(model["Mill"])
    assert columns["state"].shown(model["Press"]) == "Not reported yet"
