"""An agent that counts and sends for ever, to be killed."""

from __future__ import annotations

import time
from pathlib import Path

from unison_station.store import GroupCommit, Store
from unison_station.uplink import Uplink, load_identity

from tests.station_agent.store.making import ROOMY, counted, sample
from tests.station_agent.uplink.server import Shown


def main(folder: Path) -> None:
    with (
        Store.open(folder, ROOMY) as store,
        GroupCommit(store) as group,
        Uplink(
            store,
            folder,
            load_identity(folder),
            version="1.2.3",
            live=Shown,
            running=lambda: 0,
            on_configuration=lambda _: None,
        ),
    ):
        number = int(store.load_state().get("counter", b"0"))
        while True:
            number += 1
            now = store.clock.now()
            group.add([sample(float(number), now)])
            group.add([counted(number, now)], {"counter": b"%d" % number})
            print(number, flush=True)
            time.sleep(0.0005)
