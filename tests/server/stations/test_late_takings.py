"""What was scanned and measured at a PC is its word, however late it comes; of what came after it a person decides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from unison_server.kernel.database import Database, Databases

from tests.server.codes.scanning import history, scanned
from tests.server.codes.scanning import undone as scan_undone
from tests.server.factories import make_organization
from tests.server.quality.gauging import characteristic, measured, reading
from tests.server.quality.gauging import undone as reading_undone
from tests.server.serving import sign_in
from tests.server.stations.floor import START, Floor, Sender, at, build, stamp
from tests.server.stations.test_leases import give, quarantined, second_agent

JPEG = b"\xff\xd8\xff\xe0 late \xff\xd9"
SHA = hashlib.sha256(JPEG).hexdigest()
Told = Callable[[Floor, float], dict[str, Any]]


def soon() -> float:
    """In a minute, in seconds after `START`."""
    return (datetime.now(UTC) - START).total_seconds() + 60


def picture(floor: Floor, seconds: float) -> dict[str, Any]:
    own = {"id": str(uuid4()), "station_id": str(floor.station_id), "peripheral_id": str(uuid4()), "sha256": SHA}
    return floor.sender.event("picture_kept", seconds, **own, bytes=len(JPEG), reason="scan", retention_days=90)


def value(floor: Floor, seconds: float) -> dict[str, Any]:
    own = {"id": str(uuid4()), "station_id": str(floor.station_id), "peripheral_id": str(uuid4())}
    return floor.sender.event("value_refused", seconds, **own, raw="noise", reason="came outside STX and ETX")


def measure(floor: Floor, seconds: float) -> dict[str, Any]:
    return reading(floor, seconds, characteristic(floor, f"Bore {uuid4()}"), "1.0")


def signed_on(floor: Floor, seconds: float) -> dict[str, Any]:
    own = {"id": str(uuid4()), "station_id": str(floor.station_id), "badge": "ab" * 32, "person_id": str(uuid4())}
    return floor.sender.event("sign_on_told", seconds, **own)


KEPT: dict[str, tuple[Told, str]] = {
    "picture_kept": (picture, "station_pictures"),
    "reading_taken": (measure, "inspection_measurements"),
    "scan_taken": (scanned, "qr_code_scans"),
    "value_refused": (value, "refused_values"),
}
"""What a station tells of itself, and where it is kept."""
NONE, EACH = dict.fromkeys(KEPT, 0), dict.fromkeys(KEPT, 1)


def one_of_each(floor: Floor, seconds: float, **fields: Any) -> list[dict[str, Any]]:
    return [told(floor, seconds) | fields for told, _ in KEPT.values()]


def kept(floor: Floor) -> dict[str, int]:
    return {kind: floor.rows(f"select count(*) from {table}")[0][0] for kind, (_, table) in KEPT.items()}


def to_another_pc(floor: Floor) -> Sender:
    other = second_agent(floor)
    give(floor, other.agent_id)
    return other


def test_what_waits_says_what_was_told(floor: Floor) -> None:
    """A person can't decide about a value that is not shown."""
    first, mine, in_mm = floor.sender, scanned(floor, 5), measure(floor, 6) | {"value": "0.120", "unit": "mm"}
    events = [mine, in_mm, *(floor.sample(7 + n, value=one) for n, one in enumerate((21.5, True, "auto")))]
    to_another_pc(floor)
    events = [one | {"at": stamp(soon())} for one in events]
    first.send(events)
    answer = floor.admin.get(f"/agents/{first.agent_id}/quarantine").json()["items"]
    assert {one["value"] for one in answer} == {mine["text"], "0.120 mm", "21.5", "true", "auto"}


def accept_all(floor: Floor, agent: Sender) -> None:
    path = f"/agents/{agent.agent_id}/quarantine"
    for event in floor.admin.get(path, params={"state": "open"}).json()["items"]:
        assert event["may_accept"], event
        answer = floor.admin.post(f"{path}/{event['id']}/accept", {"reason": "seen"})
        assert answer.status_code == 200, answer.text


def test_what_it_recorded_before_the_hand_over_is_taken_without_a_person(floor: Floor) -> None:
    to_another_pc(floor)
    floor.sender.send(one_of_each(floor, 6))
    assert (kept(floor), quarantined(floor)) == (EACH, [])


@pytest.mark.parametrize("clock", ["after", "unsynced"])
def test_what_it_recorded_after_it_or_nobody_knows_when_waits_and_a_person_can_take_it(
    floor: Floor, clock: str
) -> None:
    to_another_pc(floor)
    floor.sender.send(one_of_each(floor, soon()) if clock == "after" else one_of_each(floor, 6, clock_unsynced=True))
    assert (kept(floor), quarantined(floor)) == (NONE, [(kind, "not_assigned") for kind in KEPT])
    accept_all(floor, floor.sender)
    assert kept(floor) == EACH


def test_a_pc_that_never_had_the_station_is_not_believed(floor: Floor) -> None:
    floor.sender = second_agent(floor)
    floor.sender.send(one_of_each(floor, 6))
    assert (kept(floor), quarantined(floor)) == (NONE, [(kind, "not_assigned") for kind in KEPT])


def test_another_organization_tells_nothing_of_our_station(
    floor: Floor, databases: Databases, system_databases: Databases
) -> None:
    to_another_pc(floor)
    made = make_organization(databases, system_databases)
    made.add_user("anna")
    theirs = build(sign_in(floor.admin.client, made), made)
    theirs.sender.send(one_of_each(theirs, 6, station_id=str(floor.station_id)))
    assert (kept(theirs), kept(floor), len(quarantined(theirs))) == (NONE, NONE, len(KEPT))
    for event in theirs.admin.get(f"/agents/{theirs.agent_id}/quarantine").json()["items"]:
        accept = f"/agents/{theirs.agent_id}/quarantine/{event['id']}/accept"
        assert theirs.admin.post(accept, {"reason": "mine"}).status_code == 409
    assert (kept(theirs), kept(floor)) == (NONE, NONE)


