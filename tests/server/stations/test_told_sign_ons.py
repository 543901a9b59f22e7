"""What stations tell of badges reaches the login history once, whoever else tells of it, and however often."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from unison_domain.identity.badge_text import badge_hash
from unison_domain.identity.contracts import RoleCode
from unison_domain.stations.sign_on_events import TAP_HEADER
from unison_server.kernel.database import Databases
from unison_server.stations.told_sign_on_tables import ToldSignOn
from unison_server.stations.told_sign_ons import SignOnsCarried

from tests.server.stations.floor import Floor, at

TEXT = "BEN-BADGE"
DEADLINE_SECONDS = 60.0


@pytest.fixture
def ben(floor: Floor) -> UUID:
    """An operator of the plant with a badge."""
    ben = floor.made.add_user("ben", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])
    answer = floor.admin.post("/badges", {"user_id": str(ben), "kind": "barcode", "text": TEXT})
    assert answer.status_code == 201, answer.text
    return ben


def hashed(floor: Floor, text: str = TEXT) -> str:
    return badge_hash(bytes.fromhex(floor.sender.call("GET", "/roster").json()["key"]), text)


def shown(floor: Floor, seconds: float, badge: str, **told: Any) -> dict[str, Any]:
    """A badge that a station tells of."""
    fields: dict[str, Any] = {"id": str(uuid4()), "station_id": str(floor.station_id), "badge": badge}
    return floor.sender.event("sign_on_told", seconds, **{**fields, **told})


def anew(floor: Floor, event: dict[str, Any]) -> dict[str, Any]:
    """The same tap under the next number, as after a restored server."""
    return floor.sender.event("sign_on_told", **{k: v for k, v in event.items() if k not in ("seq", "kind", "v", "at")})


def carried(floor: Floor, system: Databases) -> list[dict[str, Any]]:
    """The history of the station, newest first, once nothing of it waits."""
    waiting = sa.select(sa.func.count()).where(ToldSignOn.organization_id == floor.made.id)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        with system.operations.connect() as operations:
            if operations.scalar(waiting) == 0:
                break
        assert time.monotonic() < deadline, "what stations told was not carried"
        time.sleep(0.02)
    items = floor.admin.get("/login-history").json()["items"]
    return [one for one in items if one["station_code"] is not None]


def told(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("outcome", "reason", "user_id", "name", "station_id"))


def test_what_happened_without_the_server_is_in_the_history_once(
    floor: Floor, ben: UUID, system_databases: Databases
) -> None:
    station = str(floor.station_id)
    let_in = shown(floor, 10, hashed(floor), person_id=str(ben))
    lost = shown(floor, 20, hashed(floor), refused_for="badge_lost")
    unknown = shown(floor, 30, "0" * 64, refused_for="badge_unknown")
    floor.sender.send([let_in, lost, unknown])
    floor.sender.send([anew(floor, let_in), anew(floor, lost)])
    rows = {row["reason"]: row for row in carried(floor, system_databases)}
    assert sorted(map(str, rows)) == ["None", "badge_lost", "badge_unknown"]
    assert told(rows[None]) == ("signed_in", None, str(ben), "Ben", station)
    assert told(rows["badge_lost"]) == ("wrong", "badge_lost", str(ben), "Ben", station)
    assert told(rows["badge_unknown"]) == ("wrong", "badge_unknown", None, "unknown badge or person", station)
    assert rows["badge_lost"]["at"] == at(20).isoformat().replace("+00:00", "Z")
    floor.sender.send([anew(floor, let_in)])
    assert len(carried(floor, system_databases)) == 3


def test_a_tap_that_the_server_was_asked_about_is_told_once(
    floor: Floor, ben: UUID, system_databases: Databases
) -> None:
    event = shown(floor, 0, hashed(floor), person_id=str(ben))
    question = {"station_id": str(floor.station_id), "badge": hashed(floor)}
    for _ in range(2):  # the first answer was lost
        answer = floor.sender.call("POST", "/sign-on", headers={TAP_HEADER: event["id"]}, json=question)
        assert answer.status_code == 200, answer.text
    floor.sender.send([event])
    assert [row["outcome"] for row in carried(floor, system_databases)] == ["signed_in"]
    nobody = shown(floor, 0, "1" * 64, refused_for="badge_unknown")
    floor.sender.send([nobody])
    assert len(carried(floor, system_databases)) == 2
    asked = {**question, "badge": "1" * 64}
    assert floor.sender.call("POST", "/sign-on", headers={TAP_HEADER: nobody["id"]}, json=asked).status_code == 403
    assert len(carried(floor, system_databases)) == 2


@pytest.mark.parametrize("is_told_first", [True, False])
def test_whom_the_list_named_and_whom_the_server_did_are_both_told(
    floor: Floor, ben: UUID, system_databases: Databases, is_told_first: bool
) -> None:
    ada = floor.made.add_user("ada", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])
    event = shown(floor, 0, hashed(floor), person_id=str(ada))
    question = {"station_id": str(floor.station_id), "badge": hashed(floor)}
    if is_told_first:
        floor.sender.send([event])
        assert len(carried(floor, system_databases)) == 1
    answer = floor.sender.call("POST", "/sign-on", headers={TAP_HEADER: event["id"]}, json=question)
    assert answer.json()["user_id"] == str(ben), "the badge was handed on to him"
    floor.sender.send([anew(floor, event) if is_told_first else event])
    rows = carried(floor, system_databases)
    assert sorted((row["name"], row["outcome"]) for row in rows) == [("Ada", "signed_in"), ("Ben", "signed_in")]


def test_killed_between_the_two_databases_it_writes_nothing_twice(
    floor: Floor, ben: UUID, system_databases: Databases
) -> None:
    event = shown(floor, 0, hashed(floor), refused_for="badge_lost")
    floor.sender.send([event])
    (before,) = carried(floor, system_databases)
    row: dict[str, Any] = {"organization_id": floor.made.id, "id": UUID(before["id"]), "station_id": floor.station_id}
    row |= {"agent_id": floor.agent_id, "at": at(0), "badge": event["badge"], "refused_for": "badge_lost"}
    with system_databases.operations.begin() as operations:  # as it was when the process died
        operations.execute(sa.insert(ToldSignOn).values(address="", **row))
    with system_databases.operations.begin() as operations:
        SignOnsCarried(system_databases.identity).step(operations)
    assert [one["id"] for one in carried(floor, system_databases)] == [before["id"]]


def test_a_station_of_another_agent_is_not_spoken_for(floor: Floor, system_databases: Databases) -> None:
    elsewhere = floor.admin.post("/stations", {"plant_id": str(floor.plant_id), "code": "S9", "name": "Far"})
    told = shown(floor, 0, "2" * 64, refused_for="badge_unknown", station_id=elsewhere.json()["id"])
    floor.sender.send([told])
    assert carried(floor, system_databases) == []
