"""`./unison demo --check`: a short shop without a window, then truth against database and event stream."""

from __future__ import annotations

from pathlib import Path

from unison_dev.api import Api, Listener
from unison_dev.demo_organization import ADMIN, ORGANIZATION, PASSWORD
from unison_dev.floor import Floor, Tell, wait_for
from unison_dev.reckoning import Reckoning, Row, reckon

SCENARIO_SECONDS = 240
SETTLING_SECONDS = 60


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
    differing = sum(not row.agrees for row in rows)
    if differing:
        print(f"{differing} of {len(rows)} rows differ; everything is kept in {folder}")
        return 1
    floor.forget()
    print(f"All {len(rows)} rows agree.")
    return 0


def _print(rows: list[Row]) -> None:
    lines = [("what", "simulated shop", "database and event stream", "")]
    lines += [(row.what, row.truth, row.found, "ok" if row.agrees else "DIFFERS") for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
