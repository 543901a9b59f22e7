"""How scanners, gauges and cameras fare is on the local page, in its metrics and in what the server is told."""

from __future__ import annotations

from pathlib import Path

from unison_station.agent import Agent
from unison_station.health.metrics import exposition
from unison_station.health.page import page

from tests.station_agent.peripherals.station import scanner, station
from tests.station_agent.waiting import until


def test_one_that_is_not_there_is_a_problem_in_words(tmp_path: Path) -> None:
    with Agent(tmp_path, configuration=station(scanner("missing<1>"))) as agent:
        until(lambda: any("missing<1> is not there" in problem for problem in agent.status().problems))
        shown = page(agent.status())
        told = exposition(agent.status()).decode()
    assert "Scanners, gauges and cameras" in shown
    assert "missing&lt;1&gt;" in shown
    assert 'peripheral_online{peripheral="scanner"} 0.0' in told
