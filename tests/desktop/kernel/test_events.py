import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from unison_desktop.kernel.client import ApiClient
from unison_desktop.kernel.events import EventStream, Link, LinkState, Pace
from unison_domain.kernel.contracts import Happening
from unison_domain.stations.contracts import AgentAnswer

from tests.desktop import samples
from tests.desktop.conftest import QUICK
from tests.desktop.fake_server import FakeServer

TOPIC = "machines.machine.state_changed"


class Listener(QObject):
    """Writes down what a stream tells."""

    def __init__(self, stream: EventStream) -> None:
        super().__init__()
        self.happened: list[Happening] = []
        self.links: list[Link] = []
        self.resets = 0
        stream.happened.connect(self.happened.append)
        stream.link_changed.connect(self.links.append)
        stream.reset.connect(self._count)

    def _count(self) -> None:
        self.resets += 1


@pytest.fixture
def stream(client: ApiClient) -> Iterator[EventStream]:
    made = EventStream(client, pace=QUICK)
    yield made
    made.stop()
    made.deleteLater()


@pytest.fixture
def listener(qtbot: QtBot, server: FakeServer, stream: EventStream) -> Listener:
    made = Listener(stream)
    stream.start()
    qtbot.waitUntil(lambda: stream.link.state is LinkState.ONLINE and server.streams == 1)
    return made


def test_what_happens_is_told(qtbot: QtBot, server: FakeServer, listener: Listener) -> None:
    server.happen(TOPIC, UUID(int=5))
    qtbot.waitUntil(lambda: len(listener.happened) == 1)
    assert listener.happened[0].entity == UUID(int=5)
    assert listener.happened[0].topic == TOPIC


def test_the_first_connection_asks_to_read_again(listener: Listener) -> None:
    assert listener.resets == 1


def test_it_comes_back_where_it_was(qtbot: QtBot, server: FakeServer, listener: Listener) -> None:
    server.happen(TOPIC)
    qtbot.waitUntil(lambda: len(listener.happened) == 1)
    server.cut_streams()
    qtbot.waitUntil(lambda: len(server.asked_for("GET /events")) == 2 and server.streams == 1)
    assert server.asked_for("GET /events")[1].headers["last-event-id"] == "e1.1"
    assert listener.resets == 1


def test_a_reset_of_the_server_is_passed_on(qtbot: QtBot, server: FakeServer, listener: Listener) -> None:
    server.send(b"id: e2.9\nevent: reset\n\n")
    qtbot.waitUntil(lambda: listener.resets == 2)


def test_an_event_it_cannot_read_means_reading_again(qtbot: QtBot, server: FakeServer, listener: Listener) -> None:
    server.send(b'event: happening\ndata: {"of": "a later version"}\n\n')
    qtbot.waitUntil(lambda: listener.resets == 2)


def test_other_events_are_left_alone(qtbot: QtBot, server: FakeServer, listener: Listener) -> None:
    server.send(b"event: weather\ndata: fine\n\n")
    server.happen(TOPIC)
    qtbot.waitUntil(lambda: len(listener.happened) == 1)
    assert listener.resets == 1


def test_silence_counts_as_a_dead_connection(qtbot: QtBot, server: FakeServer, client: ApiClient) -> None:
    impatient = EventStream(client, client, pace=Pace(silence=60, first_wait=10, longest_wait=20))
    listener = Listener(impatient)
    impatient.start()
    qtbot.waitUntil(lambda: len(server.asked_for("GET /events")) >= 2)
    assert LinkState.RECONNECTING in [link.state for link in listener.links]
    impatient.stop()


def test_a_lost_server_is_offline_since_it_was_lost(
    qtbot: QtBot, server: FakeServer, stream: EventStream, listener: Listener
) -> None:
    server.stream_status = 503
    server.cut_streams()
    qtbot.waitUntil(lambda: stream.link.state is LinkState.OFFLINE)
    assert [link.state for link in listener.links] == [LinkState.ONLINE, LinkState.RECONNECTING, LinkState.OFFLINE]
    assert listener.links[2].since == listener.links[1].since
    server.stream_status = 200
    qtbot.waitUntil(lambda: stream.link.state is LinkState.ONLINE)


def test_an_expired_token_is_renewed(qtbot: QtBot, server: FakeServer, client: ApiClient, stream: EventStream) -> None:
    server.stream_status = 401
    with qtbot.waitSignal(client.renewed):
        stream.start()
    server.stream_status = 200
    qtbot.waitUntil(lambda: stream.link.state is LinkState.ONLINE)
    assert len(server.asked_for("POST /auth/refresh")) == 1
    assert server.asked_for("GET /events")[-1].headers["authorization"] == "Bearer access-2"