def test_badges_shown_before_it_are_taken_and_later_ones_wait(floor: Floor) -> None:
    """They are carried on at once, so only what waits is looked at."""
    to_another_pc(floor)
    floor.sender.send([signed_on(floor, 6), signed_on(floor, soon())])
    assert quarantined(floor) == [("sign_on_told", "not_assigned")]
    accept_all(floor, floor.sender)


@pytest.mark.parametrize("present", ["its own", "a third"])
def test_what_it_recorded_while_another_pc_stood_between_two_times_of_its_own_waits(
    floor: Floor, system_databases: Databases, present: str
) -> None:
    """It was off for both hand-overs, and never heard that the station was not its own meanwhile."""
    to_another_pc(floor)
    give(floor, floor.sender.agent_id)
    if present == "a third":
        to_another_pc(floor)
    with system_databases.session(Database.OPERATIONS, floor.made.scope) as session:
        moved = "update former_station_holders set ended_at = :to where ended_at = :since"
        for place, row in enumerate(floor.rows("select ended_at from former_station_holders order by ended_at")):
            session.execute(text(moved), {"since": row.ended_at, "to": at(100 * place + 100)})
    floor.sender.send([told for seconds in (50, 150, 250) for told in one_of_each(floor, seconds)])
    waiting = [row.seq for row in floor.rows("select seq from quarantine order by seq")]
    assert (kept(floor), waiting) == (dict.fromkeys(KEPT, 2), [5, 6, 7, 8])
    messages = {row.message for row in floor.rows("select message from quarantine")}
    assert messages == {
        f"The station {floor.station_id} was another PC's up to {at(200):%Y-%m-%d %H:%M:%S} UTC, and this was recorded "
        "in that time"
    }
    accept_all(floor, floor.sender)
    assert kept(floor) == dict.fromkeys(KEPT, 3)


def test_a_station_without_a_pc_loses_nothing_of_the_former_one(floor: Floor) -> None:
    give(floor, None)
    floor.sender.send([scanned(floor, 6), scanned(floor, soon())])
    assert (len(history(floor)), quarantined(floor)) == (1, [("scan_taken", "not_assigned")])


def test_why_it_waits_says_since_when_the_station_is_not_its_own(floor: Floor) -> None:
    to_another_pc(floor)
    floor.sender.send([scanned(floor, soon())])
    ((message,),) = floor.rows("select message from quarantine")
    (row,) = floor.rows("select ended_at from former_station_holders")
    assert message == (
        f"The station {floor.station_id} is another PC's since {row.ended_at:%Y-%m-%d %H:%M:%S} UTC, and this was "
        "recorded after that, or by a clock that never heard the server's time"
    )


def test_a_new_name_of_a_station_ends_nothing(floor: Floor) -> None:
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.execute(text("update stations set name = 'Line 9', version = version + 1"))
    assert floor.rows("select * from former_station_holders") == []


def test_an_accepted_picture_can_be_sent(floor: Floor) -> None:
    to_another_pc(floor)
    floor.sender.send([picture(floor, soon())])

    def upload() -> int:
        headers = {"Content-Type": "image/jpeg"}
        return floor.sender.call("PUT", f"/pictures/{SHA}", content=JPEG, headers=headers).status_code

    assert upload() == 404
    accept_all(floor, floor.sender)
    assert upload() == 204


def taken_back(floor: Floor) -> list[bool]:
    """Of all scans and readings, whether each was taken back."""
    return [one["undone_at"] is not None for one in [*history(floor), *measured(floor)]]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_pc_takes_back_what_it_told_itself(floor: Floor, moment: str) -> None:
    """One law for scans and readings: whose word it was may take it back, whoever serves the station by then."""
    scan, bore = scanned(floor, 5), measure(floor, 6)
    floor.sender.send([scan, bore])
    to_another_pc(floor)
    seconds = 7.0 if moment == "before" else soon()
    floor.sender.send([scan_undone(floor, seconds, scan["id"]), reading_undone(floor, seconds, bore["id"])])
    assert (taken_back(floor), quarantined(floor)) == ([True, True], [])


def test_who_takes_over_a_station_may_take_back_what_was_told_there(floor: Floor) -> None:
    scan, bore = scanned(floor, 5), measure(floor, 6)
    floor.sender.send([scan, bore])
    floor.sender = to_another_pc(floor)
    floor.sender.send([scan_undone(floor, soon(), scan["id"]), reading_undone(floor, soon(), bore["id"])])
    assert (taken_back(floor), quarantined(floor)) == ([True, True], [])


def test_a_former_pc_takes_back_nothing_of_the_next_one_without_a_person(floor: Floor) -> None:
    first = floor.sender
    floor.sender = to_another_pc(floor)
    scan, bore = scanned(floor, soon()), measure(floor, soon())
    floor.sender.send([scan, bore])
    floor.sender = first
    for undo in (scan_undone(floor, soon(), scan["id"]), reading_undone(floor, soon(), bore["id"])):
        before = taken_back(floor).count(True)
        first.send([undo])
        assert taken_back(floor).count(True) == before
        accept_all(floor, first)
        assert taken_back(floor).count(True) == before + 1
    assert {code for _, code in quarantined(floor)} == {"not_assigned"}
