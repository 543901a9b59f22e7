"""An agent that starts where the disk is full waits for room, says so, and then begins."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from unison_station.agent import Agent
from unison_station.store import Store

from tests.station_agent.configurations import configuration
from tests.station_agent.waiting import until


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Nothing can be written there meanwhile."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    try:
        yield
    finally:
        filler.unlink()


@pytest.fixture
def folder(tiny_disk: Path) -> Path:
    """Of an agent that worked there before."""
    with Store.open(tiny_disk / "agent"):
        return tiny_disk / "agent"


def test_it_waits_for_room_and_begins(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    agent = Agent(folder, configuration=configuration())
    with full(folder.parent):
        thread = threading.Thread(target=lambda: asyncio.run(agent.run()))
        thread.start()
        until(lambda: f"the disk of {folder} is full, nothing is read until it has room" in caplog.text)
        assert thread.is_alive()
    until(lambda: (folder / "local.json").exists())
    agent.stop()
    thread.join()


def test_it_is_told_to_stop_while_it_waits(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    agent = Agent(folder, configuration=configuration())
    with full(folder.parent):
        thread = threading.Thread(target=lambda: asyncio.run(agent.run()))
        thread.start()
        until(lambda: "waiting for room" in caplog.text)
        agent.stop()
        thread.join()
    assert not (folder / "local.json").exists()
