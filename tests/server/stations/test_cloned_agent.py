"""Two agents with one identity, each a real process: both are refused, both go on collecting, a person decides, and in
the end every part is counted once.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from unison_station.store.peek import peek
from unison_station.uplink import enrol

from tests.server.stations.floor import Floor
from tests.station_agent.devices.slave import Slave
from tests.station_agent.operator.talk import Page

WAIT_SECONDS = 60.0


@dataclass
class Shop:
    """A floor whose first counter is a real register, and agents as processes over it."""

    floor: Floor
    address: str
    folder: Path
    register: list[int] = field(default_factory=lambda: [0])
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    agent_id: UUID = field(init=False)
    tag_id: str = field(init=False)

    def enter(self, port: int) -> None:
        """An agent with a station, a device and a counter."""
        enrolment = self.floor.admin.post("/agents", {"name": "PC 1"}).json()
        self.agent_id = UUID(enrolment["agent_id"])

        def create(path: str, **body: object) -> str:
            answer = self.floor.admin.post(path, body)
            assert answer.status_code == 201, answer.text
            return str(answer.json()["id"])

        station = create(
            "/stations", plant_id=str(self.floor.plant_id), code="S9", name="Line 9", agent_id=str(self.agent_id)
        )
        device = create("/devices", station_id=station, name="PLC", host="127.0.0.1", port=port)
        counter = {"role": "count_good", "table": "holding_register", "type": "uint16", "max_rate": 10_000}
        machine = str(self.floor.machines[0])
        self.tag_id = create(
            "/tags", **counter, device_id=device, machine_id=machine, name="good", address=0, poll_seconds=0.1
        )
        self.enrol("a", enrolment["code"])

    def enrol(self, name: str, code: str) -> None:
        enrol(self.folder / name, self.address, code, version="1.0")

    def start(self, name: str) -> None:
        words = ["run", f"--data={self.folder / name}", "--port=0"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "unison_station", *words], stdout=log, stderr=log, env=os.environ
            )

    def end(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, (self.folder / f"{name}.log").read_text()

    def copy(self, name: str, to: str) -> None:
        shutil.copytree(self.folder / name, self.folder / to)

    @property
    def counted(self) -> int:
        query = "select coalesce(sum(delta), 0)::int from machine_counts where tag_id = :tag"
        return int(self.floor.rows(query, tag=self.tag_id)[0][0])

    def make(self, parts: int) -> None:
        self.register[0] += parts

    def wait(self, ready: Callable[[], bool], what: str) -> None:
        ends = time.monotonic() + WAIT_SECONDS
        while not ready():
            logs = {name: (self.folder / f"{name}.log").read_text()[-600:] for name in self.running}
            assert time.monotonic() < ends, f"{what}: {self.counted} counted of {self.register[0]}\n{logs}"
            time.sleep(0.05)

    def count_all(self) -> None:
        self.wait(lambda: self.counted == self.register[0], "every part is counted")

    def conflicted(self) -> bool:
        return bool(self.floor.admin.get(f"/agents/{self.agent_id}").json()["state"] == "conflict")

    def collected(self, name: str) -> int:
        """Events in the buffer."""
        buffer = peek(self.folder / name)
        return buffer.newest if buffer else 0

    def has_collected(self, name: str, more_than: int) -> bool:
        return self.collected(name) > more_than

    def shown(self, name: str) -> int:
        """The good parts of today at the operator page of an agent."""
        url = re.findall(r"the local page is at (\S+)", (self.folder / f"{name}.log").read_text())[-1]
        with httpx.Client(base_url=url, trust_env=False) as client:
            return int(Page(client, "S9").hear("floor")["machines"][0]["counts"]["good"])

    def show_all(self, name: str) -> None:
        self.wait(lambda: self.shown(name) == self.register[0], "every part is shown once")

    def decide(self, name: str) -> None:
        """A person says which one is right."""
        self.enrol(name, self.floor.admin.post(f"/agents/{self.agent_id}/code").json()["code"])


@pytest.fixture
def shop(floor: Floor, address: str, tmp_path: Path) -> Iterator[Shop]:
    """One agent at work that has counted three parts."""
    shop = Shop(floor, address, tmp_path)
    with ExitStack() as stack:
        slave = stack.enter_context(Slave(lambda unit, function, at: shop.register[0]))
        stack.callback(shop.end)
        shop.enter(slave.port)
        shop.start("a")
        shop.wait(lambda: read_once(shop), "the register was read")
        shop.make(3)
        shop.count_all()
        yield shop


def read_once(shop: Shop) -> bool:
    """Whether the device was seen on line, so that parts made from now on are counted."""
    reports = shop.floor.admin.get(f"/agents/{shop.agent_id}/devices").json()["items"]
    return bool(reports) and reports[0]["state"] == "online"


def test_a_cloned_disk_is_refused_and_what_both_made_counts_once(shop: Shop) -> None:
    shop.stop("a")
    shop.copy("a", "b")
    for name in ("a", "b"):
        shop.start(name)
    shop.wait(shop.conflicted, "the conflict is seen")
    before = {name: shop.collected(name) for name in ("a", "b")}
    counted = shop.counted
    shop.make(5)
    for name in ("a", "b"):
        shop.wait(partial(shop.has_collected, name, before[name]), f"{name} goes on collecting")
    assert shop.counted == counted, "nothing is taken from either until a person decides"
    shop.decide("a")
    shop.count_all()
    shop.show_all("a")
    shop.make(4)
    shop.count_all()
    shop.show_all("a")
    shop.stop("b")
    assert shop.conflicted() is False
    assert peek(shop.folder / "b") is not None, "what the clone collected stays with it"


def test_a_folder_brought_back_from_a_backup_goes_on_after_a_person_decided(shop: Shop) -> None:
    shop.stop("a")
    shop.copy("a", "backup")
    shop.start("a")
    shop.make(7)
    shop.count_all()
    shop.stop("a")
    shutil.rmtree(shop.folder / "a")
    shop.copy("backup", "a")
    shop.start("a")
    shop.make(2)
    shop.wait(shop.conflicted, "the conflict is seen")
    shop.decide("a")
    shop.make(6)
    shop.count_all()
    shop.show_all("a")
