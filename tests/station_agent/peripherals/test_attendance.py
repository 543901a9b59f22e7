"""A scanner that goes away and comes back is told to the server, also across a restart of the agent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from unison_domain.stations.peripherals import PeripheralState
from unison_station.agent import Agent

from tests.station_agent.peripherals.station import scanner, station, taken
from tests.station_agent.waiting import until


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds for a moment is told."""
    monkeypatch.setattr("unison_domain.stations.attendance.FIRST_HOLD_SECONDS", 0.05)
    monkeypatch.setattr("unison_station.peripherals.life.LOOK_SECONDS", 0.01)


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Path]:
    """Where the scanner is plugged in, or not."""
    master, slave = os.openpty()
    link = tmp_path / "scanner"
    link.with_suffix(".port").symlink_to(os.ttyname(slave))
    yield link
    os.close(master)
    os.close(slave)


def told(agent: Agent) -> list[tuple[str, str | None]]:
    return [(event["state"], event.get("message")) for event in taken(agent, "peripheral_changed")]


def test_who_was_told_as_gone_is_told_as_back(tmp_path: Path, plug: Path) -> None:
    configuration = station(scanner(plug))
    with Agent(tmp_path / "agent", configuration=configuration) as agent:
        until(lambda: bool(told(agent)))
        ((state, message),) = told(agent)
        assert state == PeripheralState.OFFLINE
        assert "is not there" in (message or "")
    with Agent(tmp_path / "agent", configuration=configuration) as agent:
        until(lambda: bool(agent.peripherals.reports))
        plug.with_suffix(".port").rename(plug)
        until(lambda: len(told(agent)) == 2)
        assert [state for state, _ in told(agent)] == [PeripheralState.OFFLINE, PeripheralState.ONLINE]
        event: dict[str, Any] = taken(agent, "peripheral_changed")[-1]
        assert (event["peripheral_id"], event["times"]) == (str(scanner(plug).id), 0)
        assert event["since"] <= event["at"]


def test_one_that_is_there_from_the_start_is_no_news(tmp_path: Path, plug: Path) -> None:
    plug.with_suffix(".port").rename(plug)
    with Agent(tmp_path / "agent", configuration=station(scanner(plug), scanner(tmp_path / "none", "other"))) as agent:
        until(lambda: bool(told(agent)))
        assert {event["peripheral_id"] for event in taken(agent, "peripheral_changed")} == {
            str(scanner(plug, "other").id)
        }
