"""A real engine and a real device: a counter moved during a run goes on as before until the machine stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from unison_domain.stations.configuration import AgentConfiguration, SignalRole
from unison_station.engine.engine import Engine
from unison_station.store.store import Store

from tests.station_agent.configurations import MACHINE, configuration, device, machine_tags, tag
from tests.station_agent.devices.slave import Fault
from tests.station_agent.engine.press import Press, connected
from tests.station_agent.engine.test_engine import events_of, run, until

OTHER = 5
"""Where the counter is read from in the end; that register stands at another number."""


def counting(port: int, address: int, version: int, **more: Any) -> AgentConfiguration:
    good = tag("press", "good", address, role=SignalRole.COUNT_GOOD, machine_id=MACHINE, max_rate=1000.0, **more)
    run_bit, alarm, _, temperature = machine_tags("press")
    return configuration(device("press", port, run_bit, alarm, good, temperature), version=version)


def press() -> Press:
    made = Press()
    made.registers += [0, 7000, 0]
    made.registers[2], made.registers[OTHER] = 100, 7000
    return made


def told(store: Store, kind: str) -> list[dict[str, Any]]:
    return [event for event in events_of(store) if event["kind"] == kind]


def deltas(store: Store) -> int:
    return sum(event["delta"] for event in told(store, "counted"))


def states(store: Store) -> list[str]:
    return [event["opened"]["state"] for event in told(store, "state_changed")]


def test_it_changes_when_the_run_ends_and_nothing_is_lost_or_invented(tmp_path: Path) -> None:
    made = press()
    with connected(made) as slave:

        async def story(engine: Engine, store: Store) -> None:
            await until(lambda: states(store)[-1:] == ["running"])
            made.make(3)
            await until(lambda: deltas(store) == 3)
            engine.configure(counting(slave.port, OTHER, 2))
            await until(lambda: engine.configuration.version == 2)
            assert len(engine.waiting_tags) == 1
            made.make(4)
            await until(lambda: deltas(store) == 7)
            assert told(store, "counter_rebased") == []
            made.registers[0] = 0
            await until(lambda: engine.waiting_tags == ())
            assert states(store)[-1] == "stopped"
            made.registers[0] = 1
            await until(lambda: states(store)[-1] == "running")
            made.make(50)
            made.registers[OTHER] += 5
            await until(lambda: deltas(store) == 12)

        run(tmp_path, counting(slave.port, 2, 1), story)
        with Store.open(tmp_path) as store:
            rebased = told(store, "counter_rebased")
            assert (deltas(store), len(rebased), rebased[0]["forced"]) == (12, 1, False)
            assert told(store, "counter_jumped") + told(store, "counter_reset") == []


def test_it_waits_through_a_restart(tmp_path: Path) -> None:
    made = press()
    with connected(made) as slave:

        async def changed(engine: Engine, store: Store) -> None:
            await until(lambda: states(store)[-1:] == ["running"])
            engine.configure(counting(slave.port, OTHER, 2))
            await until(lambda: len(engine.waiting_tags) == 1)

        async def waits(engine: Engine, store: Store) -> None:
            assert len(engine.waiting_tags) == 1
            made.make(4)
            await until(lambda: deltas(store) == 4)
            made.registers[0] = 0
            await until(lambda: engine.waiting_tags == ())

        run(tmp_path, counting(slave.port, 2, 1), changed)
        run(tmp_path, counting(slave.port, OTHER, 2), waits)
        with Store.open(tmp_path) as store:
            assert (deltas(store), len(told(store, "counter_rebased"))) == (4, 1)


@pytest.mark.parametrize("restarted", [False, True])
def test_silence_is_no_end_of_a_run(tmp_path: Path, restarted: bool) -> None:
    made = press()
    with connected(made) as slave:

        async def falls_silent(engine: Engine, store: Store) -> None:
            await until(lambda: states(store)[-1:] == ["running"])
            engine.configure(counting(slave.port, OTHER, 2))
            await until(lambda: len(engine.waiting_tags) == 1)
            slave.fault = Fault.SILENT
            await until(lambda: states(store)[-1:] == ["unknown"])
            made.make(4)
            if not restarted:
                await answers_again(engine, store)

        async def answers_again(engine: Engine, store: Store) -> None:
            turns = engine.turns
            await until(lambda: engine.turns > turns + 3)
            assert len(engine.waiting_tags) == 1
            slave.fault = Fault.NONE
            await until(lambda: deltas(store) == 4)
            assert told(store, "counter_rebased") == []
            made.registers[0] = 0
            await until(lambda: engine.waiting_tags == ())

        run(tmp_path, counting(slave.port, 2, 1), falls_silent)
        if restarted:
            run(tmp_path, counting(slave.port, OTHER, 2), answers_again)
        with Store.open(tmp_path) as store:
            assert [event["forced"] for event in told(store, "counter_rebased")] == [False]


@pytest.mark.parametrize("while_stopped", [False, True])
def test_forced_it_changes_at_once_and_counts_no_difference(tmp_path: Path, while_stopped: bool) -> None:
    made = press()
    with connected(made) as slave:
        forced = counting(slave.port, OTHER, 2, forced=True)

        async def runs(_engine: Engine, store: Store) -> None:
            await until(lambda: states(store)[-1:] == ["running"])

        async def changes(engine: Engine, store: Store) -> None:
            engine.configure(forced)
            await until(lambda: bool(told(store, "counter_rebased")))
            asked = len(slave.requests)
            await until(lambda: len(slave.requests) > asked + 4)
            made.registers[OTHER] += 6
            await until(lambda: deltas(store) == 6)

        run(tmp_path, counting(slave.port, 2, 1), runs)
        run(tmp_path, forced if while_stopped else counting(slave.port, 2, 1), changes)
        with Store.open(tmp_path) as store:
            rebased = told(store, "counter_rebased")
            assert (deltas(store), [event["forced"] for event in rebased]) == (6, [True])
            assert states(store)[-1] == "running"


def test_what_moved_away_from_a_dead_place_is_not_told_as_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_station.engine.derivation.LOST_SECONDS", 0.1)
    made = press()
    with connected(made) as dead, connected(made) as other:

        async def story(engine: Engine, store: Store) -> None:
            await until(lambda: states(store)[-1:] == ["running"])
            dead.fault = Fault.SILENT
            await until(lambda: states(store)[-1:] == ["unknown"])
            engine.configure(counting(other.port, 2, 2))
            await until(lambda: bool(told(store, "counter_rebased")))

        run(tmp_path, counting(dead.port, 2, 1), story)
        with Store.open(tmp_path) as store:
            assert [event["forced"] for event in told(store, "counter_rebased")] == [False]
