"""One's own sessions, from the menu of who is signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.frame.window import MainWindow
from unison_desktop.identity.people.own_sessions_page import OwnSessionsPage

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.samples import person, serve_people, session

PAULA = person(7, "Paula Planner")


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[OwnSessionsPage]:
    serve_people(server)
    for number in (1, 2, 3):
        ended = session(number, PAULA, ended_at=samples.NOW, end_reason="signed out")
        server.answer(f"DELETE /auth/sessions/{ended.id}", ended)
    made = OwnSessionsPage(desk, Place("my-sessions"))
    made.resize(1000, 600)
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()


def command(page: OwnSessionsPage, id_: str) -> Command:
    return next(one for one in page.commands if one.id == id_)


def asked(page: OwnSessionsPage) -> Question:
    return page.findChildren(Question)[-1]


def ended(server: FakeServer) -> list[str]:
    return sorted(one.path for one in server.asked if one.verb == "DELETE")


def test_the_one_that_asks_is_told_from_the_others(page: OwnSessionsPage) -> None:
    state = next(column for column in page.shown.sessions.model.columns if column.key == "state")
    assert [state.shown(row) for row in page.shown.sessions.model.rows()] == [
        "signed in, this one",
        "signed in",
        "signed in",
    ]


def test_all_others_are_ended_at_once(qtbot: QtBot, page: OwnSessionsPage, server: FakeServer) -> None:
    command(page, "session.end_others").trigger()
    assert asked(page).text() == "End Desktop on PC-2, Desktop on PC-3?"
    server.answer("GET /auth/sessions", [session(1, PAULA, is_current=True)])
    asked(page).yes.click()
    qtbot.waitUntil(lambda: page.shown.sessions.model.rowCount() == 1 and len(ended(server)) == 2)
    assert ended(server) == [f"/auth/sessions/{session(n, PAULA).id}" for n in (2, 3)]
    end_others = command(page, "session.end_others")
    assert not end_others.isEnabled()
    assert end_others.toolTip() == "You are signed in nowhere else."


def test_ending_the_one_that_asks_is_warned_of(qtbot: QtBot, page: OwnSessionsPage, server: FakeServer) -> None:
    page.shown.sessions.view.select_ids([session(1, PAULA).id])
    command(page, "session.end").trigger()
    assert "signs out at once" in asked(page).informativeText()
    asked(page).yes.click()
    qtbot.waitUntil(lambda: len(ended(server)) == 1)


def test_what_is_refused_is_told(qtbot: QtBot, page: OwnSessionsPage, server: FakeServer) -> None:
    server.refuse(f"DELETE /auth/sessions/{session(2, PAULA).id}", 404, "not_found", "There is no such session")
    page.shown.sessions.view.select_ids([session(2, PAULA).id])
    command(page, "session.end").trigger()
    with qtbot.waitSignal(page.desk.messages.said):
        asked(page).yes.click()


def test_the_menu_of_who_is_signed_in_leads_there(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    serve_people(server)
    window = MainWindow(desk)
    window.show()
    commands = {one.id: one for one in window.commands}
    commands["session.me"].trigger()
    next(one for one in window._person.findChildren(QPushButton) if one.text() == "My sessions").click()
    assert isinstance(window.page, OwnSessionsPage)
    assert not window._person.isVisible()
    window.go(Place("people"))
    commands["session.sessions"].trigger()
    assert isinstance(window.page, OwnSessionsPage)
    window.close()
    window.deleteLater()
