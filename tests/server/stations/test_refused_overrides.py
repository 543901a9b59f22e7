"""Refused attempts to stand behind an override: where they were, of what, and why, whatever stations are called."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from unison_domain.identity.overrides import Override, OverrideKind
from unison_server.identity.tables import LoginHistory
from unison_server.kernel.database import Database

from tests.server.machines.test_downtime import reasons
from tests.server.serving import SignedIn
from tests.server.stations.confirming import Confirmer, confirmer
from tests.server.stations.floor import Floor
from tests.server.stations.test_override_record import listed, told

__all__ = ["reasons"]


@pytest.fixture
def quinn(floor: Floor) -> Confirmer:
    """A team leader with badge and PIN."""
    return confirmer(floor)


def renamed(admin: SignedIn, station_id: Any, code: str) -> None:
    seen = {"If-Match": admin.get(f"/stations/{station_id}").headers["etag"]}
    answer = admin.send("PATCH", f"/stations/{station_id}", json={"code": code}, headers=seen)
    assert answer.status_code == 200, answer.text


def test_a_wrong_badge_or_pin_is_told_with_what_it_was_about(floor: Floor, quinn: Confirmer) -> None:
    machine = floor.machines[0]
    wanted = Override(OverrideKind.MACHINE_STATE, machine, uuid4())
    assert quinn.signs(wanted, pin="0000").status_code == 403
    assert quinn.signs(wanted, badge="0" * 64).status_code == 403
    nobody, wrong = listed(floor, kind="machine_state", done=False)
    assert told(wrong, "outcome", "refused_for", "confirmed_by", "kind") == (
        *("refused", "pin_wrong", "Quinn"),
        "machine_state",
    )
    assert told(nobody, "outcome", "refused_for", "confirmed_by") == ("refused", "badge_unknown", None)
    code = floor.admin.get(f"/machines/{machine}").json()["machine_code"]
    assert {code in row["subject"] for row in (wrong, nobody)} == {True}
    assert listed(floor, kind="far_value") == listed(floor, done=True) == []


def test_it_stays_with_its_station_whatever_that_is_called_then(floor: Floor, quinn: Confirmer) -> None:
    quinn.signs(Override(OverrideKind.FAR_VALUE, uuid4(), uuid4()), pin="0000")
    renamed(floor.admin, floor.station_id, "S1-OLD")
    elsewhere = floor.made.add_plant("P9")
    body = {"plant_id": str(elsewhere), "code": "S1", "name": "Another"}
    other = floor.admin.post("/stations", body)
    assert other.status_code == 201, other.text
    (row,) = listed(floor, station_id=floor.station_id)
    assert told(row, "station_code", "plant_id") == ("S1-OLD", str(floor.plant_id))
    assert listed(floor, station_id=other.json()["id"]) == listed(floor, plant_id=elsewhere) == []


def test_one_of_before_is_told_who_sees_every_plant(floor: Floor, quinn: Confirmer) -> None:
    with floor.made.databases.session(Database.IDENTITY, floor.made.scope) as session:
        before = LoginHistory(outcome="not_allowed", name="Quinn", user_id=quinn.id, address="", station_code="S1")
        session.add(before)
    (row,) = listed(floor)
    assert told(row, "outcome", "station_code", "plant_id", "refused_for") == ("refused", "S1", None, None)
    assert listed(floor, plant_id=floor.plant_id) == []


def test_a_program_that_names_itself_so_is_at_no_station(floor: Floor) -> None:
    login = {"organization": floor.made.code, "user": "anna", "password": "wrong one", "client": "Station S1"}
    assert floor.admin.client.post("/api/v1/auth/login", json=login).status_code == 401
    (newest, *_) = floor.admin.get("/login-history").json()["items"]
    assert told(newest, "client", "station_code", "station_id", "reason") == ("Station S1", None, None, None)
