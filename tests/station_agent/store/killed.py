"""A process that commits counts and its state for ever, to be killed.

After each commit it prints the number that is durable now. Samples go through the group commit in between.
"""

from __future__ import annotations

from pathlib import Path

from unison_station.store import GroupCommit, Store

from tests.station_agent.store.making import ROOMY, counted, sample


def main(folder: Path) -> None:
    with Store.open(folder, ROOMY) as store, GroupCommit(store) as group:
        number = int(store.load_state().get("counter", b"0"))
        while True:
            number += 1
            group.add([sample(float(number), store.clock.now())], {"sampled": b"%d" % number})
            group.add([counted(number, store.clock.now())], {"counter": b"%d" % number})
            print(number, flush=True)
