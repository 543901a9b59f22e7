"""What is said, taken back and pictured at a station is of who is signed on there."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
from unison_domain.stations.picture_events import PictureKept, PictureReason
from unison_station.agent import Agent
from unison_station.peripherals.outlet import Outlet

from tests.station_agent.configurations import STATION
from tests.station_agent.operator.badges import (
    ADA,
    EVE,
    agent,
    cut,
    identity,
    scan,
    server,
)
from tests.station_agent.operator.shop import BENCH, reason_id
from tests.station_agent.operator.talk import Page, events_of
from tests.station_agent.uplink.server import FakeServer

__all__ = ["agent", "identity", "server"]


def behind(agent: Agent, kind: str) -> list[tuple[Any, ...]]:
    """Who stands behind the events of this kind that wait for the server."""
    return [(event.get("person"), event.get("person_id")) for event in events_of(agent, kind)]


def test_what_is_said_and_taken_back_is_of_who_says_it(agent: Agent, server: FakeServer) -> None:
    cut(server)
    with httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        page, bench, tap = Page(client), str(BENCH), str(uuid4())
        scan(agent, "ADA-BADGE")
        page.say("state", machine_id=bench, state="stopped", person="Ada")
        page.say("state", id=tap, machine_id=bench, state="running", person="Ada")
        scan(agent, "EVE-BADGE")
        assert page.say("undo", undoes=tap, person="Eve").status_code == 200
    assert behind(agent, "state_set") == [("Ada", str(ADA)), ("Ada", str(ADA)), ("Eve", str(EVE))]


def test_a_reason_that_is_put_back_stays_whose_it_was(agent: Agent, server: FakeServer) -> None:
    cut(server)
    first, other, tap = str(reason_id("Spindle")), str(reason_id("Break")), str(uuid4())
    with httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        page, bench = Page(client), str(BENCH)
        scan(agent, "ADA-BADGE")
        page.say("state", machine_id=bench, state="stopped", person="Ada")
        stop = {"machine_id": bench, "started_at": page.machine("B1")["stop"]["started_at"]}
        assert page.say("reason", **stop, reason_id=first, person="Ada").status_code == 200
        scan(agent, "EVE-BADGE")
        answer = page.say("reason", id=tap, **stop, reason_id=other, seen_reason_id=first, person="Eve")
        assert answer.status_code == 200, answer.text
        assert page.say("undo", undoes=tap, person="Eve").status_code == 200
    assert behind(agent, "stop_reasoned") == [("Ada", str(ADA)), ("Eve", str(EVE)), ("Ada", str(ADA))]


def test_pictures_of_what_was_scanned_are_of_who_is_signed_on(agent: Agent, server: FakeServer) -> None:
    cut(server)
    scan(agent, "ADA-BADGE")
    outlet = Outlet(agent.desk, agent.engine, agent.signing_on)
    for reason in (PictureReason.SCAN, PictureReason.STOP):
        outlet.keep(
            PictureKept(
                at=outlet.now(),
                id=uuid4(),
                station_id=STATION,
                peripheral_id=uuid4(),
                sha256="0" * 64,
                bytes=1,
                reason=reason,
                retention_days=1,
            )
        )
    assert behind(agent, "picture_kept") == [("Ada", str(ADA)), (None, None)], "a stop is nobody's"
