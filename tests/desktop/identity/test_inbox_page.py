"""The inbox: live, opened by the keyboard, and read where it was seen."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.window import MainWindow
from unison_desktop.identity.inbox.page import InboxPage
from unison_desktop.identity.inbox.places import place_of
from unison_domain.identity.notification_contracts import NotificationAnswer, NotificationKind

from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.inbox_samples import CALL, notification, serve_inbox, some
from tests.desktop.machines.samples import machine_id


@pytest.fixture
def told(server: FakeServer) -> list[NotificationAnswer]:
    told = some()
    serve_inbox(server, told)
    return told


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, told: list[NotificationAnswer]) -> Iterator[InboxPage]:
    made = InboxPage(desk, Place("inbox"))
    made.resize(1100, 600)
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()


def command(page: InboxPage, id_: str) -> Command:
    return next(one for one in page.commands if one.id == id_)


def shown(page: InboxPage, key: str) -> list[str]:
    column = next(one for one in page.table.model.columns if one.key == key)
    return [column.shown(row) for row in page.table.model.rows()]


def marked(server: FakeServer) -> list[str]:
    return [one.path for one in server.asked if one.verb == "PUT"]


def test_it_says_what_how_pressing_and_what_is_new(page: InboxPage) -> None:
    assert shown(page, "title")[:2] == ["PRESS-1 calls for maintenance", "PC Line 2 is silent"]
    assert shown(page, "priority") == ["urgent", "high", "low", "high"]
    assert shown(page, "read") == ["new", "new", "read", "new"]
    assert page.head._subtitle.text() == "3 new"


@pytest.mark.parametrize(
    ("row", "place"),
    [(0, Place("machine", str(machine_id(0)))), (1, Place("stations", str(UUID(int=102))))],
)
def test_enter_opens_what_it_is_about_and_marks_it_as_read(
    qtbot: QtBot, page: InboxPage, server: FakeServer, told: list[NotificationAnswer], row: int, place: Place
) -> None:
    page.table.view.selectRow(row)
    with qtbot.waitSignal(page.go) as gone:
        QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    assert gone.args == [place]
    qtbot.waitUntil(lambda: marked(server) == [f"/notifications/{told[row].id}/read"])


def test_what_leads_nowhere_is_told(page: InboxPage, desk: Desk) -> None:
    page.table.view.selectRow(3)
    command(page, "inbox.open").trigger()
    assert desk.messages.history[-1].text.startswith("The server's certificate ends. Renew it")


def test_what_was_read_is_not_marked_again(page: InboxPage, server: FakeServer) -> None:
    read = command(page, "inbox.read")
    assert (read.isEnabled(), read.toolTip()) == (False, "Choose what you have read.")
    page.table.view.selectRow(2)
    assert (read.isEnabled(), read.toolTip()) == (False, "It was read already.")
    command(page, "inbox.open").trigger()
    assert marked(server) == []


def test_several_are_marked_at_once(
    qtbot: QtBot, page: InboxPage, server: FakeServer, told: list[NotificationAnswer]
) -> None:
    page.table.view.selectAll()
    command(page, "inbox.read").trigger()
    qtbot.waitUntil(lambda: len(marked(server)) == 3)
    assert f"/notifications/{told[2].id}/read" not in marked(server)


def test_all_that_is_seen_is_marked_and_what_comes_meanwhile_is_not(
    qtbot: QtBot, page: InboxPage, server: FakeServer, told: list[NotificationAnswer], desk: Desk
) -> None:
    command(page, "inbox.read_all").trigger()
    qtbot.waitUntil(lambda: marked(server) == ["/notifications/read-all"])
    (asked,) = server.asked_for("PUT /notifications/read-all")
    assert (
        told[0].created_at
        == NotificationAnswer.model_validate({**told[0].model_dump(), "created_at": asked.body["until"]}).created_at
    )
    qtbot.waitUntil(lambda: "3 marked as read." in [message.text for message in desk.messages.history])


def test_what_happens_comes_by_itself(qtbot: QtBot, page: InboxPage, server: FakeServer) -> None:
    serve_inbox(server, [notification(9), *some()])
    server.happen("identity.inbox.changed")
    qtbot.waitUntil(lambda: shown(page, "title")[0] == "PC Line 9 is silent")


def test_only_new_ones(qtbot: QtBot, page: InboxPage) -> None:
    page.only_new.click()
    qtbot.waitUntil(lambda: shown(page, "read") == ["new", "new", "new"])


def test_without_the_server_nothing_is_marked_and_it_says_why(
    qtbot: QtBot, page: InboxPage, server: FakeServer, desk: Desk
) -> None:
    server.stream_status = 503
    server.cut_streams()
    qtbot.waitUntil(lambda: not desk.session.is_online)
    all_ = command(page, "inbox.read_all")
    qtbot.waitUntil(lambda: not all_.isEnabled())
    assert all_.toolTip() == "Not while the server is away."


def test_the_bell_counts_what_is_new(
    qtbot: QtBot, desk: Desk, server: FakeServer, told: list[NotificationAnswer]
) -> None:
    window = MainWindow(desk)
    window.show()
    bell = next(one for one in window.commands if one.id == "go.inbox")
    qtbot.waitUntil(lambda: bell.text() == "Inbox, 3 new")
    assert bell.iconText() == "3"
    serve_inbox(server, [one.model_copy(update={"is_read": True}) for one in told])
    server.happen("identity.inbox.changed")
    qtbot.waitUntil(lambda: bell.text() == "Inbox")
    bell.trigger()
    assert isinstance(window.page, InboxPage)
    window.close()
    window.deleteLater()


def test_an_end_of_a_correction_leads_to_its_tag() -> None:
    tag, device = UUID(int=8), UUID(int=9)
    said = {"tag": "Heat", "device": "PLC", "device_id": str(device)}
    one = notification(1, NotificationKind.CORRECTION_DONE, parameters=said, reference_type="tag", reference_id=tag)
    assert place_of(one) == Place("configuration", f"device/{device}/correct/{tag}")


@pytest.mark.parametrize(
    ("kind", "parameters", "leads"),
    [
        (NotificationKind.COUNTER_STRAYED, {"day": "2026-11-19"}, "/2026-11-19"),
        (NotificationKind.COUNTER_STRAYED, {}, ""),
        (NotificationKind.CALL_RAISED, {}, ""),
    ],
)
def test_a_machine_is_opened_at_the_day_it_is_about(
    kind: NotificationKind, parameters: dict[str, str], leads: str
) -> None:
    machine = UUID(int=7)
    one = notification(1, kind, parameters=CALL | parameters, reference_type="machine", reference_id=machine)
    assert place_of(one) == Place("machine", f"{machine}{leads}")
