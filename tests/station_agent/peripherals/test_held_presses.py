"""A press that nobody can tell from a stream yet is told, however the agent ends before it is clear."""

from __future__ import annotations

import signal
from decimal import Decimal
from pathlib import Path

import pytest
from unison_station.agent import Agent
from unison_station.peripherals import gauge as work
from unison_station.peripherals import streams as rule
from unison_station.peripherals.held_values import HeldValue, HeldValues
from unison_station.peripherals.streams import PRESSES
from unison_station.simulate.instruments import Caliper

from tests.station_agent.peripherals import killed_holding
from tests.station_agent.peripherals.killed_holding import HELD, THERE, caliper_at
from tests.station_agent.peripherals.station import refusals, states, station, taken, values
from tests.station_agent.waiting import until
from tests.station_agent.warm import Child


@pytest.fixture
def folder(tmp_path: Path, caliper: Caliper, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of an agent whose caliper streamed until its last end; nothing is told by time alone."""
    monkeypatch.setattr(work, "BEAT_SECONDS", 600.0)
    for seconds in ("PRESS_SECONDS", "SILENCE_SECONDS"):
        monkeypatch.setattr(rule, seconds, 30.0)
    folder = tmp_path / "agent"
    with Agent(folder, configuration=station(caliper_at(caliper.cable.link))) as agent:
        until(lambda: states(agent) == ["online"])
        for _ in range(PRESSES):
            caliper.press(Decimal("12.000"))
        until(lambda: "sends by itself" in "".join(refusals(agent)))
    return folder


def told(folder: Path, caliper: Caliper) -> list[str]:
    """What the next start has on disk of refused values of 13."""
    with Agent(folder, configuration=station(caliper_at(caliper.cable.link))) as agent:
        until(lambda: states(agent) == ["online"])
        assert values(agent) == ["12.000"] * (PRESSES - 1)
        return [one["reason"] for one in taken(agent, "value_refused") if "13.000" in one["raw"]]


def is_held(agent: Agent, caliper: Caliper) -> bool:
    key = f"gauge:{caliper_at(caliper.cable.link).id}:held"
    return agent.store.load_one_state(key) not in (None, b"[]")


def test_what_is_held_is_told_when_the_agent_ends(folder: Path, caliper: Caliper) -> None:
    with Agent(folder, configuration=station(caliper_at(caliper.cable.link))) as agent:
        until(lambda: states(agent) == ["online"])
        caliper.press(Decimal("13.000"))
        until(lambda: is_held(agent, caliper))
        assert not any("13.000" in one for one in refusals(agent))
    (once,) = told(folder, caliper)
    assert "press the key once more" in once
    assert len(told(folder, caliper)) == 1, "told once"


def test_what_is_held_when_the_agent_is_killed_is_told_by_its_next_start(folder: Path, caliper: Caliper) -> None:
    with Child(folder.parent / "said", killed_holding.main, folder, caliper.cable.link) as child:
        until(lambda: THERE in child.lines)
        caliper.press(Decimal("13.000"))
        until(lambda: HELD in child.lines)
        child.end(signal.SIGKILL)
    (once,) = told(folder, caliper)
    assert "press the key once more" in once
    assert len(told(folder, caliper)) == 1, "told once"


def test_what_is_held_is_told_when_its_port_is_lost(folder: Path, caliper: Caliper) -> None:
    with Agent(folder, configuration=station(caliper_at(caliper.cable.link))) as agent:
        until(lambda: states(agent) == ["online"])
        caliper.press(Decimal("13.000"))
        until(lambda: is_held(agent, caliper))
        caliper.cable.unplug()
        until(lambda: any("13.000" in one for one in refusals(agent)))


def test_what_another_start_finds_is_overdue_and_what_it_cant_read_is_nothing() -> None:
    held = HeldValues(None)
    held.hold("1", HeldValue("why", "raw", due=5.0))
    held.hold("2", HeldValue("why", "raw", due=7.0))
    held.drop("2")
    assert HeldValues(held.dump()).take_due(0.0) == [HeldValue("why", "raw", float("-inf"))]
    assert held.take_due(4.9) == []
    assert held.take_due(5.0) == [HeldValue("why", "raw", 5.0)]
    assert held.dump() == b"[]"
    assert HeldValues(b"{").take_due(0.0) == []
