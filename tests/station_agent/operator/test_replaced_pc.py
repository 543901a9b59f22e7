"""A new PC at a station goes on where the one before it stopped, and shows what the office says of its machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from unison_station.agent import Agent
from unison_station.configuration_file import save_configuration
from unison_station.uplink import enrol

from tests.station_agent.configurations import MACHINE
from tests.station_agent.operator.shop import BENCH, shop
from tests.station_agent.operator.talk import Page, events_of
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until

BENCH_ID = str(BENCH)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_station.uplink.heartbeat.BEAT_SECONDS", 0.1)
    monkeypatch.setattr("unison_station.operator.answers.SELDOM_SECONDS", 0.1)
    monkeypatch.setattr("unison_station.operator.office_states.ASKED_EVERY_SECONDS", 0.1)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    wanted = shop(agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted)) as server:
        yield server


@contextmanager
def new_pc(folder: Path, server: FakeServer) -> Iterator[tuple[Agent, Page]]:
    identity = enrol(folder, server.url, "code_12345678", version="test")
    assert server.configuration is not None
    save_configuration(folder / "configuration.json", server.configuration)
    with (
        Agent(folder, identity=identity) as agent,
        httpx.Client(base_url=agent.health.url, trust_env=False) as client,
    ):
        yield agent, Page(client)


def told(call: str, state: str, **more: str) -> dict[str, Any]:
    machine = {"machine_id": BENCH_ID, "machine_code": "B1", "machine_name": "Glue bench", "plant_id": BENCH_ID}
    said = {"id": call, "called": "maintenance", "called_at": "2026-11-21T01:00:00Z", "person": "Anna"}
    return {**machine, **said, "state": state, **more}


def set_state(server: FakeServer, state: str, moment: str, **more: Any) -> None:
    server.states = [{"machine_id": BENCH_ID, "state": state, "started_at": moment, "is_of_office": True, **more}]


def shown(page: Page) -> tuple[Any, Any, Any]:
    bench = page.machine("B1")
    return bench["state"], bench["person"], bench["elsewhere"]


def test_an_open_call_of_the_pc_before_is_shown_answered_and_ended_at_the_new_one(
    tmp_path: Path, server: FakeServer
) -> None:
    call = str(uuid4())
    server.calls = [told(call, "called")]
    with new_pc(tmp_path, server) as (agent, page):
        until(lambda: [(one["id"], one["state"]) for one in page.machine("B1")["calls"]] == [(call, "called")])
        assert page.machine("B1")["calls"][0]["called_at"].startswith("2026-11-21T01:00:00")
        again = page.say("call", machine_id=BENCH_ID, called="maintenance")
        assert again.json()["code"] == "is_called"
        server.calls = [told(call, "arrived", arrived_at="2026-11-21T01:05:00Z")]
        until(lambda: page.machine("B1")["calls"][0]["state"] == "arrived")
        assert page.say("done", call_id=call).status_code == 200
        server.wait_for(lambda: [one["state"] for one in server.taken if one["kind"] == "call_changed"] == ["done"])
        server.calls = []
        assert page.machine("B1")["calls"] == []
        assert events_of(agent, "state_set") == []


def test_calls_of_a_machine_that_went_to_another_pc_are_asked_for_no_more(tmp_path: Path, server: FakeServer) -> None:
    call, kept = str(uuid4()), str(uuid4())
    press = {"machine_id": str(MACHINE), "machine_code": "P1", "machine_name": "Press 1"}
    server.calls = [told(call, "called"), {**told(kept, "called"), **press}]
    with new_pc(tmp_path, server) as (agent, page):
        until(lambda: [one["id"] for one in page.machine("B1")["calls"]] == [call])
        assert server.configuration is not None
        machines = server.configuration.machines
        left = tuple(one for one in machines if one.id != BENCH)
        server.configuration = server.configuration.model_copy(update={"version": 2, "machines": left})
        until(lambda: list(agent.desk.floor.calls) == [UUID(kept)])
        with server.changed:
            before = len(server.requests)

        def asked() -> list[str]:
            return [path for _, path, _ in server.requests[before:] if "/machine-calls" in path]

        server.wait_for(lambda: len(asked()) > 2)
        assert all(call not in path and kept in path for path in asked()[1:])
        server.configuration = server.configuration.model_copy(update={"version": 3, "machines": machines})
        until(lambda: set(agent.desk.floor.calls) == {UUID(call), UUID(kept)})


def test_a_state_set_before_or_in_the_office_is_shown_with_its_source_and_stays(
    tmp_path: Path, server: FakeServer
) -> None:
    set_state(server, "setup", "2026-11-21T01:00:00Z", person="Anna", is_of_office=False)
    with new_pc(tmp_path, server) as (_, page):
        until(lambda: shown(page) == ("setup", "Anna", False))
        set_state(server, "maintenance", "2026-11-21T02:00:00Z", person="Otto")
        until(lambda: shown(page) == ("maintenance", "Otto", True))
        assert page.machine("B1")["since"].startswith("2026-11-21T02:00:00")
    server.states = []
    with new_pc(tmp_path, server) as (_, page):
        assert shown(page) == ("maintenance", "Otto", True), "a start forgets nothing"


def test_what_was_said_here_after_the_office_stands(tmp_path: Path, server: FakeServer) -> None:
    set_state(server, "maintenance", "2026-11-21T02:00:00Z", person="Otto")
    with new_pc(tmp_path, server) as (agent, page):
        until(lambda: shown(page) == ("maintenance", "Otto", True))
        assert page.say("state", machine_id=BENCH_ID, state="running", person="Anna").status_code == 200
        until(lambda: agent.store.outgoing.depth == 0)
        with server.changed:
            asked = len(server.requests)
        server.wait_for(lambda: sum("/set-states" in path for _, path, _ in server.requests[asked:]) > 2)
        assert shown(page) == ("running", "Anna", False)


def test_what_the_office_said_is_taken_away_where_another_pc_tells_the_state_since(
    tmp_path: Path, server: FakeServer
) -> None:
    set_state(server, "fault", "2026-11-21T02:00:00Z", person="Otto")
    with new_pc(tmp_path, server) as (_, page):
        until(lambda: shown(page) == ("fault", "Otto", True))
        by_signals = {"person": None, "is_of_office": False, "source": "signal"}
        set_state(server, "running", "2026-11-21T02:10:00Z", **by_signals)
        until(lambda: shown(page) == ("running", None, False))
        bench = page.machine("B1")
        assert (bench["stop"], bench["by_server"]) == (None, True)
        assert [one["ended_at"][:16] for one in bench["recent"]] == ["2026-11-21T02:10"], "its stop ended with it"
        assert page.say("state", machine_id=BENCH_ID, state="running", person="Anna").status_code == 200
        until(lambda: shown(page) == ("running", "Anna", False))


def test_what_the_office_said_and_undid_is_taken_away(tmp_path: Path, server: FakeServer) -> None:
    set_state(server, "setup", "2026-11-21T01:00:00Z", person="Anna", is_of_office=False)
    with new_pc(tmp_path, server) as (_, page):
        until(lambda: shown(page) == ("setup", "Anna", False))
        before = list(server.states)
        set_state(server, "maintenance", "2026-11-21T02:00:00Z", person="Otto")
        until(lambda: shown(page) == ("maintenance", "Otto", True))
        server.states = before
        until(lambda: shown(page) == ("setup", "Anna", False))
        set_state(server, "fault", "2026-11-21T02:00:00Z", person="Otto")
        until(lambda: shown(page) == ("fault", "Otto", True))
        server.states = [{"machine_id": BENCH_ID, "state": "unknown", "source": None, "started_at": None}]
        until(lambda: shown(page) == (None, None, False))
        assert page.machine("B1")["recent"] == [], "it never stood"


def test_a_state_that_another_pc_reads_is_shown_as_the_servers_while_the_server_is_heard(
    tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_station.uplink.uplink.SILENT_AFTER_SECONDS", 0.5)
    by_signals = {"person": None, "is_of_office": False, "source": "signal"}
    set_state(server, "running", "2026-11-21T02:10:00Z", **by_signals)
    with new_pc(tmp_path, server) as (agent, page):
        until(lambda: shown(page)[0] == "running")
        bench = page.machine("B1")
        assert (bench["since"][:16], bench["by_server"]) == ("2026-11-21T02:10", True)
        assert [one.source for one in agent.status().told.values()] == ["read by another PC, as the server has it"]
        server.hangs = True
        until(lambda: shown(page)[0] is None)
        server.hangs = False
        until(lambda: shown(page)[0] == "running")
        set_state(server, "unknown", "2026-11-21T02:10:00Z", **by_signals)
        until(lambda: shown(page)[0] is None)
        assert agent.status().told == {}, "the other PC fell silent"
        assert page.say("state", machine_id=BENCH_ID, state="setup", person="Anna").status_code == 200
        bench = page.machine("B1")
        assert (bench["state"], bench["by_server"]) == ("setup", False)
        assert [one.source for one in agent.status().told.values()] == ["set by hand: Anna"]
        local = httpx.get(agent.health.url, trust_env=False).text
        assert "set by hand: Anna" in local
        assert "setup" in local
