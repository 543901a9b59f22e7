"""A buffer that breaks, or a disk that fails, under an agent at work: told everywhere, and mended by a new start."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from unison_station.agent import Agent
from unison_station.configuration_file import save_configuration
from unison_station.store.pages import PageFile
from unison_station.store.salvage import Salvage
from unison_station.uplink import enrol

from tests.station_agent.configurations import configuration, device, machine_tags
from tests.station_agent.devices.slave import Slave
from tests.station_agent.engine.press import Press, connected
from tests.station_agent.store.making import counted, store_in
from tests.station_agent.test_agent import Program, buffered, of_server
from tests.station_agent.uplink.server import FakeServer, running
from tests.station_agent.waiting import until

BUFFER = "buffer.sqlite"
BEFORE = 300


@pytest.fixture
def press() -> Press:
    return Press()


@pytest.fixture
def slave(press: Press) -> Iterator[Slave]:
    with connected(press) as slave:
        yield slave


def fill(folder: Path) -> int:
    """Put a backlog into the file; returns the page its oldest events stand on."""
    with store_in(folder) as store:
        store.commit([counted(number) for number in range(1, BEFORE + 1)])
        roots = dict(store._database.rows("SELECT name, rootpage FROM sqlite_master"))
    with PageFile(folder / BUFFER) as pages:
        return Salvage(pages, roots)._trees["outbox"].order[0]


def zero(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(bytes(4096))


def address(folder: Path) -> str | None:
    try:
        return str(orjson.loads((folder / "local.json").read_bytes())["url"])
    except FileNotFoundError:
        return None


def asks(folder: Path) -> bool:
    """Ask for the page, as a browser that refreshes; True when it was answered."""
    url = address(folder)
    try:
        return url is not None and httpx.get(url, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def set_aside(folder: Path) -> int:
    return len([path for path in folder.glob(f"{BUFFER}.corrupt-*") if not path.name.endswith(("-wal", "-shm"))])


def is_mended(folder: Path) -> bool:
    """Whether the second agent's page answers; until then the first one's is asked, so that it meets the damage."""
    was_set_aside = set_aside(folder) == 1
    return asks(folder) and was_set_aside


def parts_before(events: list[dict[str, Any]]) -> list[int]:
    """Of the backlog, which is of no machine."""
    return [event["raw_to"] for event in events if event["kind"] == "counted" and event["machine_id"] is None]


def test_an_agent_whose_buffer_breaks_starts_again_once_and_goes_on(tmp_path: Path, slave: Slave, press: Press) -> None:
    folder = tmp_path / "agent"
    page = fill(folder)
    with Program(folder, configuration(device("press", slave.port, *machine_tags("press")))) as agent:
        agent.has_made(3)
        zero(folder / BUFFER, page)
        until(lambda: is_mended(folder))
        agent.has_made(3)
        assert agent.is_running
        assert agent.end(signal.SIGTERM) == 0
    events = buffered(folder)
    (gap,) = (event for event in events if event["kind"] == "gap")
    assert gap["reason"] == "buffer_corrupt"
    kept = parts_before(events)
    assert kept == list(range(kept[0], BEFORE + 1))
    assert gap["lost"] == {"unreadable": kept[0] - 1}


def test_an_agent_whose_buffer_breaks_again_ends_and_says_why(tmp_path: Path, slave: Slave) -> None:
    folder = tmp_path / "agent"
    page = fill(folder)
    with Program(folder, configuration(device("press", slave.port, *machine_tags("press")))) as agent:
        agent.has_made(3)
        zero(folder / BUFFER, page)
        until(lambda: is_mended(folder))
        agent.has_made(3)
        for other in range(2, (folder / BUFFER).stat().st_size // 4096 + 1):
            zero(folder / BUFFER, other)
        until(lambda: not asks(folder) and not agent.is_running)
        assert agent.end() == 1
        assert "a new start recovers what is readable" in agent.lines[-1]


class Failing:
    """A connection to a disk that fails."""

    def execute(self, *_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    def close(self) -> None:
        """Nothing is open."""


def test_a_disk_that_fails_is_told_on_every_page_and_to_the_server(tmp_path: Path, slave: Slave) -> None:
    wanted = of_server(configuration(device("press", slave.port, *machine_tags("press"))))
    with running(FakeServer(configuration=wanted)) as server:
        identity = enrol(tmp_path, server.url, "code_12345678", version="test")
        save_configuration(tmp_path / "configuration.json", wanted)
        with Agent(tmp_path, identity=identity) as agent:
            server.wait_for(lambda: bool(server.heartbeats and server.heartbeats[-1]["machines"]))
            sound = agent.store._database.reader
            agent.store._database.reader = Failing()  # type: ignore[assignment]
            server.wait_for(lambda: "disk I/O error" in (server.heartbeats[-1]["refusal"] or ""))
            for path in ("", "metrics", "station"):
                asked = httpx.get(agent.health.url + path, trust_env=False, follow_redirects=True)
                assert asked.status_code == 200
            health = httpx.get(agent.health.url + "health", trust_env=False)
            assert (health.status_code, health.json()["dead_letters"]) == (503, None)
            assert "disk I/O error" in health.json()["problems"][0]
            agent.store._database.reader = sound
            server.wait_for(lambda: server.heartbeats[-1]["refusal"] is None)
