"""An agent with a scale that is asked on a beat, which says how many loads are on disk, to be killed."""

from __future__ import annotations

from pathlib import Path

from unison_domain.stations.gauge_settings import GaugeFormat
from unison_domain.stations.peripherals import GaugeConfiguration
from unison_station.agent import Agent

from tests.station_agent.peripherals.station import WEIGHT, gauge, station, values
from tests.station_agent.waiting import until

WEIGHED = "weighed"


def scale_at(port: Path) -> GaugeConfiguration:
    return gauge(port, GaugeFormat.MT_SICS, WEIGHT, poll_seconds=0.05)


def main(folder: Path, port: Path, loads: int) -> None:
    with Agent(folder, configuration=station(scale_at(port))) as agent:
        until(lambda: len(values(agent)) == loads)
        print(WEIGHED, flush=True)
        until(lambda: len(values(agent)) > loads)
        print("weighed once more", flush=True)
