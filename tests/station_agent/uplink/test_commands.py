"""Commands of the server: at most once whatever is killed, never late, and always answered in words."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from pydantic import BaseModel
from unison_domain.stations.commands import CommandKind, DeadLettersDone, LogAnswer
from unison_station.clock import ServerTime
from unison_station.store import Limits, Store, StoreFull
from unison_station.uplink import Identity, Uplink, heartbeat
from unison_station.uplink.command_journal import INTERRUPTED, KEPT, Journal
from unison_station.uplink.commands import CommandFailed, Handler, Runner, TooLate
from unison_station.uplink.transport import Transport
from unison_station.uplink.trust import Trust

from tests.station_agent.store.making import ROOMY, START, Pc
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, TOKEN, FakeServer, Shown, running

FULL = Limits(min_free_bytes=0, ballast_bytes=0, reserve_bytes=2**62)
"""No disk has as much to spare."""


def log_command(expires_at: datetime | None = None, **more: Any) -> dict[str, Any]:
    expires = None if expires_at is None else expires_at.isoformat()
    return {"id": str(uuid4()), "kind": "send_log", "parameters": {"lines": 3}, "expires_at": expires, **more}


class Hand:
    """Carries commands out and remembers what it was asked."""

    def __init__(self, deed: Callable[[], None] = lambda: None) -> None:
        self.asked: list[Any] = []
        self.deed = deed

    def __call__(self, parameters: Any, seconds: float | None) -> BaseModel:
        self.asked.append((parameters, seconds))
        self.deed()
        return LogAnswer(lines=["a\x00b"])


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with running(FakeServer(now=lambda: START)) as server:
        yield server


@contextmanager
def runner_on(
    folder: Path, server: FakeServer, hand: Handler, *, ahead: bool = True, limits: Limits = ROOMY
) -> Iterator[tuple[Runner, Store]]:
    """A runner whose PC's clocks stand still; `ahead`: it knows the server's time, which is START."""
    pc = Pc(START - timedelta(hours=5))
    server_time = ServerTime()
    if ahead:
        server_time.observe(pc.monotonic(), pc.monotonic(), START)
    trust = Trust(None, None, wall=pc.wall, monotonic=pc.monotonic)
    transport = Transport(server.url, version="1", monotonic=pc.monotonic, trust=trust)
    transport.authorize(TOKEN)
    with Store.open(folder, limits, pc) as store:
        yield Runner(store, transport, server_time, {CommandKind.SEND_LOG: hand, CommandKind.MEASURE: hand}), store
        transport.close()


def answers(store: Store) -> list[tuple[str, bool, str | None, Any]]:
    rows = [orjson.loads(row.body) for row in store.outgoing.pending(10_000, 10**9) if row.kind == "command_answered"]
    return [(row["command_id"], row["ok"], row["message"], row["answer"]) for row in rows]


def test_it_is_carried_out_once_however_often_it_is_given(tmp_path: Path, server: FakeServer) -> None:
    hand = Hand()
    server.commands = [log_command()]
    for _ in range(2):
        with runner_on(tmp_path, server, hand) as (runner, store):
            runner.step()
            runner.step()
            assert answers(store) == [
                (server.commands[0]["id"], True, None, {"lines": ["a\N{REPLACEMENT CHARACTER}b"]})
            ]
    assert len(hand.asked) == 1


@pytest.mark.parametrize(("left", "done"), [(10.0, 1), (0.0, 0), (-1.0, 0)])
def test_the_server_s_clock_says_when_it_is_too_late(
    tmp_path: Path, server: FakeServer, left: float, done: int
) -> None:
    hand = Hand()
    server.commands = [log_command(START + timedelta(seconds=left))]
    with runner_on(tmp_path, server, hand) as (runner, store):
        runner.step()
        assert (len(hand.asked), len(answers(store))) == (done, done)
    assert all(seconds == pytest.approx(left, abs=0.01) for _, seconds in hand.asked)


def test_nothing_that_expires_is_done_before_the_server_s_time_is_known(tmp_path: Path, server: FakeServer) -> None:
    hand = Hand()
    server.commands = [log_command(START + timedelta(seconds=10)), log_command()]
    with runner_on(tmp_path, server, hand, ahead=False) as (runner, store):
        runner.step()
        assert [id_ for id_, *_ in answers(store)] == [server.commands[1]["id"]]
    with runner_on(tmp_path, server, hand) as (runner, store):
        runner.step()
        assert len(answers(store)) == 2


def test_what_comes_too_late_to_its_turn_is_neither_done_nor_answered(tmp_path: Path, server: FakeServer) -> None:
    def late() -> None:
        raise TooLate

    hand = Hand(late)
    server.commands = [log_command(START + timedelta(seconds=10))]
    for _ in range(2):
        with runner_on(tmp_path, server, hand) as (runner, store):
            runner.step()
            assert answers(store) == []
    assert len(hand.asked) == 1


def test_who_measures_on_a_command_is_told_which_one_it_is(tmp_path: Path, server: FakeServer) -> None:
    camera, other, hand = uuid4(), uuid4(), Hand()
    parameters = {"peripheral_id": str(camera), "command_id": str(other)}
    server.commands = [log_command(kind="measure", parameters=parameters)]
    with runner_on(tmp_path, server, hand) as (runner, _store):
        runner.step()
    ((wanted, _seconds),) = hand.asked
    assert (wanted.peripheral_id, str(wanted.command_id)) == (camera, server.commands[0]["id"])
    assert "command_id" not in wanted.model_dump(), "an older agent would not know it"


@pytest.mark.parametrize(
    ("error", "words"),
    [(CommandFailed("the line is busy"), "the line is busy"), (KeyError("x"), "fault of its program")],
)
def test_what_can_not_be_done_is_answered_in_words(
    tmp_path: Path, server: FakeServer, error: Exception, words: str
) -> None:
    def fail() -> None:
        raise error

    server.commands = [log_command()]
    with runner_on(tmp_path, server, Hand(fail)) as (runner, store):
        runner.step()
        ((_, ok, message, answer),) = answers(store)
    assert (ok, words in str(message), answer) == (False, True, {})


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ({"kind": "make_coffee"}, "update it"),
        ({"kind": "discard_dead_letters", "parameters": {}}, "update it"),
        ({"parameters": {"lines": 0}}, "can not be read"),
    ],
)
def test_a_newer_server_s_commands_are_answered_too(
    tmp_path: Path, server: FakeServer, command: dict[str, Any], words: str
) -> None:
    server.commands = [log_command(**command), log_command()]
    with runner_on(tmp_path, server, Hand()) as (runner, store):
        runner.step()
        first, second = answers(store)
    assert (first[1], words in str(first[2]), second[1]) == (False, True, True)


def test_while_the_buffer_refuses_nothing_is_begun(tmp_path: Path, server: FakeServer) -> None:
    hand = Hand()
    server.commands = [log_command()]
    with runner_on(tmp_path, server, hand, limits=FULL) as (runner, _):
        with pytest.raises(StoreFull):
            runner.step()
        assert hand.asked == []


def test_killed_while_it_was_carried_out_it_is_told_and_never_repeated(tmp_path: Path, server: FakeServer) -> None:
    server.commands = [log_command()]
    folder = tmp_path / "agent"
    child = subprocess.run(
        [sys.executable, "-c", _KILLED, str(folder), server.url], check=False, capture_output=True, timeout=60
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    hand = Hand()
    with runner_on(folder, server, hand) as (runner, store):
        runner.step()
        assert [(ok, message) for _, ok, message, _ in answers(store)] == [(False, INTERRUPTED)]
    with runner_on(folder, server, hand) as (runner, store):
        runner.step()
        assert len(answers(store)) == 1
    assert hand.asked == []


_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.station_agent.uplink.server import FakeServer
from tests.station_agent.uplink.test_commands import Hand, runner_on

hand = Hand(lambda: os.kill(os.getpid(), signal.SIGKILL))
with runner_on(Path(sys.argv[1]), FakeServer(url=sys.argv[2]), hand) as (runner, _):
    runner.step()
"""


