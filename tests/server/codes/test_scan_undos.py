"""Scans taken back, at the station and in the desktop."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.server.codes.scanning import history, scanned, set_aside, told, undone
from tests.server.serving import SignedIn
from tests.server.stations.floor import Floor, enrol, stamp


def test_an_undone_scan_stays_and_does_not_count(floor: Floor) -> None:
    first, second = scanned(floor, 0), scanned(floor, 1)
    floor.sender.send([first, second, undone(floor, 5, first["id"], person="Anna")])
    counts, does_not = history(floor)
    assert (counts["id"], counts["undone_at"]) == (second["id"], None)
    assert (does_not["undone_at"], does_not["undone_person"], does_not["undone_by"]) == (stamp(5), "Anna", None)
    assert [one["id"] for one in history(floor, undone=True)] == [first["id"]]
    assert [one["id"] for one in history(floor, undone=False)] == [second["id"]]
    assert told(floor) == ["codes.scan.taken", "codes.scan.taken", "codes.scan.undone"]


def test_an_undo_that_comes_before_its_scan_waits_for_it(floor: Floor) -> None:
    scan = scanned(floor, 0)
    floor.sender.next_seq = 1
    floor.sender.send([undone(floor, 5, scan["id"])])
    assert history(floor) == []
    floor.sender.send([{**scan, "seq": floor.sender.next_seq}])
    assert [one["undone_at"] for one in history(floor)] == [stamp(5)]
    assert set_aside(floor) == []


def test_who_takes_over_a_station_may_undo_what_was_scanned_there(floor: Floor) -> None:
    scan = scanned(floor, 0)
    floor.sender.send([scan])
    enrolment = floor.admin.post("/agents", {"name": "New PC"}).json()
    changed = floor.admin.send(
        "PATCH", f"/stations/{floor.station_id}", {"If-Match": '"1"'}, json={"agent_id": enrolment["agent_id"]}
    )
    assert changed.status_code == 200, changed.text
    other = enrol(floor.admin.client, enrolment["code"])
    other.send([other.event("scan_undone", 6, scan_id=scan["id"])])
    assert [one["undone_at"] for one in history(floor)] == [stamp(6)]


def test_a_strangers_undo_of_a_scan_to_come_does_not_hold(floor: Floor) -> None:
    enrolment = floor.admin.post("/agents", {"name": "Hall 2"}).json()
    other = enrol(floor.admin.client, enrolment["code"])
    scan = scanned(floor, 0)
    other.send([other.event("scan_undone", 1, scan_id=scan["id"])])
    floor.sender.send([scan])
    assert [one["undone_at"] for one in history(floor)] == [None]
    floor.sender.send([undone(floor, 2, scan["id"])])
    assert [one["undone_at"] for one in history(floor)] == [stamp(2)]


@pytest.mark.usefixtures("people_copied")
def test_a_person_undoes_a_scan_once(floor: Floor) -> None:
    scan = scanned(floor, 0)
    floor.sender.send([scan])
    answers = [floor.admin.post(f"/qr-scans/{scan['id']}/undo", {"reason": reason}) for reason in ("twice", "again")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json() == history(floor)[0]
    assert (answers[1].json()["undone_by_name"], answers[1].json()["undo_reason"]) == ("Anna", "twice")
    assert told(floor).count("codes.scan.undone") == 1
    assert floor.admin.post(f"/qr-scans/{scan['id']}/undo", {"reason": " "}).status_code == 422
    assert floor.admin.post(f"/qr-scans/{scan['id']}/undo", {}).status_code == 422
    assert floor.admin.post(f"/qr-scans/{uuid4()}/undo", {"reason": "gone"}).status_code == 404


def test_a_scan_taken_back_bears_who_was_signed_on(floor: Floor) -> None:
    taken, ada = scanned(floor, 0), str(uuid4())
    back = undone(floor, 5, taken["id"], person="Ada", person_id=ada, person_is_verified=True)
    floor.sender.send([taken, back])
    (one,) = history(floor)
    assert (one["undone_person"], one["undone_person_id"], one["undone_person_is_verified"]) == ("Ada", ada, True)


def test_codes_of_a_set_are_taken_back_as_one(floor: Floor) -> None:
    group, other = str(uuid4()), str(uuid4())
    part, serial = (
        scanned(floor, 0, part="part", group_id=group),
        scanned(floor, 1, "S7", part="serial", group_id=group),
    )
    back = scanned(floor, 2, "Q5", part="quantity", group_id=group)
    beside = [scanned(floor, 3, part="part", group_id=other), scanned(floor, 4)]
    floor.sender.send([part, serial, back, *beside, undone(floor, 5, back["id"], person="Ada")])
    answer = floor.admin.post(f"/qr-scans/{serial['id']}/undo", {"reason": "wrong box"})
    assert answer.status_code == 200, answer.text
    reasons = {one["id"]: one["undo_reason"] for one in history(floor, undone=True)}
    assert reasons == {part["id"]: "wrong box", serial["id"]: "wrong box", back["id"]: None}
    assert {one["id"] for one in history(floor, undone=False)} == {one["id"] for one in beside}
    assert told(floor).count("codes.scan.undone") == 3
    assert floor.admin.post(f"/qr-scans/{part['id']}/undo", {"reason": "again"}).json()["undo_reason"] == "wrong box"
    assert told(floor).count("codes.scan.undone") == 3


@pytest.mark.parametrize("by_key", [False, True])
def test_a_code_that_comes_after_its_set_was_taken_back_does_not_count_either(floor: Floor, by_key: bool) -> None:
    office = floor.admin
    if by_key:
        scopes = ["codes.scan.undo", "codes.scan.read"]
        key = office.post("/api-keys", {"name": "MES", "scopes": scopes})
        assert key.status_code == 201, key.text
        office = SignedIn(office.client, key.json()["key"], "")
    group = str(uuid4())
    part, late = scanned(floor, 0, part="part", group_id=group), scanned(floor, 1, "S7", part="serial", group_id=group)
    floor.sender.send([part])
    taken_back = office.post(f"/qr-scans/{part['id']}/undo", {"reason": "wrong box"})
    assert taken_back.status_code == 200, taken_back.text
    floor.sender.send([late, scanned(floor, 2, group_id=str(uuid4()))])
    assert {one["id"]: one["undo_reason"] for one in history(floor, undone=True)} == {
        part["id"]: "wrong box",
        late["id"]: "wrong box",
    }
    assert told(floor).count("codes.scan.undone") == 2
