"""What the office took back is struck out at the station too, and stays so."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from unison_domain.stations.undone_takings import MOST_TAKINGS, UndoneTakings
from unison_station.agent import Agent
from unison_station.configuration_file import save_configuration
from unison_station.operator import office_undos
from unison_station.uplink import enrol

from tests.station_agent.configurations import STATION
from tests.station_agent.operator.shop import shop
from tests.station_agent.operator.talk import Page, events_of
from tests.station_agent.peripherals.station import CHARACTERISTICS, DIAMETER
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until


def undone(page: Page) -> dict[str, bool]:
    told = page.hear("takings")
    return {one["id"]: one["undone"] for one in [*told["scans"], *told["readings"]]}


def test_what_the_office_took_back_does_not_count_at_the_station_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_station.uplink.heartbeat.BEAT_SECONDS", 0.1)
    monkeypatch.setattr("unison_station.operator.office_undos.ASKED_EVERY_SECONDS", 0.1)
    wanted = shop(agent_id=AGENT, organization_id=ORGANIZATION, characteristics=CHARACTERISTICS)
    with running(FakeServer(configuration=wanted)) as server:
        identity = enrol(tmp_path, server.url, "code_12345678", version="test")
        save_configuration(tmp_path / "configuration.json", wanted)
        with (
            Agent(tmp_path, identity=identity) as agent,
            httpx.Client(base_url=agent.health.url, trust_env=False) as client,
        ):
            page = Page(client)
            scan, value, other = (str(uuid4()) for _ in range(3))
            assert page.say("scan", id=scan, station_id=str(STATION), text="X-1").status_code == 200
            of: dict[str, Any] = {"station_id": str(STATION), "characteristic_id": str(DIAMETER)}
            assert page.say("reading", id=value, value="12.0", **of).status_code == 200
            assert page.say("reading", id=other, value="12.1", **of).status_code == 200
            server.undone = [scan, value]
            until(lambda: undone(page) == {scan: True, value: True, other: False})
            assert page.say("take_back", taking_id=scan).json()["code"] == "is_so"
            assert events_of(agent, "scan_undone", "reading_undone") == [], "it was the office's word"
        server.undone = []
        with (
            Agent(tmp_path, identity=identity) as agent,
            httpx.Client(base_url=agent.health.url, trust_env=False) as client,
        ):
            assert undone(Page(client)) == {scan: True, value: True, other: False}


def test_quiet_stations_are_asked_about_beside_busy_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """More is shown at four stations than one question holds."""
    every = [uuid4() for _ in range(2 * MOST_TAKINGS + 5)]
    asked: list[list[str]] = []
    learnt: list[set[UUID]] = []

    def answer(_transport: Any, _path: str, ids: list[tuple[str, str]], _read: Any) -> UndoneTakings:
        asked.append([id_ for _, id_ in ids])
        return UndoneTakings(ids=[every[0], every[-1]])

    monkeypatch.setattr(office_undos, "counting", lambda _recent: every)
    monkeypatch.setattr(office_undos, "answer_of", answer)
    desk = SimpleNamespace(recent=None, learn_undone=lambda undone, _engine: learnt.append(undone))
    undos = office_undos.OfficeUndos(desk, None, lambda: 1.0)  # type: ignore[arg-type]  # what it asks of them is here
    undos.ask(None)  # type: ignore[arg-type]
    undos.ask(None)  # type: ignore[arg-type]  # too soon
    assert [len(one) for one in asked] == [MOST_TAKINGS, MOST_TAKINGS, 5]
    assert [id_ for one in asked for id_ in one] == [str(id_) for id_ in every]
    assert learnt == [{every[0], every[-1]}]
