"""An agent with a press behind a slave and a bench without signals."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from unison_station.agent import Agent

from tests.station_agent.devices.slave import Slave
from tests.station_agent.engine.press import Press, connected
from tests.station_agent.operator.shop import shop
from tests.station_agent.operator.talk import Page
from tests.station_agent.waiting import until


@pytest.fixture
def press() -> Press:
    press = Press()
    press.registers.append(7)
    return press


@pytest.fixture
def slave(press: Press) -> Iterator[Slave]:
    with connected(press) as slave:
        yield slave


@pytest.fixture
def agent(tmp_path: Path, slave: Slave) -> Iterator[Agent]:
    with Agent(tmp_path / "agent", configuration=shop(slave.port)) as agent:
        until(lambda: [machine.state for machine in agent.status().machines] == ["running"])
        yield agent


@pytest.fixture
def client(agent: Agent) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        yield client


@pytest.fixture
def page(client: httpx.Client) -> Page:
    return Page(client)
