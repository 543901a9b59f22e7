"""Kill -9 between bytes and commit: what beeped is there, once and in order."""

from __future__ import annotations

import random
import signal
import time
from itertools import count
from pathlib import Path

from unison_station.simulate.instruments import Scanner
from unison_station.store import Store

from tests.station_agent.peripherals import killed
from tests.station_agent.peripherals.station import scans
from tests.station_agent.store.making import ROOMY
from tests.station_agent.warm import Child

MOST_ROUNDS = 30


def test_nothing_that_beeped_is_lost_or_doubled(tmp_path: Path) -> None:
    device, folder, chance = Scanner(tmp_path / "scanner"), tmp_path / "agent", random.Random(7)
    device.cable.plug()
    sent = iter(range(10**6))
    beeped: list[str] = []
    for round_ in count():
        with Child(tmp_path / f"said-{round_}", killed.main, folder, device.cable.link) as child:
            ends = time.monotonic() + chance.uniform(0.05, 0.4)
            while not child.lines or time.monotonic() < ends:
                device.scan(f"{next(sent)}", "C0")
                time.sleep(0.002)
                ends = ends if child.lines else time.monotonic() + chance.uniform(0.05, 0.4)
            child.end(signal.SIGKILL)
        beeped += [line.removeprefix(killed.BEEP) for line in child.lines if line.startswith(killed.BEEP)]
        if round_ >= 2 and len(beeped) > 50:
            break
        assert round_ < MOST_ROUNDS
    device.cable.unplug()
    with Store.open(folder, ROOMY) as store:
        kept = scans(store)
    assert set(beeped) <= set(kept)
    assert len(set(kept)) == len(kept), "each counts once"
    assert kept == sorted(kept, key=int), "in the order they were scanned"
