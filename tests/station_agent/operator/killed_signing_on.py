"""An agent at which somebody signs on by badge, which says so when it is kept, to be killed."""

from __future__ import annotations

from pathlib import Path
from threading import Event as Flag
from uuid import uuid4

from unison_domain.codes.events import ScanSource, ScanTaken
from unison_station.agent import Agent
from unison_station.peripherals.outlet import Outlet

from tests.station_agent.configurations import STATION
from tests.station_agent.operator.shop import shop

KEPT = "kept"
CONFIGURATION = shop()


def main(folder: Path, text: str) -> None:
    with Agent(folder, configuration=CONFIGURATION) as agent:
        outlet = Outlet(agent.desk, agent.engine, agent.signing_on)
        at = outlet.now()
        outlet.keep(ScanTaken(at=at, id=uuid4(), station_id=STATION, source=ScanSource.SCANNER, text=text))
        print(KEPT, flush=True)
        Flag().wait()
