"""What the office sets by hand at a machine with signals is at its operator page, until they tell another state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from unison_station.agent import Agent

from tests.station_agent.configurations import MACHINE
from tests.station_agent.devices.slave import Slave
from tests.station_agent.engine.press import Press
from tests.station_agent.operator.shop import reason_id, shop
from tests.station_agent.operator.talk import Page, events_of
from tests.station_agent.operator.test_replaced_pc import new_pc, quick
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until

__all__ = ["quick"]


@pytest.fixture
def server(slave: Slave) -> Iterator[FakeServer]:
    wanted = shop(slave.port, agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted)) as server:
        yield server


@pytest.fixture
def pc(tmp_path: Path, server: FakeServer) -> Iterator[tuple[Agent, Page]]:
    with new_pc(tmp_path, server) as (agent, page):
        until(lambda: page.machine("P1")["state"] == "running")
        yield agent, page


def said_in_the_office(server: FakeServer, state: str, **more: Any) -> None:
    told = {"machine_id": str(MACHINE), "state": state, "started_at": datetime.now(UTC).isoformat()}
    server.states = [{**told, "is_of_office": True, "person": "Otto", **more}]


def shown(page: Page) -> tuple[Any, ...]:
    press = page.machine("P1")
    return press["state"], press["overridden"], press["elsewhere"], press["person"]


def test_it_is_shown_with_its_source_and_its_stop_is_one_of_its_own(
    pc: tuple[Agent, Page], server: FakeServer, press: Press
) -> None:
    agent, page = pc
    press.registers[0] = 0
    until(lambda: page.machine("P1")["stop"] is not None)
    first = page.machine("P1")["stop"]["started_at"]
    until(lambda: agent.store.outgoing.depth == 0)
    said_in_the_office(server, "fault")
    until(lambda: shown(page) == ("fault", True, True, "Otto"))
    assert [one.source for one in agent.status().told.values()] == ["set by hand: Otto, in the office"]
    stop = page.machine("P1")["stop"]
    before, lasting = agent.desk.floor.machines[MACHINE].stops
    assert (before.known_by[:23], before.ended_at) == (first[:23], lasting.started_at)
    of = {"machine_id": str(MACHINE), "started_at": stop["started_at"], "reason_id": str(reason_id("Spindle"))}
    assert page.say("reason", **of).status_code == 200
    server.wait_for(lambda: any(one["kind"] == "stop_reasoned" for one in server.taken))
    (word,) = [one for one in server.taken if one["kind"] == "stop_reasoned"]
    assert (word["started_at"][:23], word["ended_at"]) == (server.states[0]["started_at"][:23], None)
    press.registers[0] = 1
    until(lambda: shown(page) == ("running", False, False, None))
    assert events_of(agent, "state_set") == []


def test_where_it_was_taken_back_the_signals_say_the_state_as_if_it_never_had_been_set(
    pc: tuple[Agent, Page], server: FakeServer, press: Press
) -> None:
    agent, page = pc
    until(lambda: agent.store.outgoing.depth == 0)
    begun = agent.desk.floor.machines[MACHINE].since
    said_in_the_office(server, "stopped")
    until(lambda: shown(page) == ("stopped", True, True, "Otto"))
    by_signals = {"source": "signal", "is_of_office": False, "person": None}
    said_in_the_office(server, "running", started_at=begun.isoformat(), **by_signals)
    until(lambda: shown(page) == ("running", False, False, None))
    shown_now = page.machine("P1")
    assert (shown_now["stop"], shown_now["recent"]) == (None, [])
    press.registers[0] = 0
    until(lambda: shown(page) == ("stopped", False, False, None))


def test_it_is_no_more_where_signals_told_another_state_since(
    pc: tuple[Agent, Page], server: FakeServer, press: Press
) -> None:
    _agent, page = pc
    said_in_the_office(server, "stopped")
    until(lambda: shown(page)[0] == "stopped")
    press.registers[0] = 0
    until(lambda: shown(page) == ("stopped", False, False, None))
    asked = len(server.requests)
    server.wait_for(lambda: sum("/set-states" in path for _, path, _ in server.requests[asked:]) > 2)
    assert shown(page) == ("stopped", False, False, None), "though a server that is behind still tells it"


def test_what_the_server_lost_is_told_anew_once(pc: tuple[Agent, Page], server: FakeServer) -> None:
    agent, page = pc
    until(lambda: agent.store.outgoing.depth == 0)
    asked = len(server.requests)
    server.states = [{"machine_id": str(MACHINE), "state": "unknown", "source": None, "started_at": None}]

    def told() -> list[dict[str, Any]]:
        return [one for one in server.taken if one["kind"] == "state_changed" and one["opened"]["state"] == "running"]

    server.wait_for(lambda: len(told()) == 2)
    first, again = told()
    assert again["closed"]["id"] == first["opened"]["id"] != again["opened"]["id"]
    server.wait_for(lambda: sum("/set-states" in path for _, path, _ in server.requests[asked:]) > 4)
    assert len(told()) == 2, "a server that set it aside is not told for ever"
    assert shown(page) == ("running", False, False, None)
