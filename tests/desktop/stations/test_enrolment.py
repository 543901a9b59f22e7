"""A PC is enrolled by a code, once."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from shiboken6 import isValid
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.server_address import is_only_here
from unison_desktop.stations.enrolment import EnrolmentDialog

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer


@pytest.fixture
def dialog(qtbot: QtBot, desk: Desk) -> Iterator[EnrolmentDialog]:
    made = EnrolmentDialog(desk)
    made.show()
    yield made
    if isValid(made):
        made.close()


def test_a_pc_gets_another_code(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    route = f"POST /agents/{samples.agent(1).id}/code"
    server.answer(route, samples.enrolment(minutes=23 * 60 + 30))
    dialog = EnrolmentDialog(desk, samples.agent(1))
    with qtbot.waitSignal(dialog.made):
        dialog.make()
    assert len(server.asked_for(route)) == 1
    assert dialog.expiry.text() == "Valid for 23 h 29 min"
    dialog.close()


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
