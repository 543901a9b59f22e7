"""`./unison demo --check`: a short shop without a window, then truth against database and event stream."""

from __future__ import annotations

import shutil
from pathlib import Path

from unison_dev.api import Api, Listener
from unison_dev.demo_organization import ADMIN, ORGANIZATION, PASSWORD
from unison_dev.floor import Floor, Tell, wait_for
from unison_dev.reckoning import Reckoning, Row, reckon

SCENARIO_SECONDS = 60
SETTLING_SECONDS = 20


def run(folder: Path, tell: Tell) -> int:
    """Play the scenario `check` once on new databases; 0 when every row agrees."""
    floor = Floor(folder, "check", tell)
    with floor:
        floor.begin_anew()
        api = floor.start()
        with Api(floor.url) as own:
            own.sign_in(ORGANIZATION, ADMIN.username, PASSWORD)
            listener = Listener(own)
            tell("the shop works for about 20 s")
            reckoning = Reckoning(floor, api, listener)
            if not wait_for(reckoning.shop_has_finished, SCENARIO_SECONDS):
                tell(f"the shop had not finished after {SCENARIO_SECONDS} s")
            wait_for(lambda: all(row.agrees for row in reckon(reckoning, stream=False)), SETTLING_SECONDS, pause=0.5)
            floor.stop_agents()
            wait_for(lambda: all(row.agrees for row in reckon(reckoning)), SETTLING_SECONDS, pause=0.5)
            rows = reckon(reckoning)
            listener.end()
    _print(rows)
    agreed = all(row.agrees for row in rows)
    if agreed:
        floor.forget()
    else:
        print(f"{sum(not row.agrees for row in rows)} rows differ; everything is kept in {folder}")
    return 0 if agreed else 1


def _print(rows: list[Row]) -> None:
    width = min(shutil.get_terminal_size((140, 40)).columns - 60, 70)
    print(f"\n{'what':<34} {'simulated shop':<{width}} {'database and event stream':<{width}}")
    for row in rows:
        print(f"{row.what:<34} {row.truth:<{width}} {row.found:<{width}} {'ok' if row.agrees else 'DIFFERS'}")
    print()
