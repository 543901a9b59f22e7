"""A PC is revoked or renamed as it was seen, by who may."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.stations.page import StationsPage
from unison_desktop.stations.renaming import AgentDialog
from unison_desktop.stations.revoking import RevokeQuestion
from unison_domain.stations.contracts import AgentState

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.shown import column


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
    page.guard()
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


def test_without_the_right_revoking_is_disabled_and_says_why(page: StationsPage) -> None:
    revoking = command(page, "agent.revoke")
    assert not revoking.isEnabled()
    assert "stations.agent.update" in revoking.toolTip()


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
