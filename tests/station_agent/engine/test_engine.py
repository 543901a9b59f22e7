"""The loop end to end: a real slave, a real buffer, events that are there again after a restart."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.events import Counted, Event
from unison_station.clock import PcTime, SystemTime
from unison_station.engine.engine import Engine
from unison_station.store.errors import StoreFull
from unison_station.store.store import Store

from tests.station_agent.configurations import configuration, device, machine_tags, tag
from tests.station_agent.devices.slave import Fault, Slave
from tests.station_agent.engine.press import Press, connected

DEADLINE = 60.0
Events = list[dict[str, Any]]


@pytest.fixture
def press() -> Press:
    return Press()


@pytest.fixture
def slave(press: Press) -> Iterator[Slave]:
    with connected(press) as slave:
        yield slave


async def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < ends, "the deadline passed"
        await asyncio.sleep(0.01)


def events_of(store: Store) -> Events:
    return [orjson.loads(row.body) for row in store.outgoing.pending(max_events=5000, max_bytes=10**9)]


def run(
    folder: Path,
    wanted: AgentConfiguration,
    act: Callable[[Engine, Store], Awaitable[None]],
    system: SystemTime | None = None,
) -> Events:
    """One run of the engine around `act`; returns all that is in the buffer afterwards."""

    async def body() -> Events:
        with Store.open(folder, system=system) as store:
            engine, stop = Engine(store, wanted, version="test"), asyncio.Event()
            running = asyncio.create_task(engine.run(stop))
            try:
                acting = asyncio.ensure_future(act(engine, store))
                await asyncio.wait((acting, running), return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    acting.cancel()
                    running.result()
                acting.result()
            finally:
                stop.set()
                await asyncio.wait_for(running, DEADLINE)
            return events_of(store)

    return asyncio.run(body())


def kinds(events: Events) -> list[str]:
    return [event["kind"] for event in events]


def counted(events: Events) -> int:
    return sum(event["delta"] for event in events if event["kind"] == "counted")


def test_signals_become_events(tmp_path: Path, slave: Slave, press: Press) -> None:
    wanted = configuration(device("press", slave.port, *machine_tags("press")))

    async def act(engine: Engine, store: Store) -> None:
        await until(lambda: "state_changed" in kinds(events_of(store)))
        press.registers[2] += 7
        await until(lambda: counted(events_of(store)) == 7)
        press.registers[:2] = [0, 1]
        await until(lambda: kinds(events_of(store)).count("state_changed") >= 2)
        press.registers[3] = 250
        await until(lambda: kinds(events_of(store)).count("sample") >= 2)
        await until(lambda: bool(engine.live.machines) and engine.live.machines[0].state == "fault")

    events = run(tmp_path, wanted, act)
    assert events[0]["kind"] == "agent_started"
    assert [event["state"] for event in events if event["kind"] == "device_changed"] == ["online"]
    fault = [event for event in events if event["kind"] == "state_changed"][-1]
    assert fault["opened"]["state"] == "fault"
    assert fault["opened"]["reason"] == "door open"
    assert [event["value"] for event in events if event["kind"] == "sample"] == [21.5, 25.0]


def test_parts_made_while_the_agent_was_away_are_counted_once(tmp_path: Path, slave: Slave, press: Press) -> None:
    wanted = configuration(device("press", slave.port, *machine_tags("press")))

    async def first(engine: Engine, store: Store) -> None:
        await until(lambda: "state_changed" in kinds(events_of(store)))
        press.registers[2] += 5
        await until(lambda: counted(events_of(store)) == 5)

    run(tmp_path, wanted, first)
    press.registers[2] += 3

    async def second(engine: Engine, store: Store) -> None:
        await until(lambda: counted(events_of(store)) == 8)

    events = run(tmp_path, wanted, second)
    starts = [event for event in events if event["kind"] == "agent_started"]
    assert [event["clean_stop"] for event in starts] == [True, True]
    across = [event for event in events if event["kind"] == "counted"][-1]
    assert (across["delta"], across["across_gap"], across["raw_from"], across["raw_to"]) == (3, True, 105, 108)


def test_a_new_configuration_keeps_the_baselines(tmp_path: Path, slave: Slave, press: Press) -> None:
    before = configuration(device("press", slave.port, *machine_tags("press")))
    more = tag("press", "oil", 3, machine_id=None)
    after = configuration(device("press", slave.port, *machine_tags("press"), more, max_gap=0), version=2)

    async def act(engine: Engine, store: Store) -> None:
        await until(lambda: "state_changed" in kinds(events_of(store)))
        press.registers[2] += 5
        await until(lambda: counted(events_of(store)) == 5)
        press.registers[2] += 4
        engine.configure(after)
        await until(lambda: engine.configuration.version == 2)
        await until(lambda: counted(events_of(store)) == 9)
        await until(lambda: str(more.id) in {event.get("tag_id") for event in events_of(store)})
        engine.configure(configuration(version=3))
        await until(lambda: engine.configuration.version == 3 and not engine.poller.lines)

    events = run(tmp_path, before, act)
    assert counted(events) == 9


def test_a_device_that_goes_away_is_told_and_its_machine_unknown(tmp_path: Path, slave: Slave, press: Press) -> None:
    wanted = configuration(device("press", slave.port, *machine_tags("press")), stale_seconds=0.5)

    async def act(engine: Engine, store: Store) -> None:
        await until(lambda: "state_changed" in kinds(events_of(store)))
        slave.break_with(Fault.SILENT)
        await until(lambda: [d.state for d in engine.live.devices] == ["offline"])
        await until(lambda: [m.state for m in engine.live.machines] == ["unknown"])
        assert all("no answer within" in problem.message for problem in engine.live.devices[0].tags)
        press.registers[2] += 6
        slave.mend()
        await until(lambda: engine.live.devices[0].state == "online" and not engine.live.devices[0].tags)
        await until(lambda: counted(events_of(store)) == 6)

    events = run(tmp_path, wanted, act)
    states = [event["state"] for event in events if event["kind"] == "device_changed"]
    assert [states[0], states[-1]] == ["online", "online"]
    assert "offline" in states


class SteppingPc(PcTime):
    """The real clocks, of which somebody sets the wall clock."""

    set_ahead = 0.0

    def wall(self) -> float:
        return super().wall() + self.set_ahead


def test_a_wall_clock_that_jumps_is_told_and_moves_no_stamp(tmp_path: Path, slave: Slave, press: Press) -> None:
    wanted = configuration(device("press", slave.port, *machine_tags("press")))
    pc = SteppingPc()

    async def act(engine: Engine, store: Store) -> None:
        await until(lambda: "state_changed" in kinds(events_of(store)))
        pc.set_ahead = -86_400.0
        await until(lambda: "clock_stepped" in kinds(events_of(store)))
        press.make(3)
        await until(lambda: counted(events_of(store)) == 3)

    events = run(tmp_path, wanted, act, pc)
    (step,) = (event for event in events if event["kind"] == "clock_stepped")
    assert step["delta_seconds"] == pytest.approx(-86_400, abs=1)
    stamps = [datetime.fromisoformat(event["at"]) for event in events]
    assert max(stamps) - min(stamps) < timedelta(seconds=DEADLINE)


def test_a_full_buffer_stops_taking_and_shows_it(
    tmp_path: Path, slave: Slave, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = configuration(device("press", slave.port, *machine_tags("press")))
    monkeypatch.setattr("unison_station.engine.engine.RETRY_SECONDS", 0.1)

    async def act(engine: Engine, store: Store) -> None:
        await until(lambda: "state_changed" in kinds(events_of(store)))
        commit = store.commit

        def refuse(*_: object) -> range:
            raise StoreFull("no room to write")

        monkeypatch.setattr(store, "commit", refuse)
        press.registers[2] += 5
        await until(lambda: engine.refusal is not None)
        assert engine.refusal == "no room to write"
        assert not engine.poller.lines
        press.registers[2] += 4
        monkeypatch.setattr(store, "commit", commit)
        await until(lambda: engine.refusal is None)
        await until(lambda: counted(events_of(store)) == 9)

    run(tmp_path, wanted, act)


def test_a_buffer_that_refuses_samples_alone_is_shown_too(
    tmp_path: Path, slave: Slave, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = configuration(device("press", slave.port, *machine_tags("press")))
    monkeypatch.setattr("unison_station.engine.engine.RETRY_SECONDS", 0.1)

    async def act(engine: Engine, store: Store) -> None:
        await until(lambda: "state_changed" in kinds(events_of(store)))

        def refuse(*_: object) -> range:
            raise StoreFull("no room to write")

        monkeypatch.setattr(store, "commit", refuse)
        await until(lambda: engine.refusal == "no room to write")
        press.make(5)
        await until(lambda: not engine.poller.lines)
        monkeypatch.undo()
        await until(lambda: engine.refusal is None)
        await until(lambda: counted(events_of(store)) == 5)

    run(tmp_path, wanted, act)


def test_a_stop_while_the_buffer_refuses_saves_no_state_without_its_events(
    tmp_path: Path, slave: Slave, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full when the parts are made, and there is room again just when the agent ends."""
    wanted = configuration(device("press", slave.port, *machine_tags("press")))
    monkeypatch.setattr("unison_station.engine.engine.RETRY_SECONDS", 0.05)

    async def first(engine: Engine, store: Store) -> None:
        await until(lambda: "state_changed" in kinds(events_of(store)))
        commit = store.commit

        def refuse_until_the_stop(events: Sequence[Event], state: Mapping[str, bytes]) -> range:
            if any(isinstance(event, Counted) for event in events):
                raise StoreFull("no room to write")
            return commit(events, state)

        monkeypatch.setattr(store, "commit", refuse_until_the_stop)
        press.make(5)
        await until(lambda: engine.refusal is not None)

    assert counted(run(tmp_path, wanted, first)) == 0

    async def second(engine: Engine, store: Store) -> None:
        await until(lambda: counted(events_of(store)) == 5)

    run(tmp_path, wanted, second)


def test_a_killed_run_repeats_nothing(tmp_path: Path, slave: Slave, press: Press) -> None:
    """The engine is cancelled without its last commit, as by kill -9."""
    wanted = configuration(device("press", slave.port, *machine_tags("press")))

    async def killed() -> None:
        with Store.open(tmp_path) as store:
            engine = Engine(store, wanted, version="test")
            running = asyncio.create_task(engine.run(asyncio.Event()))
            await until(lambda: "state_changed" in kinds(events_of(store)))
            press.registers[2] += 5
            await until(lambda: counted(events_of(store)) == 5)
            running.cancel()
            await asyncio.wait((running,))

    asyncio.run(killed())
    press.registers[2] += 2

    async def act(engine: Engine, store: Store) -> None:
        await until(lambda: counted(events_of(store)) >= 7)

    assert counted(run(tmp_path, wanted, act)) == 7
