"""A PC that was replaced shows the parts of the whole day at the operator page, and those it counts itself once."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from unison_station.agent import Agent

from tests.server.stations.floor import Floor
from tests.server.stations.test_real_agent import running, until
from tests.station_agent.devices.slave import Slave
from tests.station_agent.operator.talk import Page


def shown(agent: Agent) -> tuple[int, bool]:
    """Good parts of the first mill, and whether they are the day's."""
    with httpx.Client(base_url=agent.health.url, trust_env=False, timeout=60) as browser:
        mill = Page(browser).machine("M1")
    return mill["counts"]["good"], mill["counts_since"] is None


def test_the_pc_after_goes_on_with_the_parts_of_the_pc_before(
    floor: Floor, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_station.operator.office_counts.STILL_SECONDS", 0.1)
    monkeypatch.setattr("unison_station.operator.office_counts.SELDOM_SECONDS", 0.1)
    parts = [10]

    def answers(unit: int, function: int, place: int) -> int:
        return parts[0] if place == 0 else 0

    with Slave(answers) as slave:
        device = {"name": "PLC", "host": "127.0.0.1", "port": slave.port, "timeout_seconds": 0.5}
        put = floor.admin.send("PUT", f"/devices/{floor.device_id}", json=device, headers={"If-Match": '"1"'})
        assert put.status_code == 200, put.text
        with running(floor, address, tmp_path / "before") as agent:
            until(lambda: floor.rows("select from tag_leases where counted_raw = 10"))
            until(lambda: shown(agent) == (0, True))
            parts[0] += 7
            until(lambda: shown(agent) == (7, True))
            until(lambda: floor.rows("select from machine_counts where delta = 7"))
            until(lambda: shown(agent) == (7, True))
        with running(floor, address, tmp_path / "after") as agent:
            until(lambda: shown(agent) == (7, True))
            parts[0] += 2
            until(lambda: shown(agent) == (9, True))
