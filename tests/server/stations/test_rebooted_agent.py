"""A PC with a wrong clock is started anew with another one: what is said then is of the stop that lasted meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.configuration import AgentConfiguration, ReasonConfiguration
from unison_domain.stations.events import OpenedInterval, StateChanged
from unison_station.operator.actions import SayReason
from unison_station.operator.decisions import Situation, decide
from unison_station.operator.desk import Desk
from unison_station.operator.recent import Recent
from unison_station.store import Store

from tests.server.machines.test_downtime import listed, reasons
from tests.server.stations.floor import Floor
from tests.server.stations.test_agent_recovers import LIMITS, send_all
from tests.station_agent.operator.shop import shop
from tests.station_agent.store.making import Pc

__all__ = ["reasons"]

DEAD_BATTERY = datetime(1970, 1, 1, 0, 1, tzinfo=UTC) - datetime(2026, 11, 20, tzinfo=UTC)
CLOCKS = [timedelta(hours=-1), timedelta(hours=1), DEAD_BATTERY]


def wanted(machine_id: UUID, reason_id: str) -> AgentConfiguration:
    base = shop()
    machine = base.machines[0].model_copy(update={"id": machine_id})
    reason = ReasonConfiguration(id=UUID(reason_id), number=310, name="No material")
    return base.model_copy(update={"machines": (machine,), "reasons": (reason,)})


def say(store: Store, configuration: AgentConfiguration) -> None:
    """What a person taps, on the page as it is after the start."""
    floor, machine = Desk(store.load_state(), configuration).floor, configuration.machines[0].id
    stop = floor.machines[machine].stop
    assert stop is not None
    said = SayReason(
        do="reason",
        id=uuid4(),
        machine_id=machine,
        started_at=stop.started_at,
        reason_id=configuration.reasons[0].id,
        person="Ann",
    )
    (word,), _ = decide(said, Situation(configuration, frozenset(), floor, Recent(), (), store.clock.now()))
    store.commit([word])


@pytest.mark.parametrize("before", CLOCKS)
@pytest.mark.parametrize("after", [timedelta(0), DEAD_BATTERY])
def test_a_reason_said_after_a_reboot_is_of_its_stop(
    floor: Floor, reasons: dict[int, str], address: str, tmp_path: Path, before: timedelta, after: timedelta
) -> None:
    machine, began = floor.machines[0], datetime.now(UTC)
    configuration = wanted(machine, reasons[310])
    pc = Pc(began + before)
    with Store.open(tmp_path, LIMITS, pc) as store:
        opened = OpenedInterval(id=uuid4(), state=MachineState.STOPPED, started_at=store.clock.now())
        stopped = StateChanged(at=store.clock.now(), machine_id=machine, opened=opened)
        store.commit([stopped], Desk({}, configuration).follow([stopped], configuration))
        send_all(floor, store, tmp_path, address)
    pc.reboot(datetime.now(UTC) + after)
    with Store.open(tmp_path, LIMITS, pc) as store:
        say(store, configuration)
        send_all(floor, store, tmp_path, address)
    assert floor.rows("select code, message from quarantine") == []
    (stop,) = listed(floor)
    assert (stop["downtime_reason_code"], stop["reported_by_name"]) == ("310", "Ann")
    assert abs(datetime.fromisoformat(stop["started_at"]) - began) < timedelta(seconds=10)
