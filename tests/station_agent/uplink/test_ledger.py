"""What the server holds is what the agent made: once each, in order, through any failure."""

from __future__ import annotations

import random
import signal
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unison_station.store import Store
from unison_station.uplink import Identity, enrol

from tests.station_agent.store.making import ROOMY, Pc, counted, samples, store_in
from tests.station_agent.uplink import killed
from tests.station_agent.uplink.conftest import Agent, connect
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, TOKEN, Exchange, FakeServer, running
from tests.station_agent.waiting import until
from tests.station_agent.warm import Child


def cut(exchange: Exchange) -> bool:
    return exchange.cut()


def take_and_cut(exchange: Exchange) -> bool:
    exchange.server.take(exchange.batch)
    return exchange.cut()


def take_some(exchange: Exchange) -> bool:
    status, answer = exchange.server.take(exchange.batch, only=max(1, len(exchange.batch["events"]) // 3))
    return exchange.answer(status, answer)


def fail(exchange: Exchange) -> bool:
    return exchange.answer(500)


def take_and_fail(exchange: Exchange) -> bool:
    exchange.server.take(exchange.batch)
    return exchange.answer(502)


def forget(exchange: Exchange) -> bool:
    """Restored from a backup: the newest batches of the epoch were never there."""
    held = exchange.server.held(exchange.batch)
    if len(held) > 1:
        last = held[-2].sequence
        del held[-1:]
        exchange.server.taken[:] = [event for event in exchange.server.taken if event["seq"] <= last]
    return False


FAULTS = (cut, take_and_cut, take_some, fail, take_and_fail, forget)


def test_kill_9_while_sending_loses_and_doubles_nothing(server: FakeServer, tmp_path: Path) -> None:
    enrol(tmp_path, server.url, "code_of_the_test", version="1.2.3")
    rng = random.Random(5)
    promised = 0
    for round_ in range(6):
        server.faults = [rng.choice(FAULTS[:-1]) for _ in range(3)]
        with Child(tmp_path / f"said-{round_}", killed.main, tmp_path) as child:
            until(lambda: bool(child.lines))
            time.sleep(rng.uniform(0.05, 0.4))
            child.end(signal.SIGKILL)
        promised = max([promised, *map(int, child.lines)])
    server.faults = []
    with Store.open(tmp_path, ROOMY) as store, ExitStack() as stack:
        pc = Pc()
        agent = connect(store, Identity.model_validate_json((tmp_path / "identity.json").read_bytes()), pc, stack)
        store.timeline.learn(store.clock.line.utc - store.clock.line.monotonic)
        made = int(store.load_state()["counter"])
        deadline = time.monotonic() + 60
        while store.outgoing.depth:
            assert time.monotonic() < deadline, f"{store.outgoing.depth} left, {agent.sender.link}"
            time.sleep(min(0.01, agent.sender.step() or 0.01))
    assert made >= promised > 50
    assert server.numbers == list(range(1, made + 1))


actions = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), st.integers(1, 700)),
        st.tuples(st.just("fault"), st.integers(0, len(FAULTS) - 1)),
        st.tuples(st.just("send"), st.integers(1, 4)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    min_size=3,
    max_size=25,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions)
def test_any_mixture_of_failures_ends_with_equal_ledgers(doings: list[tuple[str, int]]) -> None:
    pc, made = Pc(), 0
    with tempfile.TemporaryDirectory() as folder, running(FakeServer()) as server, ExitStack() as stack:
        server.now = lambda: agent.store.clock.now()
        agent = started(Path(folder), server, pc, stack)
        for doing, number in doings:
            if doing == "commit":
                fresh = [counted(n, agent.store.clock.now()) for n in range(made + 1, made + number + 1)]
                agent.store.commit([*fresh, *samples(number % 7)])
                made += number
            elif doing == "fault":
                server.faults.append(FAULTS[number])
            elif doing == "send":
                agent.send(steps=number)
            else:
                agent.store.close(clean=False)
                agent = started(Path(folder), server, pc, stack)
        server.faults.clear()
        agent.sender.committed(True)
        agent.send()
        assert server.numbers == list(range(1, made + 1))
        sequences = [event["seq"] for event in server.taken]
        assert sequences == sorted(set(sequences))
        assert agent.store.outgoing.depth == 0


def started(folder: Path, server: FakeServer, pc: Pc, stack: ExitStack) -> Agent:
    store = stack.enter_context(store_in(folder, pc=pc))
    identity = Identity(server=server.url, agent_id=AGENT, organization_id=ORGANIZATION, device_token=TOKEN)
    agent = connect(store, identity, pc, stack)
    store.timeline.learn(store.clock.line.utc - store.clock.line.monotonic)
    return agent
