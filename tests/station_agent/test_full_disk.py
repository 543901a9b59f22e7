"""An agent that starts where the disk is full waits for room, says so, and then begins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest
from unison_station.agent import Agent
from unison_station.store import Store

from tests.station_agent.configurations import configuration
from tests.station_agent.waiting import until


@contextmanager
def full(disk: Path) -> Iterator[Callable[[], None]]:
    """Nothing can be written there, until what is given is called or the block ends."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass

    def free() -> None:
        filler.unlink(missing_ok=True)

    try:
        yield free
    finally:
        free()


@pytest.fixture
def folder(tiny_disk: Path) -> Path:
    """Of an agent that worked there before."""
    with Store.open(tiny_disk / "agent"):
        return tiny_disk / "agent"


@contextmanager
def starting(agent: Agent) -> Iterator[Thread]:
    """The agent runs meanwhile, or waits until it can."""
    thread = Thread(target=lambda: asyncio.run(agent.run()), daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        agent.stop()
        thread.join(60)
    assert not thread.is_alive()


def test_it_waits_for_room_and_begins(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    agent = Agent(folder, configuration=configuration())
    with full(folder.parent) as free, starting(agent) as thread:
        until(lambda: f"the disk of {folder} is full, nothing is read until it has room" in caplog.text)
        assert thread.is_alive()
        free()
        until(lambda: (folder / "local.json").exists())


def test_it_is_told_to_stop_while_it_waits(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with full(folder.parent), starting(Agent(folder, configuration=configuration())):
        until(lambda: "waiting for room" in caplog.text)
    assert not (folder / "local.json").exists()
