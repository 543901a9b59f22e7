"""A badge from the desk that hands it out to the scan that bears its person: a real agent at the real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from unison_domain.codes.events import ScanSource, ScanTaken
from unison_domain.identity.contracts import RoleCode
from unison_station.agent import Agent
from unison_station.operator.people import Named
from unison_station.peripherals.outlet import Outlet

from tests.server.stations.floor import Floor
from tests.server.stations.test_real_agent import running, until
from tests.station_agent.operator.talk import Page

TEXT = "BADGE-0815"


@pytest.fixture
def ben(floor: Floor) -> UUID:
    """Somebody with a badge and a PIN."""
    user = floor.made.add_user("ben", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])
    badge = {"user_id": str(user), "kind": "rfid", "text": TEXT}
    assert floor.admin.post("/badges", badge).status_code == 201
    assert floor.admin.send("PUT", f"/users/{user}/pin", json={"pin": "4711"}).status_code == 204
    return user


def scan(agent: Agent, floor: Floor, text: str) -> None:
    outlet = Outlet(agent.desk, agent.engine, agent.signing_on)
    at, station = outlet.now(), floor.station_id
    outlet.keep(ScanTaken(at=at, id=uuid4(), station_id=station, source=ScanSource.SCANNER, text=text))


def who(agent: Agent, floor: Floor) -> Named | None:
    return agent.desk.people.at(floor.station_id, agent.store.clock.now())


def is_verified(agent: Agent, floor: Floor) -> bool:
    named = who(agent, floor)
    return named is not None and named.sign_on is not None and named.sign_on.is_verified


def attempts(floor: Floor, user: UUID) -> list[tuple[Any, ...]]:
    items = floor.admin.get("/login-history", params={"user_id": str(user)}).json()["items"]
    return [(one["outcome"], one["station_code"]) for one in items]


def test_a_badge_is_scanned_and_its_person_stands_behind_the_next_scan(
    floor: Floor, ben: UUID, address: str, tmp_path: Path
) -> None:
    with running(floor, address, tmp_path) as agent:
        until(lambda: agent.signing_on.is_known)
        scan(agent, floor, TEXT.lower())
        until(lambda: is_verified(agent, floor))
        scan(agent, floor, "PART-1")
        (listed,) = until(lambda: floor.admin.get("/qr-scans/history").json()["items"])
        assert (listed["qr_code_data"], listed["person"], listed["person_id"]) == ("PART-1", "Ben", str(ben))
        assert listed["person_is_verified"] is True
        assert attempts(floor, ben) == [("signed_in", "S1")]
        until(lambda: floor.admin.get(f"/agents/{floor.agent_id}").json()["roster_at"])


def test_a_badge_that_was_lost_since_is_signed_off(floor: Floor, ben: UUID, address: str, tmp_path: Path) -> None:
    with running(floor, address, tmp_path) as agent:
        until(lambda: agent.signing_on.is_known)
        (badge,) = floor.admin.get("/badges").json()["items"]
        assert floor.admin.post(f"/badges/{badge['id']}/lost").status_code == 200
        scan(agent, floor, TEXT)
        until(lambda: who(agent, floor) is None)
        # The list at the station let them in, and then the server did not.
        until(lambda: sorted(attempts(floor, ben)) == [("signed_in", "S1"), ("wrong", "S1")])


def test_a_pin_is_typed_at_the_page(floor: Floor, ben: UUID, address: str, tmp_path: Path) -> None:
    with (
        running(floor, address, tmp_path) as agent,
        httpx.Client(base_url=agent.health.url, trust_env=False) as client,
    ):
        until(lambda: agent.signing_on.is_known)
        page = Page(client)
        own: dict[str, Any] = {"station_id": str(floor.station_id), "user_id": str(ben)}
        refusals = [page.say("sign_on", **own, pin="0000").json()["code"] for _ in range(6)]
        assert refusals == ["pin_wrong"] * 5 + ["too_many_tries"]
        assert who(agent, floor) is None
        assert attempts(floor, ben) == [("too_many", "S1"), *[("wrong", "S1")] * 5]
