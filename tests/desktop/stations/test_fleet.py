"""What the stations page shows of a PC beyond its state, and what can be done about it from here."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.pages import tell_notice
from unison_desktop.frame.place import Place
from unison_desktop.kernel.changes import Change
from unison_desktop.stations.page import StationsPage
from unison_desktop.stations.panel import AgentPanel
from unison_desktop.stations.reason_question import ReasonQuestion
from unison_domain.stations.commands import CommandAnswer, CommandKind, CommandState, DeadLetterAnswer
from unison_domain.stations.contracts import SignalAnswer
from unison_domain.stations.events import Quality
from unison_domain.stations.quarantine_contracts import QuarantinedAnswer

from tests.desktop import samples
from tests.desktop.fake_server import Answer, Asked, FakeServer

AGENT = samples.agent(1)
SIGNALS, SET_ASIDE, LETTERS, LOG = 1, 3, 4, 5
EPOCH = UUID(int=5)
SIGNAL = SignalAnswer(
    tag_id=UUID(int=2),
    tag_name="heat",
    device_id=UUID(int=1),
    device_name="PLC",
    machine_id=None,
    at=samples.NOW - timedelta(minutes=3),
    quality=Quality.BAD,
)


@pytest.fixture
def panel(qtbot: QtBot, desk: Desk) -> Iterator[AgentPanel]:
    page = StationsPage(desk, Place("stations"))
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.reload()
    page._table.view.selectRow(0)
    yield page._panel
    page.close()
    page.deleteLater()


def answers(server: FakeServer, answer: dict[CommandKind, dict[str, Any]]) -> None:
    """The PC answers each kind of command at once, unless it has no answer: then it is never there."""
    asked: list[CommandAnswer] = []

    def take(request: Asked) -> Answer:
        kind = CommandKind(request.body["kind"])
        waiting = CommandAnswer(
            id=UUID(int=900 + len(asked)),
            agent_id=AGENT.id,
            kind=kind,
            state=CommandState.WAITING,
            parameters=request.body["parameters"],
            created_at=samples.NOW,
        )
        asked.append(waiting)
        done = (
            {"state": CommandState.DONE, "answer": answer[kind]} if kind in answer else {"state": CommandState.EXPIRED}
        )
        server.answer(f"GET /agents/{AGENT.id}/commands/{waiting.id}", waiting.model_copy(update=done))
        return Answer(waiting.model_dump(mode="json"), 201)

    server.answer_with(f"POST /agents/{AGENT.id}/commands", take)


def told_answered(server: FakeServer) -> None:
    server.happen("stations.agent.command_answered", AGENT.id)


def letter(seq: int) -> dict[str, Any]:
    return {
        "seq": seq,
        "kind": "counted",
        "code": "tag_unknown",
        "message": "There is no tag 5",
        "refused_at": samples.NOW.isoformat(),
        "event": {"delta": 1},
    }


def test_each_tag_says_when_it_was_read_last(qtbot: QtBot, panel: AgentPanel, server: FakeServer) -> None:
    read = SIGNAL
    never = read.model_copy(update={"tag_id": UUID(int=3), "tag_name": "speed", "at": None, "quality": None})
    server.answer(f"GET /agents/{AGENT.id}/signals", [read, never])
    panel.tabs.setCurrentIndex(SIGNALS)
    qtbot.waitUntil(lambda: panel.signals.model.total == 2)
    age, quality = panel.signals.model.columns[2], panel.signals.model.columns[4]
    assert age.shown(read) == "no good one known"
    assert age.shown(read.model_copy(update={"good_at": samples.NOW - timedelta(days=3)})) == "3 d 0 h ago"
    assert (quality.shown(read), age.shown(never), quality.shown(never)) == ("bad", "never", "")


def test_dead_letters_are_sent_once_more(qtbot: QtBot, panel: AgentPanel, server: FakeServer) -> None:
    listed = {"epoch": str(EPOCH), "letters": [letter(7), letter(9)], "total": 2}
    answers(server, {CommandKind.LIST_DEAD_LETTERS: listed, CommandKind.RETRY_DEAD_LETTERS: {"done": 1}})
    panel.tabs.setCurrentIndex(LETTERS)
    qtbot.waitUntil(lambda: bool(server.asked_for(f"POST /agents/{AGENT.id}/commands")))
    told_answered(server)
    qtbot.waitUntil(lambda: panel.letters.table.model.total == 2)
    assert not panel.letters.retry_button.isEnabled()
    panel.letters.table.view.selectRow(1)
    panel.letters.retry_button.click()
    qtbot.waitUntil(lambda: len(server.asked_for(f"POST /agents/{AGENT.id}/commands")) == 2)
    body = server.asked_for(f"POST /agents/{AGENT.id}/commands")[1].body
    assert body == {"kind": "retry_dead_letters", "parameters": {"epoch": str(EPOCH), "sequences": [9]}}
    told_answered(server)
    qtbot.waitUntil(lambda: len(server.asked_for(f"POST /agents/{AGENT.id}/commands")) == 3)


def test_dead_letters_are_as_old_as_the_server_says_by_the_clock_of_the_plant(
    qtbot: QtBot, panel: AgentPanel, desk: Desk, server: FakeServer
) -> None:
    server.clock_ahead = timedelta(hours=5)
    panel.load()
    qtbot.waitUntil(lambda: desk.session.clock.ahead > timedelta(hours=4))
    panel.show_agent(AGENT, [], desk.session.clock.now(), ZoneInfo("Asia/Kathmandu"))
    one = DeadLetterAnswer.model_validate(letter(7))
    refused, age = panel.letters.table.model.columns[3:5]
    assert age.shown(one).startswith(("5 h", "4 h 59"))
    assert refused.shown(one).startswith(f"{one.refused_at.astimezone(ZoneInfo('Asia/Kathmandu')):%Y-%m-%d %H:%M:%S}")
    received = panel.set_aside.model.columns[0]
    aside = QuarantinedAnswer(
        id=EPOCH,
        epoch=EPOCH,
        seq=1,
        kind="counted",
        code="x",
        message="",
        rejected=False,
        raw="",
        received_at=samples.NOW,
    )
    assert received.shown(aside).endswith("UTC+05:45")


def test_all_dead_letters_are_listed_and_leave_with_their_events(
    qtbot: QtBot, panel: AgentPanel, server: FakeServer, tmp_path: Path
) -> None:
    first = {"epoch": str(EPOCH), "letters": [letter(7), letter(9)], "total": 3, "next_after": 9}
    last = {**first, "letters": [letter(12)], "next_after": None}
    said = {CommandKind.LIST_DEAD_LETTERS: first}
    answers(server, said)
    panel.tabs.setCurrentIndex(LETTERS)
    qtbot.waitUntil(lambda: bool(server.asked_for(f"POST /agents/{AGENT.id}/commands")))
    said[CommandKind.LIST_DEAD_LETTERS] = last
    told_answered(server)
    qtbot.waitUntil(lambda: len(server.asked_for(f"POST /agents/{AGENT.id}/commands")) == 2)
    assert server.asked_for(f"POST /agents/{AGENT.id}/commands")[1].body["parameters"]["after"] == 9
    told_answered(server)
    qtbot.waitUntil(lambda: panel.letters.table.model.total == 3)
    panel.letters.table.write(tmp_path / "letters.csv")
    with (tmp_path / "letters.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [(line["Number"], json.loads(line["Event"])) for line in csv.DictReader(file)]
    assert lines == [
        ("7", {"delta": 1}),
        ("9", {"delta": 1}),
        ("12", {"delta": 1}),
    ]


def test_dead_letters_are_given_up_only_with_a_reason(qtbot: QtBot, panel: AgentPanel, server: FakeServer) -> None:
    listed = {"epoch": str(EPOCH), "letters": [letter(7)], "total": 1}
    answers(server, {CommandKind.LIST_DEAD_LETTERS: listed, CommandKind.DISCARD_DEAD_LETTERS: {"done": 1}})
    panel.tabs.setCurrentIndex(LETTERS)
    qtbot.waitUntil(lambda: bool(server.asked_for(f"POST /agents/{AGENT.id}/commands")))
    told_answered(server)
    qtbot.waitUntil(lambda: panel.letters.table.model.total == 1)
    panel.letters.table.view.selectRow(0)
    panel.letters.discard_button.click()
    (question,) = panel.letters.findChildren(ReasonQuestion)
    assert not question.yes.isEnabled()
    question.reason.setText("counted by hand")
    question.yes.click()
    qtbot.waitUntil(lambda: len(server.asked_for(f"POST /agents/{AGENT.id}/commands")) == 2)
    parameters = server.asked_for(f"POST /agents/{AGENT.id}/commands")[1].body["parameters"]
    assert parameters == {"epoch": str(EPOCH), "sequences": [7], "reason": "counted by hand"}


def test_a_pc_that_is_away_says_so(qtbot: QtBot, panel: AgentPanel, server: FakeServer) -> None:
    answers(server, {})
    panel.tabs.setCurrentIndex(LETTERS)
    qtbot.waitUntil(lambda: bool(server.asked_for(f"POST /agents/{AGENT.id}/commands")))
    told_answered(server)
    qtbot.waitUntil(lambda: panel.letters.table._error.isVisible())
    panel.letters._rest.stop()
    for _ in range(3):
        panel.load()
    assert len(server.asked_for(f"POST /agents/{AGENT.id}/commands")) == 1
    panel.letters.table.retry_asked.emit()
    qtbot.waitUntil(lambda: len(server.asked_for(f"POST /agents/{AGENT.id}/commands")) == 2)


def test_dead_letters_are_read_again_when_their_number_changed_and_when_a_person_wants_it(
    qtbot: QtBot, panel: AgentPanel, server: FakeServer
) -> None:
    asked = f"POST /agents/{AGENT.id}/commands"
    said = {CommandKind.LIST_DEAD_LETTERS: {"epoch": str(EPOCH), "letters": [letter(7)], "total": 1}}
    answers(server, said)
    panel.tabs.setCurrentIndex(LETTERS)
    qtbot.waitUntil(lambda: len(server.asked_for(asked)) == 1)
    told_answered(server)
    qtbot.waitUntil(lambda: panel.letters.table.model.total == 1)
    said[CommandKind.LIST_DEAD_LETTERS] = {"epoch": str(EPOCH), "letters": [letter(7), letter(9)], "total": 2}
    panel.letters._rest.stop()
    for count in (1, 2, 2):
        panel.show_agent(AGENT.model_copy(update={"dead_letters": count}), [], samples.NOW, None)
    qtbot.waitUntil(lambda: len(server.asked_for(asked)) == 2)
    told_answered(server)
    qtbot.waitUntil(lambda: panel.letters.table.model.total == 2)
    panel.letters._rest.stop()
    panel.load()
    page: object = panel
    while not isinstance(page, StationsPage):
        assert isinstance(page, QWidget)
        page = page.parentWidget()
    next(command for command in page.commands if command.id == "page.reload").trigger()
    qtbot.waitUntil(lambda: len(server.asked_for(asked)) == 3)


def test_ages_go_on_while_nobody_reports(qtbot: QtBot, panel: AgentPanel, server: FakeServer) -> None:
    for table, rows in (
        (panel.letters.table, [DeadLetterAnswer.model_validate(letter(7))]),
        (panel.signals, [SIGNAL]),
    ):
        table.set_rows(rows)
        with qtbot.waitSignal(table.model.dataChanged):
            panel.show_agent(AGENT, [], samples.NOW, None)


def test_the_log_of_a_pc_is_fetched(qtbot: QtBot, panel: AgentPanel, server: FakeServer) -> None:
    answers(server, {CommandKind.SEND_LOG: {"lines": ["started", "server lost"]}})
    panel.tabs.setCurrentIndex(LOG)
    panel.log.fetch_button.click()
    qtbot.waitUntil(lambda: bool(server.asked_for(f"POST /agents/{AGENT.id}/commands")))
    told_answered(server)
    qtbot.waitUntil(lambda: panel.log.lines.toPlainText() == "started\nserver lost")


def test_of_a_long_log_the_newest_line_is_in_sight_from_its_beginning(
    qtbot: QtBot, panel: AgentPanel, server: FakeServer
) -> None:
    answers(server, {CommandKind.SEND_LOG: {"lines": [f"{n} {'long ' * 200}" for n in range(500)]}})
    panel.tabs.setCurrentIndex(LOG)
    panel.log.fetch_button.click()
    qtbot.waitUntil(lambda: bool(server.asked_for(f"POST /agents/{AGENT.id}/commands")))
    told_answered(server)
    lines = panel.log.lines
    across, down = lines.horizontalScrollBar(), lines.verticalScrollBar()
    qtbot.waitUntil(lambda: lines.blockCount() == 500 and across.isVisible())
    assert (across.value(), down.value()) == (0, down.maximum())
    assert across.maximum() > 0
    assert down.maximum() > 0


@pytest.mark.parametrize(
    ("days", "count", "words"),
    [
        (12, 1, "for Line 1: nothing is sent after that"),
        (12, 5, "for Line 1, Line 2, Line 3 and 2 more: nothing is sent after"),
        (-1, 2, "has ended for Line 1, Line 2: nothing is sent until"),
    ],
)
def test_the_end_of_a_certificate_is_told_once_of_all_pcs(
    qtbot: QtBot, desk: Desk, server: FakeServer, days: int, count: int, words: str
) -> None:
    ends = samples.NOW + timedelta(days=days)
    agents = [samples.agent(number, certificate_ends_at=ends) for number in range(1, count + 1)]
    server.answer("GET /agents", [*agents, samples.agent(9)])
    due = frozenset(agent.id for agent in agents)
    tell_notice(desk, Change("stations.agent.certificate_came_due", due), desk.messages)
    qtbot.waitUntil(lambda: bool(desk.messages.history))
    assert [words in message.text for message in desk.messages.history] == [True]


@pytest.mark.parametrize(("topic", "words"), [("silent", "has been silent since"), ("heard_again", "is heard again")])
def test_silence_is_told_whatever_page_is_open(
    qtbot: QtBot, desk: Desk, server: FakeServer, topic: str, words: str
) -> None:
    server.answer(f"GET /agents/{AGENT.id}", AGENT)
    tell_notice(desk, Change(f"stations.agent.{topic}", frozenset([AGENT.id])), desk.messages)
    qtbot.waitUntil(lambda: bool(desk.messages.history))
    assert words in desk.messages.history[0].text
    assert AGENT.name in desk.messages.history[0].text
