"""The simulated shop sets the wall clock under a running agent: events keep their order and tell the true times."""

import os
import signal
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from unison_station.cli import main
from unison_station.configuration_file import save_configuration
from unison_station.simulate.description import ShopDescription
from unison_station.simulate.ledger import MachineTruth, read_ledger
from unison_station.simulate.wall_clock import VARIABLE
from unison_station.uplink import enrol

from tests.station_agent.configurations import configuration
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until
from tests.station_agent.warm import Child

STEPS = [86_400.0, -90_000.0]
SCENARIO = f"""
name = "clock steps"
begins = "at_contact"
settle_seconds = 1
[[station]]
code = "HALL"
name = "Hall"
plant = "P1"
[[machine]]
code = "PRESS"
name = "Press"
station = "HALL"
maker = "a"
poll_seconds = 0.1
on_delay_seconds = 0.0
off_delay_seconds = 0.0
loop = false
steps = [
  {{ do = "run", seconds = 1.5, cycle = 0.3 }},
  {{ do = "clock_step", delta = {STEPS[0]} }},
  {{ do = "stop", seconds = 1.5 }},
  {{ do = "run", seconds = 1.5, cycle = 0.3 }},
  {{ do = "clock_step", delta = {STEPS[1]} }},
  {{ do = "fault", seconds = 1.5, alarms = [3] }},
  {{ do = "run", seconds = 1.5, cycle = 0.3 }},
  {{ do = "stop", seconds = 0.5 }},
]
"""
TOLERANCE_SECONDS = 1.0
"""A poll, a part's cycle, and a busy machine."""


def run_on_shop_time(clock: Path, words: Sequence[str]) -> int:
    """`unison-station` with the shop's clock; body of a process."""
    os.environ[VARIABLE] = str(clock)
    return main(words)


def truth(ledger: Path) -> MachineTruth:
    return read_ledger(ledger).machines.get("PRESS", MachineTruth())


def shop_words(folder: Path) -> list[str]:
    scenario = folder / "steps.toml"
    scenario.write_text(SCENARIO)
    files = {"--ledger": "ledger", "--ports-file": "ports.json", "--clock-file": "clock"}
    options = [f"{option}={folder / name}" for option, name in files.items()]
    return ["simulate", str(scenario), "--port-base=0", *options]


def test_a_clock_step_of_the_shop_reaches_a_real_agent(tmp_path: Path) -> None:
    agent, ledger = tmp_path / "agent", tmp_path / "ledger"
    with running(FakeServer()) as server, Child(tmp_path / "shop.log", main, shop_words(tmp_path)):
        enrol(agent, server.url, "code_12345678", version="test")
        until((tmp_path / "ports.json").exists)
        told = orjson.loads((tmp_path / "ports.json").read_bytes())["shop"]
        wanted = ShopDescription.model_validate(told).configuration
        own = {"agent_id": AGENT, "organization_id": ORGANIZATION}
        server.configuration = wanted.model_copy(update=own)
        save_configuration(agent / "configuration.json", server.configuration)
        words = ["run", "--data", str(agent), "--port", "0"]
        with Child(tmp_path / "agent.log", run_on_shop_time, tmp_path / "clock", words) as program:
            until(lambda: truth(ledger).finished)
            parts = sum(truth(ledger).made.values())
            server.wait_for(lambda: sum(e["delta"] for e in server.taken if e["kind"] == "counted") >= parts)
            states = [begun.state for begun in truth(ledger).states]
            server.wait_for(lambda: sum(e["kind"] == "state_changed" for e in server.taken) >= len(states))
            assert program.end(signal.SIGTERM) == 0
    stepped = [event["delta_seconds"] for event in server.taken if event["kind"] == "clock_stepped"]
    assert stepped == pytest.approx(STEPS, abs=0.5)
    times = [datetime.fromisoformat(event["at"]) for event in server.taken]
    assert all((later - earlier).total_seconds() > -TOLERANCE_SECONDS for earlier, later in pairwise(times))
    changes = [event["opened"] for event in server.taken if event["kind"] == "state_changed"]
    assert [change["state"] for change in changes] == states
    for change, begun in list(zip(changes, truth(ledger).states, strict=True))[1:]:
        late = (datetime.fromisoformat(change["started_at"]) - begun.at).total_seconds()
        assert abs(late) <= TOLERANCE_SECONDS, (change, begun)


def test_a_clock_nobody_sets_is_told(tmp_path: Path) -> None:
    bench = tmp_path / "bench.json"
    bench.write_text(configuration().model_dump_json())
    words = ["run", "--data", str(tmp_path / "agent"), "--configuration", str(bench), "--port", "0"]
    with Child(tmp_path / "log", run_on_shop_time, tmp_path / "clock", words) as program:
        assert program.end() == 1
    says = "No such file or directory): start `simulate --clock-file` first, or unset it"
    assert program.lines[-1] == (
        f"unison-station run: {tmp_path / 'clock'}, named by {VARIABLE}, can not be read ({says}"
    )