def test_the_oldest_notes_are_forgotten(tmp_path: Path) -> None:
    with Store.open(tmp_path, ROOMY) as store:
        journal = Journal(store)
        ids = [UUID(int=number) for number in range(1, KEPT + 4)]
        store.commit([], {f"command:{id_}": b"done" for id_ in ids})
        journal = Journal(store)
        journal.settle()
        assert [journal.knows(id_) for id_ in ids[:4]] == [False, False, False, True]
        assert sum(key.startswith("command:") for key in store.load_state()) == KEPT


def test_a_command_is_heard_of_at_once_and_closing_does_not_wait_for_the_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 600.0)
    done = threading.Event()

    def carry_out(_parameters: Any, _seconds: float | None) -> BaseModel:
        done.set()
        return DeadLettersDone(done=0)

    with running(FakeServer()) as server, Store.open(tmp_path, ROOMY) as store:
        identity = Identity(server=server.url, agent_id=AGENT, organization_id=ORGANIZATION, device_token=TOKEN)
        with Uplink(
            store,
            tmp_path,
            identity,
            version="1",
            live=Shown,
            running=lambda: 0,
            on_configuration=lambda _: None,
            handlers={CommandKind.SEND_LOG: carry_out},
        ):
            server.wait_for(lambda: any(path.endswith("/api/v1/events") for _, path, _ in server.requests))
            server.wait_for(lambda: len(server.heartbeats) > 0)
            server.commands = [log_command()]
            with server.changed:
                server.announced += 1
                server.changed.notify_all()
            assert done.wait(60), "the next heartbeat comes in ten minutes"
            server.wait_for(lambda: any(event["kind"] == "command_answered" for event in server.taken))
            closing = time.monotonic()
        assert time.monotonic() - closing < 4.0
