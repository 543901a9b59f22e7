"""Who said a state, a reason or a step of a call: the account, the name at the station, and whether it was verified."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from unison_domain.identity.overrides import OverrideKind
from unison_server.kernel import migrate
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id

from tests.server.machines.test_calls import listed as calls
from tests.server.machines.test_calls import said
from tests.server.machines.test_downtime import act, done, listed, reasons, stand
from tests.server.machines.test_migrated_rows import Old, machine, old
from tests.server.machines.test_rebuild import as_system
from tests.server.machines.test_station_words import reasoned, state_set
from tests.server.stations.confirming import demand_nothing
from tests.server.stations.floor import Floor, at, stamp

__all__ = ["as_system", "old", "reasons"]

ADA = str(uuid4())
SIGNED_ON: dict[str, Any] = {"person": "Ada", "person_id": ADA, "person_is_verified": True}
BY_BADGE: dict[str, Any] = {"person": "Ada", "person_id": ADA, "person_is_verified": False}
REPORTED = ("reported_by", "reported_by_name", "reported_by_is_verified")
SAID_BY = ("said_by", "said_by_name", "said_by_is_verified")
PERSON = ("person_id", "person", "person_is_verified")


def of(row: dict[str, Any], names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def speakers(floor: Floor) -> list[tuple[Any, ...]]:
    """Of the states of the machine, newest first."""
    answer = floor.admin.get(f"/machines/{floor.machines[0]}/history").json()["items"]
    return [(one["state"], *map(one.get, PERSON)) for one in answer]


@pytest.mark.usefixtures("people_copied")
def test_a_state_said_by_hand_bears_who_said_it_through_a_rebuild(
    floor: Floor, as_system: Callable[[str], None]
) -> None:
    demand_nothing(floor, OverrideKind.MACHINE_STATE)
    floor.sender.send(
        [
            floor.changed(0, "running"),
            state_set(floor, 10, "setup", **SIGNED_ON),
            state_set(floor, 20, "running", **BY_BADGE),
            state_set(floor, 30, "setup", person="Ben"),
        ]
    )
    answer = floor.admin.send("PUT", f"/machines/{floor.machines[0]}/status", json={"state": "running"})
    assert answer.status_code == 200, answer.text
    admin = floor.admin.get("/auth/me").json()
    shown = [
        ("running", admin["id"], admin["full_name"], True),
        ("setup", None, "Ben", None),
        ("running", ADA, "Ada", False),
        ("setup", ADA, "Ada", True),
        ("running", None, None, None),
    ]
    assert speakers(floor) == shown
    as_system("delete from machine_states where machine_id = :machine")
    assert floor.admin.post(f"/machines/{floor.machines[0]}/rebuild", {}).status_code == 200
    assert speakers(floor) == shown


def test_the_reason_of_a_stop_bears_who_said_it_at_the_station(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "running"), (10, "stopped"), (500, "running"))
    floor.sender.send([reasoned(floor, 20, 10, reasons[310], ended_at=stamp(500), **BY_BADGE)])
    event = listed(floor)[0]
    assert of(event, REPORTED) == (ADA, "Ada", False)
    assert of(listed(floor, f"/{event['id']}/changes")[0], SAID_BY) == (ADA, "Ada", False)
    exported = floor.admin.get("/downtime-events/export").text.removeprefix("\ufeff")
    (row,) = csv.DictReader(io.StringIO(exported))
    assert of(row, REPORTED[1:]) == ("Ada", "False")


def test_who_said_it_stays_through_splitting_and_undoing(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "running"), (10, "stopped"), (500, "running"))
    floor.sender.send([reasoned(floor, 20, 10, reasons[310], ended_at=stamp(500), **BY_BADGE)])
    earlier = done(act(floor, listed(floor)[0], "split", at=stamp(100), later_reason_id=reasons[110]))
    later = listed(floor)[0]
    assert of(earlier, REPORTED) == (ADA, "Ada", False)
    assert (later["reported_by"] not in (None, ADA), later["reported_by_is_verified"]) == (True, True)
    other = {"other_id": later["id"], "other_version": later["version"]}
    merged = done(act(floor, earlier, "merge", **other, downtime_reason_id=reasons[310]))
    assert of(merged, REPORTED)[2] is True, "who merged says it of the whole"
    apart = done(act(floor, merged, "undo"))
    assert of(apart, REPORTED) == (ADA, "Ada", False)
    whole = done(act(floor, apart, "undo"))
    assert (whole["ended_at"], *of(whole, REPORTED)) == (stamp(500), ADA, "Ada", False)
    noted = done(act(floor, whole, "annotate", notes="no steel"))
    assert of(noted, REPORTED) == (ADA, "Ada", False), "a note does not change who said the reason"
    given = done(act(floor, noted, "assign", downtime_reason_id=reasons[110]))
    assert given["reported_by"] != ADA
    assert of(done(act(floor, given, "undo")), REPORTED) == (ADA, "Ada", False)


def test_a_change_of_before_there_were_badges_can_still_be_undone(
    floor: Floor, reasons: dict[int, str], as_system: Callable[[str], None]
) -> None:
    stand(floor, (0, "running"), (10, "stopped"), (500, "running"))
    first = done(act(floor, listed(floor)[0], "assign", downtime_reason_id=reasons[310]))
    done(act(floor, first, "assign", downtime_reason_id=reasons[110]))
    as_system(
        "update downtime_changes set before = before #- '{0,said_by_is_verified}', "
        "after = after #- '{0,said_by_is_verified}' where machine_id = :machine"
    )
    undone = done(act(floor, listed(floor)[0], "undo"))
    assert (undone["downtime_reason_code"], undone["reported_by_is_verified"]) == ("310", True)


@pytest.mark.usefixtures("people_copied")
def test_each_step_of_a_call_bears_who_said_it(floor: Floor) -> None:
    call, other = str(uuid4()), str(uuid4())
    floor.sender.send([said(floor, 0, "called", call, **BY_BADGE), said(floor, 5, "arrived", call, **SIGNED_ON)])
    (shown,) = calls(floor)
    assert of(shown, PERSON) == (ADA, "Ada", False)
    assert of(shown, ("arrived_by", "arrived_by_name", "arrived_by_is_verified")) == (ADA, "Ada", True)
    floor.admin.post(f"/machine-calls/{call}/done")
    (over,) = calls(floor, state="all")
    admin = floor.admin.get("/auth/me").json()
    assert of(over, ("done_by", "done_by_name", "done_by_is_verified")) == (admin["id"], admin["full_name"], True)
    assert over["arrived_by"] == ADA
    floor.sender.send([said(floor, 9, "called", other), said(floor, 10, "withdrawn", other, person="Ben")])
    withdrawn = floor.admin.get(f"/machine-calls/{other}").json()
    assert of(withdrawn, ("withdrawn_by", "withdrawn_by_name", "withdrawn_by_is_verified")) == (None, "Ben", None)
    assert of(withdrawn, PERSON) == (None, None, None)


def test_nobody_said_a_step_that_was_taken_back(floor: Floor) -> None:
    call = str(uuid4())
    floor.sender.send([said(floor, 0, "called", call), said(floor, 5, "arrived", call, **SIGNED_ON)])
    floor.sender.send([said(floor, 9, "called", call, takes_back=True, **SIGNED_ON)])
    (shown,) = calls(floor)
    assert of(shown, ("arrived_at", "arrived_by", "arrived_by_name", "arrived_by_is_verified")) == (None,) * 4
    floor.sender.send([said(floor, 12, "arrived", call, person="Ben")])
    (again,) = calls(floor)
    assert of(again, ("arrived_by", "arrived_by_name", "arrived_by_is_verified")) == (None, "Ben", None)


@pytest.mark.parametrize(
    "wrong",
    ["withdrawn_by_name = 'Ben'", "person_is_verified = true", "arrived_at = called_at, arrived_by = machine_id"],
)
def test_the_database_refuses_half_a_speaker(floor: Floor, wrong: str) -> None:
    floor.sender.send([said(floor, 0, "called", str(new_id()))])
    with pytest.raises(IntegrityError), floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as own:
        own.execute(text(f"update machine_calls set {wrong}"))


def test_what_desktops_said_before_there_were_badges_is_verified(old: Callable[[str], Old]) -> None:
    database = old("0029")
    made = machine(database)
    who = new_id()
    database.row("machine_calls", made, called_at=at(0), arrived_at=at(1), arrived_by=who, done_at=at(2), done_by=None)
    database.row("downtime_causes", made, started_at=at(0), ended_at=at(1), said_by=who)
    migrate.upgrade(Database.OPERATIONS, database.url, "0030")
    assert database.rows("select arrived_by_is_verified, done_by_is_verified from machine_calls") == [(True, None)]
    assert database.rows("select said_by_is_verified from downtime_causes") == [(True,)]
