"""A real agent's buffer breaks, and the server counts every part once all the same."""

from __future__ import annotations

import random
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest
from unison_domain.machines.contracts import CountKind
from unison_domain.stations.events import Counted
from unison_station.store import Limits, Store
from unison_station.uplink import Identity, Uplink

from tests.server.stations.floor import Floor, at

LIMITS = Limits(min_free_bytes=0, ballast_bytes=0)
BUFFER = "buffer.sqlite"


class Idle:
    """An engine with nothing to show."""

    machines = ()
    devices = ()
    refusal = None


def count(floor: Floor, store: Store, numbers: range) -> None:
    """Good parts of the first machine, one a second."""
    machine_id, tag_id = floor.machines[0], floor.counters[0]
    for number in numbers:
        made = Counted(
            at=at(number),
            machine_id=machine_id,
            tag_id=tag_id,
            count=CountKind.GOOD,
            delta=1,
            started_at=at(number) - timedelta(seconds=1),
            raw_to=number,
        )
        store.commit([made])


def send_all(floor: Floor, store: Store, folder: Path, address: str) -> None:
    """Until the server has acknowledged everything."""
    identity = Identity(
        server=address,
        agent_id=floor.sender.agent_id,
        organization_id=floor.made.scope.organization_id,
        device_token=floor.sender.token,
    )
    with Uplink(
        store, folder, identity, version="1", live=Idle, running=lambda: 0, on_configuration=lambda _: None
    ) as uplink:
        ends = time.monotonic() + 60
        while store.outgoing.depth:
            assert time.monotonic() < ends, uplink.link
            time.sleep(0.01)


def spoil(path: Path, table: str) -> None:
    """The page of the table is unreadable."""
    connection = sqlite3.connect(path)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(random.Random(1).randbytes(4096))


@pytest.mark.parametrize("tables", [("checkpoints",), ("checkpoints", "meta")])
def test_every_part_counts_once(floor: Floor, address: str, tmp_path: Path, tables: tuple[str, ...]) -> None:
    """Though the buffer can't say how far the server had come, or not even under which epoch."""
    for first in (1, 6):
        with Store.open(tmp_path, LIMITS) as store:
            count(floor, store, range(first, first + 3))
            send_all(floor, store, tmp_path, address)
            count(floor, store, range(first + 3, first + 5))
        for table in tables:
            spoil(tmp_path / BUFFER, table)
    with Store.open(tmp_path, LIMITS) as store:
        assert store.opening.recovered is not None
        send_all(floor, store, tmp_path, address)
        assert store.dead_letters.count() == 0
    parts = floor.rows("select raw_to from machine_counts order by raw_to")
    assert [row.raw_to for row in parts] == list(range(1, 11))
