"""Calls for help on the board: shown while they last, told when they come, answered with one press."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.machines.board import BoardPage
from unison_domain.machines.calls import CallAnswer, CallKind, CallState

from tests.desktop import samples as people
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.samples import live, machine, machine_id, serve_machines

ANSWERS = ("machines.call.read", "machines.call.answer")


def call(number: int, state: CallState = CallState.CALLED, minutes: float = 4.5, **more: Any) -> CallAnswer:
    called_at = datetime.now(UTC) - timedelta(minutes=minutes)
    own = {"machine_code": f"M{number}", "machine_name": f"Mill {number}", "plant_id": UUID(int=1)}
    known = {"called": CallKind.MAINTENANCE, "state": state, "called_at": called_at}
    return CallAnswer(id=UUID(int=100 + number), machine_id=machine_id(number), **{**own, **known, **more})


@pytest.fixture
def rights() -> tuple[str, ...]:
    return ANSWERS


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, server: FakeServer, rights: tuple[str, ...]) -> BoardPage:
    desk.session.me = people.me(permissions=[*people.me().permissions, *rights])
    serve_machines(server, [machine(1, live(1))])
    server.answer("GET /machine-calls", [call(2), call(1, minutes=10)])
    page = BoardPage(desk, Place("machines"))
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.load()
    return page


def shown(page: BoardPage) -> list[str]:
    return [card.text() for card in page.help_strip.cards]


def may_press(page: BoardPage, text: str) -> bool:
    """Whether the first call offers this button by now."""
    return any(card.button.text() == text and card.button.isEnabled() for card in page.help_strip.cards[:1])


def test_open_calls_are_shown_the_longest_waiting_first_and_are_no_news(qtbot: QtBot, page: BoardPage) -> None:
    qtbot.waitUntil(lambda: len(shown(page)) == 2)
    assert shown(page) == ["M1 Mill 1: Maintenance, called 10 min ago", "M2 Mill 2: Maintenance, called 4 min ago"]
    assert page.help_strip.isVisible()
    assert page.desk.messages.history == []


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (
            call(1, person="Ada", person_id=UUID(int=7), person_is_verified=False),
            "ago by Ada (not verified)",
        ),
        (call(1, person="Ada", answered_at=datetime.now(UTC), answered_by_name="Ben"), "by Ada, on the way, Ben"),
        (call(1, CallState.ARRIVED, arrived_at=datetime.now(UTC), arrived_by_name="Eve"), ", Eve"),
    ],
)
def test_who_called_who_comes_and_who_is_there(
    qtbot: QtBot, page: BoardPage, server: FakeServer, one: CallAnswer, words: str
) -> None:
    server.answer("GET /machine-calls", [one])
    server.happen("machines.call.called", UUID(int=101))
    qtbot.waitUntil(lambda: any(words in text for text in shown(page)))


def test_a_call_that_comes_is_told(qtbot: QtBot, page: BoardPage, server: FakeServer) -> None:
    qtbot.waitUntil(lambda: len(shown(page)) == 2)
    server.answer("GET /machine-calls", [call(1), call(2), call(3, called=CallKind.QUALITY)])
    server.happen("machines.call.called", UUID(int=103))
    qtbot.waitUntil(lambda: len(shown(page)) == 3)
    assert [message.text for message in page.desk.messages.history] == ["M3 Mill 3 calls: Quality"]


def test_each_press_says_the_next_step(qtbot: QtBot, page: BoardPage, server: FakeServer) -> None:
    qtbot.waitUntil(lambda: len(shown(page)) == 2)
    coming = call(1, answered_at=datetime.now(UTC))
    there = call(1, CallState.ARRIVED, arrived_at=datetime.now(UTC))
    over = call(1, CallState.DONE, done_at=datetime.now(UTC))
    path = f"/machine-calls/{UUID(int=101)}"
    for step, button, after in (
        ("answer", "I am coming", coming),
        ("arrive", "Is there", there),
        ("done", "Done", over),
    ):
        qtbot.waitUntil(lambda text=button: may_press(page, text))  # type: ignore[misc]  # bound
        server.answer(f"POST {path}/{step}", after)
        server.answer("GET /machine-calls", [] if after is over else [after])
        page.help_strip.cards[0].button.click()
        qtbot.waitUntil(lambda said=f"POST {path}/{step}": len(server.asked_for(said)) == 1)  # type: ignore[misc]
    qtbot.waitUntil(lambda: shown(page) == [])
    assert not page.help_strip.isVisible()


def test_a_call_made_by_mistake_is_taken_back_until_somebody_is_there(
    qtbot: QtBot, page: BoardPage, server: FakeServer
) -> None:
    qtbot.waitUntil(lambda: may_press(page, "I am coming"))
    there = call(2, CallState.ARRIVED, arrived_at=datetime.now(UTC))
    said = f"POST /machine-calls/{UUID(int=101)}/withdraw"
    server.answer(said, call(1, CallState.WITHDRAWN, withdrawn_at=datetime.now(UTC)))
    server.answer("GET /machine-calls", [there])
    assert page.help_strip.cards[0].withdraw_button.text() == "Nobody needed"
    page.help_strip.cards[0].withdraw_button.click()
    qtbot.waitUntil(lambda: len(server.asked_for(said)) == 1)
    qtbot.waitUntil(lambda: len(shown(page)) == 1)
    assert not page.help_strip.cards[0].withdraw_button.isVisible()


def test_who_was_quicker_is_told_and_what_is_so_is_read_again(
    qtbot: QtBot, page: BoardPage, server: FakeServer
) -> None:
    qtbot.waitUntil(lambda: len(shown(page)) == 2)
    server.refuse(f"POST /machine-calls/{UUID(int=101)}/answer", 409, "call_moved_on", "M1: the call is done already")
    server.answer("GET /machine-calls", [call(2)])
    page.help_strip.cards[0].button.click()
    qtbot.waitUntil(lambda: len(shown(page)) == 1)


@pytest.mark.parametrize("rights", [("machines.call.read",)])
def test_without_the_right_to_answer_they_are_only_seen(qtbot: QtBot, page: BoardPage) -> None:
    qtbot.waitUntil(lambda: len(shown(page)) == 2)
    button = page.help_strip.cards[0].button
    assert not button.isEnabled()
    assert "machines.call.answer" in button.toolTip()
    assert not page.help_strip.cards[0].withdraw_button.isEnabled()


@pytest.mark.parametrize("rights", [()])
def test_without_the_right_to_see_them_nobody_asks(page: BoardPage, server: FakeServer) -> None:
    assert shown(page) == []
    assert server.asked_for("GET /machine-calls") == []
