"""Parts of a gap are shown as waiting at the operator page, and as decided as soon as the office decided."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from unison_station.agent import Agent
from unison_station.uplink import heartbeat

from tests.server.stations.floor import START, Floor
from tests.server.stations.test_quarantine import decide, listed
from tests.server.stations.test_real_agent import running, until
from tests.station_agent.devices.slave import Slave
from tests.station_agent.operator.talk import Page


def of_today(floor: Floor, delta: int, **fields: Any) -> dict[str, Any]:
    """A count over a gap that ended a moment ago."""
    now = (datetime.now(UTC) - START).total_seconds()
    return floor.counted(now, delta, across_gap=True, after_reset=True, **fields)


def told(floor: Floor, epoch: object = None) -> list[dict[str, Any]]:
    """What the agent is told of its counts of today."""
    beat = {"agent_version": "1", "configuration": 1, "at": datetime.now(UTC).isoformat(), "queue_depth": 0}
    answer = floor.sender.call("POST", "/heartbeat", json={**beat, "epoch": str(epoch or floor.sender.epoch)})
    assert answer.status_code == 200, answer.text
    days: list[dict[str, Any]] = answer.json()["corrected"]
    return days


def test_the_agent_is_told_what_was_accepted_and_what_was_discarded_of_today(floor: Floor) -> None:
    floor.sender.send([of_today(floor, 4), of_today(floor, 5), of_today(floor, 6, count="scrap")])
    assert told(floor) == []
    first, second, third = listed(floor)[::-1]
    for event, what in ((first, "accept"), (second, "discard"), (third, "accept")):
        assert decide(floor, event, what).status_code == 200
    (day,) = told(floor)
    assert day["machine_id"] == str(floor.machines[0])
    assert (day["good"], day["scrap"], day["total"]) == ("4", "6", "0")
    assert day["settled"] == {"good": 9, "scrap": 6}
    assert told(floor, floor.machines[0]) == [], "of another life of its buffer"


def test_counts_of_former_days_and_those_that_never_waited_at_the_station_are_not_told(floor: Floor) -> None:
    floor.sender.send([floor.counted(5, 4, across_gap=True, after_reset=True), floor.sender.event("telepathy", 1)])
    for event in listed(floor):
        assert decide(floor, event, "discard").status_code == 200
    assert told(floor) == []


@pytest.mark.parametrize(("decision", "good"), [("accept", 1), ("discard", 0)])
def test_the_page_shows_them_as_decided_at_once(
    floor: Floor, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decision: str, good: int
) -> None:
    """With the next heartbeat an hour away: the event stream tells."""
    parts = [10]

    def answers(unit: int, function: int, place: int) -> int:
        return parts[0] if place == 0 else 0

    with Slave(answers) as slave:
        device = {"name": "PLC", "host": "127.0.0.1", "port": slave.port, "timeout_seconds": 0.5}
        put = floor.admin.send("PUT", f"/devices/{floor.device_id}", json=device, headers={"If-Match": '"1"'})
        assert put.status_code == 200, put.text
        with running(floor, address, tmp_path) as agent:
            until(lambda: floor.rows("select counted_raw from tag_leases where counted_raw = 10"))
            assert not agent.desk.floor.counts.corrected
        parts[0] = 1  # set back while the agent was away
        monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 3600.0)
        with running(floor, address, tmp_path) as agent, _browser(agent) as browser:
            page = Page(browser)
            until(lambda: page.machine("M1")["waiting_counts"] == {"good": 1})
            until(lambda: len(listed(floor)) == 1)
            assert decide(floor, listed(floor)[0], decision).status_code == 200
            until(lambda: page.machine("M1")["waiting_counts"] == {})
            assert page.machine("M1")["counts"]["good"] == good
        with running(floor, address, tmp_path) as agent, _browser(agent) as browser:
            shown = Page(browser).machine("M1")
            assert (shown["waiting_counts"], shown["counts"]["good"]) == ({}, good), "a restart forgets nothing"


def _browser(agent: Agent) -> httpx.Client:
    return httpx.Client(base_url=agent.health.url, trust_env=False, timeout=60)
