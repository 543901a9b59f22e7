"""A station with a scanner, a caliper and a scale, plugged in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from unison_domain.stations.gauge_settings import GaugeFormat
from unison_station.agent import Agent
from unison_station.simulate.instruments import Caliper, Scale, Scanner

from tests.station_agent.operator.talk import Page
from tests.station_agent.peripherals.station import DIAMETER, WEIGHT, gauge, scanner, states, station
from tests.station_agent.waiting import until

GS1 = "010950600013435210ABC\x1d17251231"
LOST_GS = "010950600013435210ABC17251231"


class Bench:
    """Instruments on ports, plugged in."""

    def __init__(self, folder: Path) -> None:
        self.scanner, self.caliper = Scanner(folder / "scanner"), Caliper(folder / "caliper")
        self.scale = Scale(folder / "scale", swing_seconds=0.0)
        self.cables = [one.cable for one in (self.scanner, self.caliper, self.scale)]
        for cable in self.cables:
            cable.plug()
        self.configuration = station(
            scanner(self.scanner.cable.link, "hand scanner"),
            gauge(self.caliper.cable.link, GaugeFormat.MITUTOYO, DIAMETER, "1"),
            gauge(self.scale.cable.link, GaugeFormat.MT_SICS, WEIGHT),
        )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    for cable in bench.cables:
        cable.unplug()


@pytest.fixture
def agent(tmp_path: Path, bench: Bench) -> Iterator[Agent]:
    with Agent(tmp_path / "agent", configuration=bench.configuration) as agent:
        until(lambda: states(agent) == ["online"] * 3)
        yield agent


@pytest.fixture
def page(agent: Agent) -> Iterator[Page]:
    with httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        yield Page(client)