def test_a_stream_ended_in_good_order_is_opened_again_without_a_word(
    qtbot: QtBot, server: FakeServer, client: ApiClient
) -> None:
    steady = EventStream(client, client, pace=Pace(lasting=0))
    listener = Listener(steady)
    steady.start()

    def tell_and_end(number: int) -> None:
        qtbot.waitUntil(lambda: server.streams == 1)
        server.happen(TOPIC, UUID(int=number))
        qtbot.waitUntil(lambda: len(listener.happened) == number)
        server.cut_streams()
        qtbot.waitUntil(lambda: len(server.asked_for("GET /events")) == number + 1)

    for number in (1, 2, 3):
        tell_and_end(number)
    assert [one.entity for one in listener.happened] == [UUID(int=n) for n in (1, 2, 3)]
    assert [link.state for link in listener.links] == [LinkState.ONLINE]
    steady.stop()


def test_a_token_that_expires_again_and_again_is_renewed_each_time(
    qtbot: QtBot, server: FakeServer, client: ApiClient
) -> None:
    steady = EventStream(client, client, pace=Pace(lasting=0))
    steady.start()
    for number in (1, 2):
        qtbot.waitUntil(lambda: server.streams == 1)
        server.stream_status = 401
        with qtbot.waitSignal(client.renewed):
            server.cut_streams()
        server.stream_status = 200
        qtbot.waitUntil(lambda: server.streams == 1)
        assert len(server.asked_for("POST /auth/refresh")) == number
    steady.stop()


def test_a_stream_refused_with_a_fresh_token_waits_between_tries(
    qtbot: QtBot, server: FakeServer, stream: EventStream
) -> None:
    server.stream_status = 401
    stream.start()
    qtbot.waitUntil(lambda: len(server.asked_for("GET /events")) >= 4)
    assert len(server.asked_for("POST /auth/refresh")) == 1


def test_a_request_without_answer_makes_it_look_again(
    qtbot: QtBot, server: FakeServer, client: ApiClient, stream: EventStream, listener: Listener
) -> None:
    before = len(server.asked_for("GET /events"))
    client.unreachable.emit()
    assert stream.link.state is LinkState.RECONNECTING
    qtbot.waitUntil(lambda: len(server.asked_for("GET /events")) > before)


def test_stopping_ends_it_for_good(
    qtbot: QtBot, server: FakeServer, client: ApiClient, stream: EventStream, listener: Listener
) -> None:
    server.answer("GET /agents/1", samples.agent(1))
    stream.stop()
    asked = len(server.asked_for("GET /events"))
    client.unreachable.emit()
    with qtbot.waitSignal(client.get("/agents/1", read=AgentAnswer, owner=stream).done):
        pass
    assert len(server.asked_for("GET /events")) == asked


@pytest.fixture
def patient(qtbot: QtBot, server: FakeServer, client: ApiClient) -> Iterator[EventStream]:
    """A stream that was lost, found nobody, and by itself would not try again within this test."""
    made = EventStream(client, pace=Pace(first_wait=50, longest_wait=600_000))
    made.start()
    qtbot.waitUntil(lambda: made.link.state is LinkState.ONLINE and server.streams == 1)
    made._failures = 12
    server.cut_streams()
    qtbot.waitUntil(made._wait.isActive)
    yield made
    made.stop()
    made.deleteLater()


def test_an_answer_brings_a_lost_stream_back_at_once(
    qtbot: QtBot, server: FakeServer, client: ApiClient, patient: EventStream
) -> None:
    server.answer("GET /agents/1", samples.agent(1))
    assert patient.link.state is LinkState.OFFLINE
    client.get("/agents/1", read=AgentAnswer, owner=patient)
    qtbot.waitUntil(lambda: patient.link.state is LinkState.ONLINE)


def test_a_stream_the_server_refuses_is_not_hurried_by_every_answer(
    qtbot: QtBot, server: FakeServer, client: ApiClient, patient: EventStream
) -> None:
    server.answer("GET /agents/1", samples.agent(1))
    server.stream_status = 503
    before = len(server.asked_for("GET /events"))
    client.reached.emit()
    qtbot.waitUntil(lambda: len(server.asked_for("GET /events")) == before + 1)
    qtbot.waitUntil(patient._wait.isActive)
    for _ in range(3):
        with qtbot.waitSignal(client.get("/agents/1", read=AgentAnswer, owner=patient).done):
            pass
    assert patient._wait.remainingTime() > 10_000


def test_an_attempt_nobody_answers_is_made_anew_once_another_request_is_answered(
    qtbot: QtBot, server: FakeServer, client: ApiClient
) -> None:
    stream = EventStream(client, client, pace=Pace(first_wait=10, longest_wait=20, lasting=1))
    stream.start()
    qtbot.waitUntil(lambda: stream.link.state is LinkState.ONLINE and server.streams == 1)
    hold = threading.Event()
    server.hold_streams = hold
    server.cut_streams()
    qtbot.waitUntil(lambda: len(server.asked_for("GET /events")) == 2)
    server.hold_streams = None
    qtbot.waitUntil(lambda: stream._tried.hasExpired(30))
    client.reached.emit()
    qtbot.waitUntil(lambda: stream.link.state is LinkState.ONLINE and server.streams == 1)
    hold.set()
    stream.stop()
