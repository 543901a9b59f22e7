"""A station whose people sign on by badge or PIN: the list the server tells, and what is seen of it at the agent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from unison_domain.codes.events import ScanSource, ScanTaken
from unison_domain.identity.badge_text import badge_hash
from unison_station.agent import Agent
from unison_station.operator.people import Named, SignOn
from unison_station.peripherals.outlet import Outlet
from unison_station.uplink import Identity, enrol

from tests.station_agent.configurations import SPACE, STATION
from tests.station_agent.operator.chromium import MISSING, PROGRAM, Browser
from tests.station_agent.operator.shop import shop
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until

KEY = bytes(range(32))
ADA, EVE, TIM = (uuid5(SPACE, name) for name in ("Ada", "Eve", "Tim"))
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TEXTS = ("ADA-BADGE", "LOST-BADGE", "DAY-BADGE", "4711", "TAKEN-BADGE")
needs_chromium = pytest.mark.skipif(PROGRAM is None, reason=MISSING)


def badge(text: str, user: UUID | None, state: str = "active", ends_at: str | None = None) -> dict[str, Any]:
    return {"hash": badge_hash(KEY, text), "user_id": user and str(user), "state": state, "ends_at": ends_at}


def told(**changes: Any) -> dict[str, Any]:
    """The list as the server tells it."""
    return {
        "key": KEY.hex(),
        "roster_seconds": 24 * 3600,
        "idle_seconds": 3600,
        "people": [
            {"id": str(ADA), "name": "Ada", "has_pin": False, "ends_at": None},
            {"id": str(EVE), "name": "Eve", "has_pin": True, "ends_at": None},
            {"id": str(TIM), "name": "Tim", "has_pin": True, "ends_at": None, "stations": [str(uuid5(SPACE, "far"))]},
        ],
        "badges": [
            badge("ADA-BADGE", ADA),
            badge("EVE-BADGE", EVE),
            badge("LOST-BADGE", None, "lost"),
            badge("TAKEN-BADGE", None, "revoked"),
            badge("DAY-BADGE", EVE, ends_at="2026-03-02T14:00:00Z"),
            badge("TIM-BADGE", TIM),
            {**badge("FAR-BADGE", None), "is_elsewhere": True},
        ],
        **changes,
    }


def knows(asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """A server that lets Ada's badge and Eve's PIN in."""
    if asked.get("badge") == badge_hash(KEY, "ADA-BADGE"):
        return 200, {"user_id": str(ADA), "name": "Ada", "ends_at": None}
    if asked.get("pin") == "4711":
        return 200, {"user_id": str(EVE), "name": "Eve", "ends_at": None}
    return 403, {"title": "", "status": 403, "code": "pin_wrong", "detail": "Name or PIN is wrong"}


@pytest.fixture
def server() -> Iterator[FakeServer]:
    wanted = shop(agent_id=AGENT, organization_id=ORGANIZATION)
    with running(FakeServer(configuration=wanted, roster=told(), signs_on=knows)) as server:
        yield server


@pytest.fixture
def identity(tmp_path: Path, server: FakeServer) -> Identity:
    return enrol(tmp_path, server.url, "code_12345678", version="test")


@pytest.fixture
def agent(tmp_path: Path, identity: Identity) -> Iterator[Agent]:
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: agent.signing_on.is_known and agent.engine.configuration.version > 0)
        yield agent


def scan(agent: Agent, text: str) -> None:
    """What a scanner of the station does."""
    outlet = Outlet(agent.desk, agent.engine, agent.signing_on)
    scan = ScanTaken(at=outlet.now(), id=uuid4(), station_id=STATION, source=ScanSource.SCANNER, text=text)
    outlet.keep(scan)


def who(agent: Agent) -> Named | None:
    return agent.desk.people.at(STATION, agent.store.clock.now())


def signed_on(agent: Agent) -> SignOn:
    named = who(agent)
    assert named is not None
    assert named.sign_on is not None
    return named.sign_on


def said(agent: Agent) -> list[tuple[Any, ...]]:
    """Texts of scans and who stands behind them."""
    fields = ("text", "person", "person_id", "person_is_verified")
    takings = agent.desk.recent.stations.get(STATION, ())
    return [tuple(getattr(taken.event, name) for name in fields) for taken in takings]


def words(agent: Agent) -> list[str]:
    return [refusal.words for refusal in agent.desk.refusals]


def cut(server: FakeServer) -> None:
    """The server answers nobody any more."""
    server.always = lambda exchange: exchange.cut()
    server.heartbeat_status = 503


def told_of(server: FakeServer, kind: str) -> list[dict[str, Any]]:
    """What the server took of a kind of event."""
    return [event for event in server.taken if event["kind"] == kind]


def sent_files(server: FakeServer) -> list[str]:
    """Where pictures were sent to."""
    return [path for method, path, _ in list(server.requests) if method == "PUT"]


def touch(browser: Browser, selector: str) -> None:
    """A tap that comes late enough after the one before to be meant."""
    browser.until("performance.now() > deafUntil")
    browser.tap(selector)
