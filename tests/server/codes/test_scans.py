"""Scans from the station's word to the history, the lookup and the undo."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode
from unison_domain.stations.tail_hash import BEGINNING
from unison_server.kernel.database import Databases

from tests.server.factories import make_organization
from tests.server.serving import SignedIn, sign_in, until_answered
from tests.server.stations.floor import Floor, build, enrol, stamp

GS1 = "0109506000134352310300012510ABC123\x1d17251231"


def scanned(floor: Floor, seconds: float, text: str = GS1, **more: Any) -> dict[str, Any]:
    own = {"id": str(uuid4()), "station_id": str(floor.station_id), "source": "scanner", "text": text}
    return floor.sender.event("scan_taken", seconds, **{**own, **more})


def undone(floor: Floor, seconds: float, scan_id: str, **more: Any) -> dict[str, Any]:
    return floor.sender.event("scan_undone", seconds, scan_id=scan_id, **more)


def history(floor: Floor, **query: Any) -> list[dict[str, Any]]:
    answer = floor.admin.get("/qr-scans/history", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def allow_person_figures(admin: SignedIn) -> None:
    """The organization has what single persons did asked for; it is known at once where it is asked."""
    path = "/settings/identity.person_figures"
    assert admin.send("PUT", path, json={"value": True}, headers={"If-Match": '"0"'}).status_code == 200
    until_answered(200, lambda: admin.get("/qr-scans/history", params={"person": "nobody"}))


def look_up(floor: Floor, code: str) -> httpx.Response:
    return floor.admin.get(f"/qr-scans/lookup/{quote(code, safe='')}")


def set_aside(floor: Floor) -> list[str]:
    return [row.code for row in floor.rows("select code from quarantine order by seq")]


def told(floor: Floor) -> list[str]:
    return sorted(topic for topic in floor.topics() if topic.startswith("codes."))


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
    assert sorted(set_aside(floor))[-3:] == ["other_station", "other_station", "unknown_station"]
    (scan,) = history(floor)
    assert (scan["id"], scan["reading"]["text"], scan["undone_at"]) == (good["id"], GS1, None)


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


@pytest.mark.usefixtures("people_copied")
def test_a_person_types_a_code(floor: Floor) -> None:
    body = {"qr_code_data": f"]C1{GS1}", "station_id": str(floor.station_id), "notes": "label torn"}
    keyed = {"Idempotency-Key": "scan-0001"}
    answers = [floor.admin.post("/qr-scans", body, headers=keyed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    (scan,) = history(floor)
    assert answers[0].json() == answers[1].json() == scan
    assert (scan["reading"]["symbology"], scan["qr_code_data"], scan["source"]) == ("C1", GS1, "typed")
    assert (scan["scanned_by_name"], scan["notes"], scan["plant_id"]) == ("Anna", "label torn", str(floor.plant_id))
    allow_person_figures(floor.admin)
    assert [one["id"] for one in history(floor, person="ann")] == [scan["id"]]


def test_a_client_of_before_calls_it_text(floor: Floor) -> None:
    made = floor.admin.post("/qr-scans", {"text": "hello", "plant_id": str(floor.plant_id)}).json()
    assert (made["qr_code_data"], made["reading"]["text"]) == ("hello", "hello")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"qr_code_data": "x"}, 422, "place_missing"),
        ({"qr_code_data": "x", "plant_id": str(uuid4())}, 404, "not_found"),
        ({"qr_code_data": "x", "station_id": str(uuid4())}, 404, "not_found"),
        ({"qr_code_data": ""}, 422, "invalid"),
        ({"qr_code_data": "x" * 4097}, 422, "invalid"),
        ({"qr_code_data": "a\x00b"}, 422, "invalid"),
        ({"qr_code_data": "]C1"}, 422, "empty_code"),
        ({"qr_code_data": "x", "scanned_at": "2150-01-01T00:00:00Z"}, 422, "ahead_of_time"),
        ({"qr_code_data": "x", "symbology": "]C1"}, 422, "invalid"),
    ],
)
def test_what_can_not_be_a_scan_is_refused(floor: Floor, body: dict[str, Any], status: int, code: str) -> None:
    place = {} if code in ("place_missing", "not_found") else {"plant_id": str(floor.plant_id)}
    answer = floor.admin.post("/qr-scans", {**place, **body})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert history(floor) == []


def test_a_station_is_of_its_own_plant(floor: Floor) -> None:
    body = {"qr_code_data": "x", "station_id": str(floor.station_id), "plant_id": str(floor.made.add_plant("P9"))}
    assert floor.admin.post("/qr-scans", body).json()["code"] == "other_plant"


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


def test_a_code_is_looked_up(floor: Floor) -> None:
    found = look_up(floor, "UN1:MA:M2").json()
    assert found["reference"] == {
        "type": "machine",
        "id": str(floor.machines[1]),
        "code": "M2",
        "name": "Mill 2",
        "plant_id": str(floor.plant_id),
    }
    assert found["reading"]["words"] == "machine M2"
    assert look_up(floor, "UN1:PL:P1").json()["reference"]["id"] == str(floor.plant_id)
    odd = floor.admin.post("/machines", {"plant_id": str(floor.plant_id), "machine_code": "Säge/1 a", "name": "Saw"})
    named = look_up(floor, "]Q1UN1:MA:S%C3%A4%67%65/1 %61")
    assert (odd.status_code, named.json()["reference"]["id"]) == (201, odd.json()["id"])


def test_own_codes_name_characteristics_reasons_and_places(floor: Floor) -> None:
    plant = {"plant_id": str(floor.plant_id)}
    width = floor.admin.post(
        "/inspection-characteristics", {**plant, "characteristic_name": "Width", "measurement_unit": "mm"}
    )
    jam = floor.admin.post("/downtime-reasons", {"number": 198, "name": "JAM"})
    store = floor.admin.post("/warehouses", {**plant, "code": "RAW", "name": "Raw material"})
    place = floor.admin.post("/storage-locations", {"warehouse_id": store.json()["id"], "code": "A-01"})
    assert [made.status_code for made in (width, jam, store, place)] == [201] * 4
    for code, type_, made, name in (
        ("UN1:CH:W%69%64%74%68", "characteristic", width, "Width"),
        ("UN1:RE:198", "reason", jam, "JAM"),
        ("UN1:RE:JAM", "reason", jam, "JAM"),
        ("UN1:LO:A-01", "location", place, "Raw material"),
    ):
        found = look_up(floor, code).json()["reference"]
        assert (found["type"], found["id"], found["name"]) == (type_, made.json()["id"], name)
        assert found["plant_id"] == (None if type_ == "reason" else str(floor.plant_id))


def test_a_key_of_several_things_names_none_of_them(floor: Floor) -> None:
    for code, plant_id in (("RAW1", floor.plant_id), ("RAW9", floor.made.add_plant("P9"))):
        store = floor.admin.post("/warehouses", {"plant_id": str(plant_id), "code": code, "name": "Raw material"})
        place = floor.admin.post("/storage-locations", {"warehouse_id": store.json()["id"], "code": "A-01"})
        assert place.status_code == 201, store.text
    answer = look_up(floor, "UN1:LO:A-01")
    assert answer.status_code == 404
    assert "2 things here are called location A-01: the code does not say which" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (f"]C1{GS1}", "Understood as GTIN 09506000134352, NET WEIGHT (kg) 0.125, BATCH/LOT ABC123, USE BY"),
        ("https://id.gs1.org/01/09506000134352/10/ABC?17=251231", "Understood as GTIN 09506000134352, BATCH/LOT ABC"),
        ("]C10109506000134353", "can't be read: "),
        ("UN1:MA:M9", "Understood as machine M9. There is no machine M9 that you may see"),
        ("UN1:MT:STEEL", "Understood as material STEEL. Unison does not look these up yet"),
        ("UN1:PE:4711", "Understood as person 4711. Unison does not look these up yet"),
        ("UN1:CH:WIDTH", "Understood as characteristic WIDTH. There is no characteristic WIDTH that you may see"),
        ("UN1:RE:111 ", "Understood as reason 111 . There is no reason 111  that you may see"),
        ("UN1:LO:A-01", "Understood as location A-01. There is no location A-01 that you may see"),
        ("UN1:XX:M9", "can't be read: 'UN1:XX:M9' begins with UN1: but 'XX' is no kind"),
        ("UN1:MA:%00", "can't be read: "),
        ("hello", "Nobody knows what 'hello' is"),
        ("\x00", "Nobody knows what '\\x00' is"),
        ("../..", "Nobody knows what"),
        ("%", "Nobody knows what '%' is"),
        ("two\nlines", "Nobody knows what 'two\\nlines' is"),
    ],
)
def test_what_names_nothing_is_told_with_what_was_understood(floor: Floor, code: str, words: str) -> None:
    answer = look_up(floor, code)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (404, "code_unknown"), answer.text
    assert words in problem["detail"]
    assert problem["parameters"]["reading"]["text"] == code.removeprefix("]C1")


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


def test_a_scan_taken_back_bears_who_was_signed_on(floor: Floor) -> None:
    taken, ada = scanned(floor, 0), str(uuid4())
    back = undone(floor, 5, taken["id"], person="Ada", person_id=ada, person_is_verified=True)
    floor.sender.send([taken, back])
    (one,) = history(floor)
    assert (one["undone_person"], one["undone_person_id"], one["undone_person_is_verified"]) == ("Ada", ada, True)
