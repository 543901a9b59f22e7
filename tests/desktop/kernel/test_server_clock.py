from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from unison_desktop.kernel.client import ApiClient
from unison_desktop.kernel.server_clock import ServerClock
from unison_domain.stations.contracts import AgentAnswer

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer

START = 1_790_000_000.0
SECONDS = st.floats(0, 5)


class Wire:
    """A PC and a server whose clocks are set by hand, and answers that take their time between them."""

    def __init__(self, server_ahead: float) -> None:
        self.pc, self.server_ahead = START, server_ahead
        self.clock = ServerClock(pc=lambda: self.pc)
        self.told: list[timedelta] = []
        self.clock.found_wrong.connect(self.told.append)

    def ask(self, there: float = 0.01, back: float = 0.01) -> None:
        asked_at = self.clock.pc_now()
        self.pc += there
        date = http_date(self.pc + self.server_ahead)
        self.pc += back
        self.clock.learn(date, asked_at)

    @property
    def error(self) -> float:
        return abs(self.clock.ahead.total_seconds() - self.server_ahead)


def http_date(moment: float) -> str:
    return format_datetime(datetime.fromtimestamp(int(moment), UTC), usegmt=True)


@given(st.floats(-1e6, 1e6), st.lists(st.tuples(SECONDS, SECONDS, SECONDS), min_size=1))
def test_the_shortest_way_decides_how_well_the_time_is_known(
    ahead: float, answers: list[tuple[float, float, float]]
) -> None:
    wire = Wire(ahead)
    for there, back, pause in answers:
        wire.ask(there, back)
        wire.pc += pause
    assert wire.error <= min(there + back for there, back, _pause in answers) + 1.001
    assert not wire.told or abs(ahead) > 59


@given(st.floats(-86_400, 86_400), st.floats(-86_400, 86_400))
def test_a_clock_that_is_set_is_noticed_with_the_next_answer(before: float, after: float) -> None:
    wire = Wire(before)
    wire.ask()
    wire.server_ahead = after
    wire.ask()
    assert wire.error <= 1.021


@given(st.lists(SECONDS, min_size=1))
def test_a_clock_that_may_be_right_is_taken_to_be(pauses: list[float]) -> None:
    wire = Wire(0)
    for pause in pauses:
        wire.ask()
        wire.pc += pause
    assert wire.clock.ahead == timedelta(0)
    assert wire.told == []


def test_a_wrong_clock_is_told_once_until_it_was_right() -> None:
    wire = Wire(-3600)
    wire.ask()
    wire.ask()
    assert [round(ahead.total_seconds() / 60) for ahead in wire.told] == [60]
    wire.server_ahead = 0
    wire.ask()
    wire.server_ahead = 120
    wire.ask()
    assert [round(ahead.total_seconds() / 60) for ahead in wire.told] == [60, -2]


@given(st.text())
def test_a_date_that_is_none_teaches_nothing(text: str) -> None:
    clock = ServerClock(pc=lambda: START)
    clock.learn(text, START)
    assert clock.ahead == timedelta(0)


def test_every_answer_tells_the_time(qtbot: QtBot, server: FakeServer) -> None:
    server.clock_ahead = timedelta(hours=2)
    client, owner = ApiClient(server.url), QObject()
    call = client.get("/agents/1", read=AgentAnswer, owner=owner)
    with qtbot.waitSignal(call.failed):
        pass
    assert abs(client.clock.now() - datetime.now(UTC) - timedelta(hours=2)) < timedelta(seconds=5)
    server.clock_ahead = timedelta(0)
    server.answer("GET /agents/1", samples.agent(1))
    call = client.get("/agents/1", read=AgentAnswer, owner=owner)
    with qtbot.waitSignal(call.done):
        pass
    assert client.clock.ahead == timedelta(0)
    owner.deleteLater()
    client.deleteLater()
