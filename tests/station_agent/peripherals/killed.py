"""An agent with a scanner that prints each text when it may beep, to be killed."""

from __future__ import annotations

from pathlib import Path
from threading import Event as Flag
from unittest.mock import patch

from unison_domain.codes.events import ScanTaken
from unison_domain.stations.events import Event
from unison_station.agent import Agent
from unison_station.peripherals.outlet import Outlet

from tests.station_agent.peripherals.station import scanner, station

BEEP = "beep "


def main(folder: Path, port: Path) -> None:
    keep = Outlet.keep

    def beeping(outlet: Outlet, *events: Event) -> None:
        keep(outlet, *events)
        for event in events:
            if isinstance(event, ScanTaken):
                print(f"{BEEP}{event.text}", flush=True)

    with patch.object(Outlet, "keep", beeping), Agent(folder, configuration=station(scanner(port))):
        Flag().wait()
