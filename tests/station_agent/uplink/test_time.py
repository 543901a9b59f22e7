"""Whatever the PC's clock does, events arrive in order with times that are right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.events import OpenedInterval, StateChanged
from unison_station.clock import ANSWERS_KEPT, SHORTEST_OUTAGE_SECONDS

from tests.station_agent.store.making import START, Pc, counted
from tests.station_agent.uplink.conftest import Agent, MakeAgent
from tests.station_agent.uplink.server import FakeServer

MACHINE = UUID("00000000-0000-7000-8000-00000000000c")


def at(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["at"])


def work(agent: Agent, first: int, count: int) -> None:
    """One count each second."""
    for number in range(first, first + count):
        agent.store.commit([counted(number, agent.store.clock.now())])
        agent.pc.pass_seconds(1)


@pytest.mark.parametrize(
    "off", [timedelta(hours=1), timedelta(days=-1), START - datetime(1970, 1, 1, 0, 1, tzinfo=UTC)]
)
def test_a_wrong_clock_is_corrected_also_for_what_was_stamped_before(
    agent_of: MakeAgent, server: FakeServer, off: timedelta
) -> None:
    agent = agent_of(pc=Pc(START - off), beat=False)
    work(agent, 1, 5)
    server.now = lambda: agent.store.clock.now() + off
    agent.beater.step()
    work(agent, 6, 5)
    agent.send()
    assert server.numbers == list(range(1, 11))
    assert [at(event) for event in server.taken] == [START + timedelta(seconds=n) for n in range(10)]
    assert datetime.fromisoformat(server.taken[0]["stamped_at"]) == START - off


@pytest.mark.parametrize("step", [-3600.0, 86_400.0, -1_795_154_400.0])
def test_setting_the_clock_moves_no_stamp_and_is_told(agent_of: MakeAgent, server: FakeServer, step: float) -> None:
    agent = agent_of()
    work(agent, 1, 3)
    assert agent.store.clock.step() is None
    agent.pc.set_clock(step)
    assert agent.store.clock.step() == pytest.approx(step)
    assert agent.store.clock.step() is None
    work(agent, 4, 3)
    agent.send()
    assert [at(event) for event in server.taken] == [START + timedelta(seconds=n) for n in range(6)]


def test_a_restart_goes_on_with_the_line_of_its_boot(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    work(agent, 1, 3)
    agent.store.close()
    agent.pc.set_clock(-3600)
    again = agent_of(pc=agent.pc, beat=False)
    assert again.store.clock.now() == START + timedelta(seconds=3)


def test_a_dead_battery_does_not_lead_behind_what_was_stamped(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    work(agent, 1, 3)
    agent.store.close()
    agent.pc.reboot(datetime(1970, 1, 1, tzinfo=UTC))
    again = agent_of(pc=agent.pc, beat=False)
    assert again.store.clock.now() == START + timedelta(seconds=3 + again.pc.monotonic() + SHORTEST_OUTAGE_SECONDS)


def test_each_boot_is_corrected_by_its_own_offset(agent_of: MakeAgent, server: FakeServer) -> None:
    pc = Pc(START - timedelta(hours=1))
    agent = agent_of(pc=pc, beat=False)
    server.now = lambda: START + timedelta(minutes=1)
    agent.beater.step()
    work(agent, 1, 1)
    agent.store.close()
    pc.reboot(START + timedelta(minutes=2))
    again = agent_of(pc=pc, beat=False)
    server.now = lambda: again.store.clock.now()
    again.beater.step()
    work(again, 2, 1)
    again.send()
    assert [at(event) for event in server.taken] == [START + timedelta(minutes=1), START + timedelta(minutes=2)]


def test_a_boot_that_never_heard_the_server_says_so(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of(beat=False)
    work(agent, 1, 1)
    agent.store.close()
    agent.pc.reboot(START + timedelta(minutes=2))
    again = agent_of(pc=agent.pc)
    work(again, 2, 1)
    again.send()
    assert [event.get("clock_unsynced") for event in server.taken] == [True, None]


def test_a_correction_moves_every_time_in_an_event(agent_of: MakeAgent, server: FakeServer) -> None:
    server.offset = timedelta(hours=1)
    agent = agent_of()
    agent.pc.pass_seconds(1)
    opened = OpenedInterval(id=MACHINE, state=MachineState.RUNNING, started_at=START)
    agent.store.commit([StateChanged(at=agent.store.clock.now(), machine_id=MACHINE, opened=opened)])
    agent.send()
    (event,) = server.taken
    changed = StateChanged.model_validate(event)
    assert (changed.at, changed.opened.started_at) == (
        START + timedelta(hours=1, seconds=1),
        START + timedelta(hours=1),
    )


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(days=-2)])
def test_a_clock_that_a_time_service_keeps_follows_no_wrong_server(
    agent_of: MakeAgent, server: FakeServer, off: timedelta
) -> None:
    pc = Pc()
    pc.synchronised = True
    agent = agent_of(pc=pc, beat=False)
    server.now = lambda: START + timedelta(seconds=pc.monotonic() - 100.0) + off
    for number in range(1, 2 * ANSWERS_KEPT):
        agent.beater.step()
        work(agent, number, 1)
        agent.pc.pass_seconds(4)
    agent.send()
    assert [at(event) for event in server.taken] == [START + timedelta(seconds=5 * n) for n in range(len(server.taken))]
    assert len(server.taken) == 2 * ANSWERS_KEPT - 1
    assert server.heartbeats[-1]["clock_offset_seconds"] == pytest.approx(off.total_seconds(), abs=0.01)


def test_a_clock_no_time_service_keeps_any_more_is_corrected_again(agent_of: MakeAgent, server: FakeServer) -> None:
    pc = Pc(START - timedelta(hours=1))
    pc.synchronised = True
    agent = agent_of(pc=pc, beat=False)
    server.now = lambda: START + timedelta(seconds=pc.monotonic() - 100.0)
    agent.beater.step()
    pc.synchronised = False
    for _ in range(2 * ANSWERS_KEPT):
        agent.pc.pass_seconds(5)
        agent.beater.step()
    assert abs(agent.store.timeline.settled_now - server.now()) < timedelta(seconds=1)


def test_a_slow_drift_is_steered_away_without_a_jump(agent_of: MakeAgent, server: FakeServer) -> None:
    agent = agent_of()
    began = agent.store.clock.now()
    server.now = lambda: began + timedelta(seconds=agent.pc.monotonic() - 100.0 + 0.4)
    previous = began
    for _ in range(1000):
        agent.pc.pass_seconds(5)
        agent.beater.step()
        assert timedelta(seconds=4.99) < agent.store.clock.now() - previous < timedelta(seconds=5.01)
        previous = agent.store.clock.now()
    assert abs(agent.store.clock.now() - began - timedelta(seconds=5000.4)) < timedelta(seconds=0.01)
