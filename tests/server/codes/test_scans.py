"""Scans from the station's word to the history: whose they are, and who sees them."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode
from unison_domain.stations.tail_hash import BEGINNING
from unison_server.kernel.database import Databases

from tests.server.codes.scanning import GS1, allow_person_figures, history, scanned, set_aside, told, undone
from tests.server.factories import make_organization
from tests.server.serving import sign_in
from tests.server.stations.floor import Floor, build, enrol, stamp


def test_a_scan_is_read_and_listed(floor: Floor) -> None:
    floor.sender.send([scanned(floor, 0, symbology="C1", person="Anna", peripheral_id=str(uuid4()))])
    (scan,) = history(floor)
    assert (scan["station_code"], scan["scanned_at"], scan["person"], scan["source"]) == (
        "S1",
        stamp(0),
        "Anna",
        "scanner",
    )
    reading = scan["reading"]
    assert (reading["kind"], reading["text"], reading["symbology_name"]) == ("gs1", GS1, "GS1-128")
    assert [(part["name"], part["shown"]) for part in reading["meanings"][0]["parts"]] == [
        ("GTIN", "09506000134352"),
        ("NET WEIGHT (kg)", "0.125"),
        ("BATCH/LOT", "ABC123"),
        ("USE BY or EXPIRY", "2025-12-31"),
    ]
    assert floor.admin.get(f"/qr-scans/{scan['id']}").json() == scan
    assert told(floor) == ["codes.scan.taken"]


def test_a_separator_that_was_probably_lost_is_told(floor: Floor) -> None:
    floor.sender.send([scanned(floor, 0, "010950600013435210ABC17251231", symbology="C1"), scanned(floor, 1)])
    (scan,) = history(floor, warned=True)
    assert "may have dropped a separator" in scan["reading"]["warnings"][0]
    assert [one["scanned_at"] for one in history(floor, warned=False)] == [stamp(1)]


def test_own_codes_name_what_is_there(floor: Floor) -> None:
    floor.sender.send(
        [
            scanned(floor, 0, "UN1:MA:M1"),
            scanned(floor, 1, "UN1:ST:S1"),
            scanned(floor, 2, "UN1:MA:M9"),
            scanned(floor, 3, "UN1:MT:STEEL"),
            scanned(floor, 4, "UN1:MA:%00"),
        ]
    )
    of_nul, steel, lost, station, machine = history(floor)
    assert (machine["reference_type"], machine["reference_id"]) == ("machine", str(floor.machines[0]))
    assert (station["reference_type"], station["reference_id"]) == ("station", str(floor.station_id))
    assert (lost["reference_id"], lost["reading"]["warnings"]) == (None, ["There is no machine M9 that you may see"])
    assert (steel["reference_id"], steel["reading"]["warnings"]) == (None, [])
    assert (of_nul["reading"]["kind"], of_nul["reading"]["words"]) == ("unknown", "")
    assert set_aside(floor) == []


def test_the_same_batch_again_changes_nothing(floor: Floor) -> None:
    scan = scanned(floor, 0)
    batch = floor.sender.batch([scan, undone(floor, 1, scan["id"])], BEGINNING)
    for _ in range(2):
        assert floor.sender.post(batch).status_code == 200
    assert len(history(floor)) == 1
    assert told(floor) == ["codes.scan.taken", "codes.scan.undone"]


def test_ten_scans_in_a_moment_are_ten(floor: Floor) -> None:
    floor.sender.send([scanned(floor, place * 0.03) for place in range(10)])
    assert len(history(floor)) == 10


def test_codes_that_counted_together_say_so(floor: Floor) -> None:
    group = str(uuid4())
    floor.sender.send(
        [scanned(floor, 0, part="serial", group_id=group), scanned(floor, 0, "UN1:MT:X", part="part", group_id=group)]
    )
    assert {(one["part"], one["group_id"]) for one in history(floor)} == {("serial", group), ("part", group)}
    floor.sender.send([scanned(floor, 0, part="part", group_id=str(uuid4())), scanned(floor, 0)])
    assert {one["part"] for one in history(floor, group_id=group)} == {"serial", "part"}
    assert len(history(floor, group_id=group)) == 2


def test_what_a_stranger_sends_is_set_aside_and_harms_nothing_else(floor: Floor) -> None:
    enrolment = floor.admin.post("/agents", {"name": "Hall 2"}).json()
    station = {"plant_id": str(floor.plant_id), "code": "S2", "name": "Line 2", "agent_id": enrolment["agent_id"]}
    foreign = floor.admin.post("/stations", station).json()["id"]
    other = enrol(floor.admin.client, enrolment["code"])
    good = scanned(floor, 0)
    floor.sender.send(
        [
            good,
            scanned(floor, 1, station_id=foreign),
            scanned(floor, 2, station_id=str(uuid4())),
            scanned(floor, 3, source="guess"),
            scanned(floor, 4, text=""),
        ]
    )
    assert set_aside(floor) == ["not_assigned", "unknown_station", "invalid", "invalid"]
    own = {"id": good["id"], "station_id": foreign, "source": "typed", "text": "mine"}
    other.send([other.event("scan_taken", 5, **own), other.event("scan_undone", 6, scan_id=good["id"])])
    assert sorted(set_aside(floor))[2:] == ["not_assigned", "not_assigned", "other_station", "unknown_station"]
    (scan,) = history(floor)
    assert (scan["id"], scan["reading"]["text"], scan["undone_at"]) == (good["id"], GS1, None)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (RoleCode.PLANT_MANAGER, 200),
        (RoleCode.OPERATOR, 403),
        (RoleCode.SUPERVISOR, 403),
        (RoleCode.QUALITY_MANAGER, 403),
        (RoleCode.AUDITOR, 403),
    ],
)
def test_what_a_single_person_scanned_is_for_few(
    floor: Floor, client: httpx.Client, role: RoleCode, status: int
) -> None:
    floor.sender.send([scanned(floor, 0, person="Anna")])
    floor.made.add_user("eve", roles=[role], writes=[floor.plant_id])
    allow_person_figures(floor.admin)
    eve = sign_in(client, floor.made, "eve")
    answer = eve.get("/qr-scans/history", params={"person": "ann"})
    assert answer.status_code == status, answer.text
    assert status == 200 or answer.json()["parameters"] == {"permission": "sites.person.evaluate"}
    (listed,) = eve.get("/qr-scans/history").json()["items"]
    assert listed["person"] == "Anna", "each row says who it was"


def test_nobody_is_told_what_a_single_person_scanned_unless_the_organization_wants_it(floor: Floor) -> None:
    asked = partial(floor.admin.get, "/qr-scans/history", params={"person": "ann"})
    assert (asked().status_code, asked().json()["code"]) == (403, "person_figures_off")
    assert "sites.person.evaluate" not in floor.admin.get("/auth/me").json()["permissions"]
    allow_person_figures(floor.admin)
    assert asked().status_code == 200
    assert "sites.person.evaluate" in floor.admin.get("/auth/me").json()["permissions"]
    effective = floor.admin.get(f"/users/{floor.admin.get('/auth/me').json()['id']}/permissions").json()["permissions"]
    assert {one["counts"] for one in effective if one["permission"] == "sites.person.evaluate"} == {True}


def test_what_a_single_person_did_is_told_of_the_plants_alone_where_that_right_holds(
    floor: Floor, client: httpx.Client
) -> None:
    floor.sender.send([scanned(floor, 0, person="Anna")])
    allow_person_figures(floor.admin)
    kiel, lyon = floor.made.add_plant("KIEL"), floor.plant_id
    for name, manages in (("mona", kiel), ("luc", lyon)):
        roles = {manages: RoleCode.PLANT_MANAGER}
        user = floor.made.add_user(name, roles=[RoleCode.VIEWER], reads=[kiel, lyon], roles_in=roles)
        asks = sign_in(client, floor.made, name)
        assert len(asks.get("/qr-scans/history").json()["items"]) == 1, "a viewer of both plants"
        found = asks.get("/qr-scans/history", params={"person": "anna"}).json()["items"]
        told_in_file = asks.get("/qr-scans/export", params={"person": "anna"}).text.count("Anna")
        assert len(found) == told_in_file == (manages == lyon)
        told = floor.admin.get(f"/users/{user}/permissions").json()["permissions"]
        one = next(one for one in told if one["permission"] == "sites.person.evaluate")
        assert (one["counts"], one["reached"]) == (True, [{"plant_id": str(manages), "department_id": None}])
        assert one["against"] == [], "it asks for reading alone"


def test_a_clock_that_is_ahead_scanned_now(floor: Floor) -> None:
    scan = scanned(floor, 0)
    floor.sender.send([{**scan, "at": "2150-01-01T00:00:00Z"}])
    assert history(floor)[0]["scanned_at"] < "2150"


def test_the_history_is_narrowed(floor: Floor) -> None:
    floor.sender.send(
        [scanned(floor, 0), scanned(floor, 10, "Box-7", person="Berta"), scanned(floor, 20, "box-8", person="Anna")]
    )
    assert [one["reading"]["text"] for one in history(floor, q="BOX")] == ["box-8", "Box-7"]
    allow_person_figures(floor.admin)
    assert [one["reading"]["text"] for one in history(floor, person="ber")] == ["Box-7"]
    assert [one["reading"]["text"] for one in history(floor, kind="unknown", to=stamp(15))] == ["Box-7"]
    assert [one["reading"]["text"] for one in history(floor, **{"from": stamp(10)})] == ["box-8", "Box-7"]
    assert len(history(floor, plant_id=str(floor.plant_id), station_id=str(floor.station_id))) == 3
    assert history(floor, station_id=str(uuid4())) == []
    assert history(floor, q="%") == []
    for wrong in ({"kind": "guess"}, {"colour": "red"}, {"q": "\x00"}, {"person": "\x00"}):
        assert floor.admin.get("/qr-scans/history", params=wrong).status_code == 422, wrong
    first = floor.admin.get("/qr-scans/history", params={"limit": 2}).json()
    last = floor.admin.get("/qr-scans/history", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert ([len(page["items"]) for page in (first, last)], last["next_cursor"]) == ([2, 1], None)


def test_scans_of_a_code_are_found_by_all_of_its_text(floor: Floor) -> None:
    floor.sender.send([scanned(floor, 0), scanned(floor, 10, "Box-7"), scanned(floor, 20, "box-7"), scanned(floor, 30)])
    assert [one["reading"]["text"] for one in history(floor, code="Box-7")] == ["Box-7"]
    assert [one["qr_code_data"] for one in history(floor, code=f"]C1{GS1}")] == [GS1, GS1]
    assert len(history(floor, code=GS1, to=stamp(15))) == 1
    assert history(floor, code="Box") == []
    long = "ä" * 4096  # more than fits into an index
    floor.sender.send([scanned(floor, 40, long)])
    assert history(floor, code="ä") == []
    assert len(history(floor, code=long)) == 1
    for wrong in ("", "\x00", long + "ä"):
        assert floor.admin.get("/qr-scans/history", params={"code": wrong}).status_code == 422


def test_scans_of_other_plants_are_out_of_sight_and_out_of_reach(floor: Floor) -> None:
    scan = scanned(floor, 0)
    floor.sender.send([scan])
    elsewhere = floor.made.add_plant("P9")
    floor.made.add_user("otto", roles=[RoleCode.OPERATOR], writes=[elsewhere])
    floor.made.add_user("rita", roles=[RoleCode.OPERATOR], reads=[floor.plant_id])
    floor.made.add_user("vera", roles=[RoleCode.VIEWER], writes=[floor.plant_id])
    otto, rita, vera = (sign_in(floor.admin.client, floor.made, name) for name in ("otto", "rita", "vera"))
    assert otto.get("/qr-scans/history").json()["items"] == []
    assert otto.get(f"/qr-scans/{scan['id']}").status_code == 404
    assert otto.get("/qr-scans/lookup/UN1:MA:M1").status_code == 404
    assert otto.post(f"/qr-scans/{scan['id']}/undo", {"reason": "no"}).status_code == 404
    assert otto.post("/qr-scans", {"qr_code_data": "x", "plant_id": str(floor.plant_id)}).status_code == 404
    assert otto.post("/qr-scans", {"qr_code_data": "x", "plant_id": str(elsewhere)}).status_code == 201
    assert [one["id"] for one in rita.get("/qr-scans/history").json()["items"]] == [scan["id"]]
    for refused in (
        rita.post(f"/qr-scans/{scan['id']}/undo", {"reason": "no"}),
        rita.post("/qr-scans", {"qr_code_data": "x", "plant_id": str(floor.plant_id)}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "place_read_only")
    assert vera.get("/qr-scans/history").status_code == 200
    assert vera.post(f"/qr-scans/{scan['id']}/undo", {"reason": "no"}).status_code == 403
    assert vera.post("/qr-scans", {"qr_code_data": "x", "plant_id": str(floor.plant_id)}).status_code == 403


def test_another_organization_sees_and_undoes_nothing(
    floor: Floor, databases: Databases, system_databases: Databases
) -> None:
    scan = scanned(floor, 0, "UN1:MA:M1")
    floor.sender.send([scan])
    stranger = make_organization(databases, system_databases)
    stranger.add_user("eve")
    eve = sign_in(floor.admin.client, stranger, "eve")
    theirs = build(eve, stranger)
    assert eve.get("/qr-scans/history").json()["items"] == []
    assert eve.get(f"/qr-scans/{scan['id']}").status_code == 404
    assert eve.post(f"/qr-scans/{scan['id']}/undo", {"reason": "no"}).status_code == 404
    assert eve.get("/qr-scans/lookup/UN1:MA:M1").json()["reference"]["id"] == str(theirs.machines[0])
    taken = scanned(theirs, 0, "theirs", id=scan["id"])
    theirs.sender.send([taken, undone(theirs, 1, scan["id"]), scanned(theirs, 2, station_id=str(floor.station_id))])
    assert set_aside(theirs) == ["unknown_station"]
    assert [(one["reading"]["text"], one["undone_at"]) for one in history(floor)] == [("UN1:MA:M1", None)]
    assert [(one["reading"]["text"], one["undone_at"]) for one in history(theirs)] == [("theirs", stamp(1))]


def test_a_scan_bears_who_was_signed_on(floor: Floor) -> None:
    ada = str(uuid4())
    floor.sender.send(
        [
            scanned(floor, 0, "A", person="Ada", person_id=ada, person_is_verified=True),
            scanned(floor, 1, "B", person="Ada", person_id=ada),
            scanned(floor, 2, "C", person="Ada", person_is_verified=True),
        ]
    )
    listed = [(one["person_id"], one["person_is_verified"]) for one in history(floor)]
    assert listed == [(None, None), (ada, False), (ada, True)], "newest first; nobody vouches for the second"
