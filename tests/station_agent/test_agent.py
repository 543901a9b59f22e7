"""The whole agent: in this process against a server, and as a program that is told to stop or killed."""

import asyncio
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from unison_domain.stations.configuration import AgentConfiguration
from unison_station.agent import Agent
from unison_station.cli import main
from unison_station.configuration_file import save_configuration
from unison_station.store import Store
from unison_station.uplink import enrol

from tests.station_agent.configurations import configuration, device, machine_tags, tag
from tests.station_agent.devices.slave import Slave
from tests.station_agent.engine.press import Press, connected
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until
from tests.station_agent.warm import Child

STALE_SECONDS = 3.0
READS_IN_STALE_SECONDS = 31
"""The press is read every 0.1 s."""


@pytest.fixture
def press() -> Press:
    return Press()


@pytest.fixture
def slave(press: Press) -> Iterator[Slave]:
    with connected(press) as slave:
        yield slave


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with running(FakeServer()) as server:
        yield server


def kinds(server: FakeServer) -> list[str]:
    return [event["kind"] for event in server.taken]


def counted(events: list[dict[str, Any]]) -> int:
    return sum(event["delta"] for event in events if event["kind"] == "counted")


def of_server(wanted: AgentConfiguration) -> AgentConfiguration:
    return wanted.model_copy(update={"agent_id": AGENT, "organization_id": ORGANIZATION})


def test_from_enrolment_to_events_at_the_server(
    tmp_path: Path, server: FakeServer, slave: Slave, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new agent knows nothing; the server's configuration arrives while it runs, then a second one."""
    monkeypatch.setattr("unison_station.uplink.heartbeat.BEAT_SECONDS", 0.2)
    identity = enrol(tmp_path, server.url, "code_12345678", version="test")
    server.configuration = of_server(configuration(device("press", slave.port, *machine_tags("press"))))
    with Agent(tmp_path, identity=identity) as agent:
        server.wait_for(lambda: "state_changed" in kinds(server))
        press.make(5)
        server.wait_for(lambda: counted(server.taken) == 5)
        server.wait_for(lambda: bool(server.heartbeats[-1]["machines"]))
        assert server.heartbeats[-1]["machines"][0]["state"] == "running"
        more = tag("press", "hole", 9)
        slave.holes = {9}
        wanted = configuration(device("press", slave.port, *machine_tags("press"), more), version=2)
        server.configuration = of_server(wanted)
        server.wait_for(lambda: bool(server.heartbeats[-1]["devices"] and server.heartbeats[-1]["devices"][0]["tags"]))
        (problem,) = server.heartbeats[-1]["devices"][0]["tags"]
        assert (problem["name"], problem["exception"]) == ("hole", 2)
        press.make(3)
        server.wait_for(lambda: counted(server.taken) == 8)
        until(lambda: agent.status().queue_depth == 0)
        assert agent.status().link is not None
    assert server.taken[0]["kind"] == "agent_started"
    with Agent(tmp_path, identity=identity) as agent:
        assert agent.engine.configuration.version == 2
        press.make(2)
        server.wait_for(lambda: counted(server.taken) == 10)
    assert [event["clean_stop"] for event in server.taken if event["kind"] == "agent_started"] == [True, True]


def test_collecting_goes_on_without_the_server(tmp_path: Path, slave: Slave, press: Press) -> None:
    wanted = of_server(configuration(device("press", slave.port, *machine_tags("press"))))
    with running(FakeServer(configuration=wanted)) as server:
        identity = enrol(tmp_path, server.url, "code_12345678", version="test")
        save_configuration(tmp_path / "configuration.json", wanted)
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: [machine.state for machine in agent.status().machines] == ["running"])
        press.make(4)
        until(lambda: agent.status().queue_depth >= 5)
        until(lambda: any(problem.startswith("Server") for problem in agent.status().problems))
    port = int(server.url.rpartition(":")[2])
    with running(FakeServer(configuration=wanted), port) as server, Agent(tmp_path, identity=identity):
        server.wait_for(lambda: counted(server.taken) == 4)


class Program(Child):
    """`unison-station run` as a process."""

    def __init__(self, folder: Path, wanted: AgentConfiguration) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        (folder / "local.json").unlink(missing_ok=True)
        file = folder.with_suffix(".json")
        file.write_text(wanted.model_dump_json())
        words = ["run", "--data", str(folder), "--configuration", str(file), "--port", "0"]
        super().__init__(folder.with_suffix(".log"), main, words)
        until(lambda: (folder / "local.json").exists() or not self.is_running)
        assert self.is_running, self.lines

    def has_made(self, events: int) -> None:
        """Wait until the run made so many events."""
        url = orjson.loads((self.folder / "local.json").read_bytes())["url"]
        line = re.compile(r"^unison_station_events_total (.*)$", re.MULTILINE)
        with httpx.Client(base_url=url, trust_env=False) as client:
            until(lambda: float(line.findall(client.get("metrics").text)[0]) >= events)


def buffered(folder: Path) -> list[dict[str, Any]]:
    with Store.open(folder) as store:
        return [orjson.loads(row.body) for row in store.outgoing.pending(max_events=5000, max_bytes=10**9)]


def test_sigterm_ends_in_order_and_kill_loses_no_part(tmp_path: Path, slave: Slave, press: Press) -> None:
    folder = tmp_path / "agent"
    wanted = configuration(device("press", slave.port, *machine_tags("press")))
    for number in (signal.SIGKILL, signal.SIGTERM):
        with Program(folder, wanted) as agent:
            agent.has_made(3)
            press.make(4)
            agent.has_made(4)
            press.make(1)
            assert agent.end(number) == (0 if number == signal.SIGTERM else -signal.SIGKILL)
    with Agent(folder, configuration=wanted) as last:
        until(lambda: last.status().committed >= 3)
    events = buffered(folder)
    assert counted(events) == press.registers[2] - 100
    starts = [event["clean_stop"] for event in events if event["kind"] == "agent_started"]
    assert starts == [True, False, True]


def test_an_agent_that_is_back_in_time_goes_on_with_the_open_interval(tmp_path: Path, slave: Slave) -> None:
    """It is killed long after the last event: that the machine ran until then is known from what is saved between."""
    folder = tmp_path / "agent"
    wanted = configuration(device("press", slave.port, *machine_tags("press")), stale_seconds=STALE_SECONDS)
    with Program(folder, wanted) as agent:
        agent.has_made(3)
        asked = len(slave.requests)
        until(lambda: len(slave.requests) >= asked + READS_IN_STALE_SECONDS)
        agent.end(signal.SIGKILL)
    with Program(folder, wanted) as agent:
        agent.has_made(2)
        agent.end(signal.SIGTERM)
    events = buffered(folder)
    assert [event["kind"] for event in events].count("agent_started") == 2
    assert [event["opened"]["state"] for event in events if event["kind"] == "state_changed"] == ["running"]


def test_a_stop_that_comes_before_the_start_is_heard(tmp_path: Path) -> None:
    agent = Agent(tmp_path, configuration=configuration())
    agent.stop()
    asyncio.run(agent.run())
    assert not (tmp_path / "buffer.sqlite").exists()


def test_two_agents_on_one_folder_are_refused(tmp_path: Path) -> None:
    with Agent(tmp_path, configuration=configuration()):
        file = tmp_path / "some.json"
        file.write_text(configuration().model_dump_json())
        words = ["run", "--data", str(tmp_path), "--configuration", str(file)]
        with Child(tmp_path / "second.log", main, words) as second:
            assert second.end() == 1
        (told,) = second.lines
        assert told.startswith(f"unison-station run: another agent runs on {tmp_path}")
