"""An agent with a caliper that streamed before its last end, which says that a press is held, to be killed."""

from __future__ import annotations

from pathlib import Path

from unison_domain.stations.gauge_settings import GaugeFormat
from unison_domain.stations.peripherals import GaugeConfiguration
from unison_station.agent import Agent
from unison_station.peripherals import gauge as work

from tests.station_agent.peripherals.station import DIAMETER, gauge, states, station
from tests.station_agent.waiting import until

THERE, HELD = "there", "held"


def caliper_at(port: Path) -> GaugeConfiguration:
    return gauge(port, GaugeFormat.MITUTOYO, DIAMETER, "1")


def main(folder: Path, port: Path) -> None:
    work.BEAT_SECONDS = 600.0
    configured = caliper_at(port)
    with Agent(folder, configuration=station(configured)) as agent:
        until(lambda: states(agent) == ["online"])
        print(THERE, flush=True)
        until(lambda: agent.store.load_one_state(f"gauge:{configured.id}:held") not in (None, b"[]"))
        print(HELD, flush=True)
        until(lambda: False)
