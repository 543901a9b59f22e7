"""The whole agent on a PC that is started anew with another clock: what is tapped then is of the stop that is meant."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from unison_station.agent import Agent
from unison_station.configuration_file import save_configuration
from unison_station.uplink import Identity, enrol

from tests.station_agent.configurations import MACHINE
from tests.station_agent.devices.slave import Slave
from tests.station_agent.engine.press import Press
from tests.station_agent.operator.shop import reason_id, shop
from tests.station_agent.operator.talk import Page
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until

DEAD_BATTERY = datetime(1970, 1, 1, 0, 1, tzinfo=UTC) - datetime.now(UTC)
BERLIN = ZoneInfo("Europe/Berlin")
CLOCKS = [timedelta(hours=-1), timedelta(hours=1), DEAD_BATTERY]


class Boot:
    """The clocks of a PC that was started half a minute ago, whose wall clock is wrong by `error`."""

    def __init__(self, name: str, error: timedelta) -> None:
        self._name, self._error, self._began = name, error.total_seconds(), time.monotonic() - 30

    def wall(self) -> float:
        return time.time() + self._error

    def monotonic(self) -> float:
        return time.monotonic() - self._began

    def boot_id(self) -> str:
        return self._name

    def is_synchronised(self) -> bool:
        return False


def at_work(folder: Path, identity: Identity, boot: Boot) -> Agent:
    return Agent(folder, identity=identity, system=boot)


def moments(server: FakeServer, state: str) -> list[datetime]:
    """When the machine went into this state, as the server knows."""
    opened: list[dict[str, Any]] = [event["opened"] for event in server.taken if event["kind"] == "state_changed"]
    return [datetime.fromisoformat(one["started_at"]) for one in opened if one["state"] == state]


@pytest.mark.parametrize(("before", "after"), [*((one, timedelta(0)) for one in CLOCKS), (timedelta(0), DEAD_BATTERY)])
def test_a_reason_reaches_the_stop_it_was_said_of(
    tmp_path: Path, press: Press, slave: Slave, before: timedelta, after: timedelta
) -> None:
    wanted = shop(slave.port, agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted)) as server:
        identity = enrol(tmp_path, server.url, "code_12345678", version="test")
        with at_work(tmp_path, identity, Boot("first", before)):
            server.wait_for(lambda: bool(moments(server, "running")))
            press.registers[0], stopped = 0, datetime.now(UTC)
            server.wait_for(lambda: bool(moments(server, "stopped")))
        with (
            at_work(tmp_path, identity, Boot("second", after)) as agent,
            httpx.Client(base_url=agent.health.url, trust_env=False) as client,
        ):
            page = Page(client)
            until(lambda: bool(page.machine("P1")["recent"]))
            off, stop = page.machine("P1")["recent"]
            assert (off["state"], stop["state"]) == ("unknown", "stopped")
            said = page.say(
                "reason",
                machine_id=str(MACHINE),
                started_at=stop["id"],
                reason_id=str(reason_id("Spindle")),
            )
            assert said.status_code == 200
            server.wait_for(lambda: any(event["kind"] == "stop_reasoned" for event in server.taken))
        (word,) = [event for event in server.taken if event["kind"] == "stop_reasoned"]
        assert datetime.fromisoformat(word["started_at"]) == moments(server, "stopped")[0]
        assert datetime.fromisoformat(word["ended_at"]) == moments(server, "unknown")[0]
        assert abs(moments(server, "stopped")[0] - stopped) < timedelta(seconds=3)
        assert abs(datetime.fromisoformat(word["at"]) - datetime.now(UTC)) < timedelta(seconds=10)


@pytest.mark.parametrize("error", [timedelta(hours=-8), timedelta(hours=-30), timedelta(hours=30), DEAD_BATTERY])
def test_clock_moments_and_day_of_the_page_are_the_servers(
    tmp_path: Path, press: Press, slave: Slave, error: timedelta
) -> None:
    wanted = shop(slave.port, agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted)) as server:
        identity = enrol(tmp_path, server.url, "code_12345678", version="test")
        save_configuration(tmp_path / "configuration.json", wanted)
        today = datetime.now(BERLIN).date()
        server.corrected = [{"machine_id": str(MACHINE), "day": str(today), "good": "100"}]
        with (
            at_work(tmp_path, identity, Boot("first", error)) as agent,
            httpx.Client(base_url=agent.health.url, trust_env=False) as client,
        ):
            page = Page(client)
            press.make(3)
            until(lambda: page.machine("P1")["counts"]["good"] == 103)
            assert agent.desk.floor.counts.made_on(MACHINE, today).good == 103
            assert is_now(page.hear("now")["at"])
            assert is_now(page.machine("P1")["since"])
            press.registers[0] = 0
            until(lambda: page.machine("P1")["stop"] is not None)
            stop = page.machine("P1")["stop"]
            assert is_now(stop["started_at"])
            assert not is_now(stop["id"])
            about = {"machine_id": str(MACHINE), "started_at": stop["id"]}
            assert page.say("reason", **about, reason_id=str(reason_id("Spindle"))).status_code == 200


def is_now(moment: str) -> bool:
    return abs(datetime.fromisoformat(moment) - datetime.now(UTC)) < timedelta(minutes=1)
