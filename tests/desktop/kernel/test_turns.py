"""Requests that wait for others are not given up for it, and what a person saves goes first."""

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot
from unison_desktop.kernel import client as client_module
from unison_desktop.kernel.client import ApiClient, Call
from unison_desktop.kernel.errors import Trouble
from unison_desktop.kernel.turns import AT_ONCE, Turns
from unison_domain.stations.contracts import AgentAnswer

from tests.desktop import samples
from tests.desktop.conftest import end_deletions
from tests.desktop.fake_server import FakeServer

QT_CONNECTIONS = 6


@pytest.fixture
def hold(server: FakeServer) -> Iterator[threading.Event]:
    """Until it is set, `/slow` is not answered."""
    held = threading.Event()
    server.answer("GET /slow", samples.agent(1), wait=held)
    server.answer("GET /agents/1", samples.agent(1))
    server.answer("POST /agents/1", samples.agent(1))
    yield held
    held.set()


def get(client: ApiClient, path: str, owner: QObject) -> tuple[Call, list[Any]]:
    """The call, and what came of it."""
    got: list[Any] = []
    call = client.get(path, read=AgentAnswer, owner=owner)
    call.done.connect(got.append)
    call.failed.connect(got.append)
    return call, got


def take_all(qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject) -> None:
    """Nothing more can be sent until `/slow` is answered."""
    for _ in range(AT_ONCE):
        get(client, "/slow", owner)
    qtbot.waitUntil(lambda: len(server.asked) == AT_ONCE)


def test_waiting_for_a_connection_is_not_waiting_for_the_server(
    qtbot: QtBot,
    server: FakeServer,
    client: ApiClient,
    owner: QObject,
    hold: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(QT_CONNECTIONS):
        get(client, "/slow", owner)
    monkeypatch.setattr(client_module, "TIME_OUT_MS", 1_000)
    _call, late = get(client, "/agents/1", owner)
    monkeypatch.setattr(client_module, "TIME_OUT_MS", 1_200)
    _call, until_then = get(ApiClient(server.url, owner), "/slow", owner)
    qtbot.waitUntil(lambda: bool(until_then))
    assert until_then[0].trouble is Trouble.TIMED_OUT
    hold.set()
    qtbot.waitUntil(lambda: bool(late))
    assert late == [samples.agent(1)]


class Reply(QObject):
    """As much of one as turns look at."""

    finished = Signal()


def test_what_is_saved_goes_before_what_is_read(qtbot: QtBot) -> None:
    turns, sent, replies = Turns(), list[str](), list[Reply]()

    def send(name: str) -> Any:
        sent.append(name)
        replies.append(Reply())
        return replies[-1]

    for _ in range(AT_ONCE):
        turns.take(partial(send, "first"), is_urgent=False)
    turns.take(partial(send, "read"), is_urgent=False)
    turns.take(partial(send, "save 1"), is_urgent=True)
    turns.take(partial(send, "save 2"), is_urgent=True)
    assert sent == ["first"] * AT_ONCE
    for reply in replies[:3]:
        reply.finished.emit()
        reply.finished.emit()  # heard twice it is still one
    assert sent[AT_ONCE:] == ["save 1", "save 2", "read"]


def test_what_nobody_wants_any_more_is_not_sent(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject, hold: threading.Event
) -> None:
    take_all(qtbot, server, client, owner)
    page = QObject()
    client.post("/agents/1", None, read=None, owner=page)
    cancelled = client.post("/agents/1", None, read=None, owner=owner)
    page.deleteLater()
    end_deletions()
    cancelled.cancel()
    _call, got = get(client, "/agents/1", owner)
    hold.set()
    qtbot.waitUntil(lambda: bool(got))
    assert not server.asked_for("POST /agents/1")


def test_what_is_given_up_makes_room(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject, hold: threading.Event
) -> None:
    page = QObject()
    take_all(qtbot, server, client, page)
    _call, got = get(client, "/agents/1", owner)
    page.deleteLater()
    end_deletions()
    qtbot.waitUntil(lambda: bool(got))
    assert got == [samples.agent(1)]
    assert not hold.is_set()
