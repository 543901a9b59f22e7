"""An agent to which the server gave a countersignature, and which does nothing with it any more, to be killed."""

from __future__ import annotations

from pathlib import Path
from threading import Event as Flag
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4, uuid5

from pydantic import TypeAdapter
from unison_domain.codes.events import ScanSource, ScanTaken
from unison_station.agent import Agent
from unison_station.operator.actions import Confirm
from unison_station.operator.confirming import Confirming
from unison_station.peripherals.outlet import Outlet
from unison_station.uplink.identity import load_identity

from tests.station_agent.configurations import SPACE, STATION
from tests.station_agent.waiting import until

SIGNED = "signed"


def typed(act_id: UUID) -> dict[str, Any]:
    """A value that nobody would believe."""
    said = {"station_id": str(STATION), "characteristic_id": str(uuid5(SPACE, "bore")), "value": "42.0"}
    return {"do": "reading", "id": str(act_id), "person": "Ben", **said}


def main(folder: Path, act_id: UUID) -> None:
    wanted = {"do": "confirm", "station_id": str(STATION), "pin": "4711", "act": typed(act_id)}

    def stuck(*_given: object) -> bool:
        print(SIGNED, flush=True)
        return Flag().wait()

    with Agent(folder, identity=load_identity(folder)) as agent:
        until(lambda: agent.signing_on.countersigned is not None and agent.engine.configuration.version > 0)
        outlet = Outlet(agent.desk, agent.engine, agent.signing_on)
        agent.signing_on.awaited.wait_at(STATION, waits=True, confirms=True)
        badge = ScanTaken(at=outlet.now(), id=uuid4(), station_id=STATION, source=ScanSource.SCANNER, text="EVE-BADGE")
        outlet.keep(badge)
        with patch.object(agent.desk, "act", stuck):
            Confirming(agent.desk, agent.engine, agent.signing_on).confirm(TypeAdapter(Confirm).validate_python(wanted))
