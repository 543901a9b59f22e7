"""Scanners, gauges and cameras of stations: what is held before one is written, and what its agent is told."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.exc import IntegrityError
from unison_domain.identity.contracts import RoleCode
from unison_domain.stations.camera_settings import CameraSettings
from unison_server.stations import peripherals

from tests.server.factories import Made
from tests.server.serving import sign_in
from tests.server.stations.attached import (
    CALIBRATION,
    CAMERA,
    GAUGE,
    PORT,
    SCANNER,
    SETTINGS,
    add,
    added,
    change,
    errors,
    plainly,
    put_away,
)
from tests.server.stations.floor import Floor, stamp


@pytest.mark.parametrize("wanted", [SCANNER, GAUGE, CAMERA], ids=lambda wanted: wanted["kind"])
def test_its_agent_is_told_of_it_exactly(floor: Floor, wanted: dict[str, Any]) -> None:
    row = added(floor, wanted)
    assert (row["kind"], row["name"], row["state"]) == (wanted["kind"], wanted["name"], None)
    (one,) = floor.told().peripherals
    assert (str(one.id), one.station_id) == (row["id"], floor.station_id)
    assert SETTINGS.validate_python(one.model_dump(exclude={"id", "station_id"})) == SETTINGS.validate_python(wanted)
    assert SETTINGS.validate_python(row["settings"]) == SETTINGS.validate_python(wanted)
    assert "stations.peripheral.created" in floor.topics()


def test_every_change_raises_the_version_of_its_agent_alone(floor: Floor) -> None:
    other = floor.admin.post("/agents", {"name": "Hall 2"}).json()["agent_id"]
    versions = [floor.told().version]
    row = added(floor, SCANNER)
    versions.append(floor.told().version)
    row = change(floor, row, {**SCANNER, "identifies": False}).json()
    versions.append(floor.told().version)
    put_away(floor, row)
    versions.append(floor.told().version)
    assert versions == sorted(set(versions))
    assert floor.told().peripherals == ()
    assert floor.admin.get(f"/agents/{other}").json()["configuration_version"] == 0


def test_what_changed_is_told_field_by_field_with_who_did_it(floor: Floor) -> None:
    row = added(floor, SCANNER)
    changed = {**SCANNER, "name": "Scanner 1", "serial": {"port": PORT, "baud_rate": 115_200}}
    put_away(floor, change(floor, row, changed).json())
    path = f"/agents/{floor.agent_id}/configuration-changes"
    gone, updated, created = floor.admin.get(path, params={"entity_id": row["id"]}).json()["items"]
    assert [one["action"] for one in (created, updated, gone)] == ["created", "updated", "deactivated"]
    assert {one["thing"] for one in (created, updated, gone)} == {"peripheral"}
    assert (updated["name"], updated["actor_id"], plainly(updated)) == (
        "Scanner 1",
        floor.admin.get("/auth/me").json()["id"],
        [
            {"field": "name", "old": "Hand scanner", "new": "Scanner 1"},
            {"field": "serial.baud_rate", "old": 9600, "new": 115_200},
        ],
    )
    assert {"field": "serial.port", "old": None, "new": PORT} in plainly(created)
    assert "place" not in {field["field"] for field in created["fields"]}
    versions = [one["version"] for one in (created, updated, gone)]
    assert versions == sorted(set(versions))
    assert versions[-1] == floor.told().version


@pytest.mark.parametrize(
    ("wanted", "field", "words"),
    [
        ({"kind": "scanner", "name": "S"}, "settings", "one of the two"),
        ({**SCANNER, "kind": "printer"}, "settings", "'scanner', 'gauge', 'camera'"),
        ({"name": "S"}, "settings", "kind"),
        ({**SCANNER, "name": " "}, "settings.name", "at least 1 character"),
        ({**SCANNER, "serial": {"port": PORT, "baud_rate": 1}}, "settings.serial.baud_rate", "300"),
        ({**SCANNER, "serial": {}}, "settings.serial.port", "required"),
        ({**SCANNER, "framing": {"prefix": "zz"}}, "settings.framing.prefix", "hexadecimal"),
        ({**SCANNER, "colour": "red"}, "settings.colour", "not permitted"),
        ({**GAUGE, "format": "pattern"}, "settings", "given with format pattern"),
        ({**GAUGE, "format": "pattern", "pattern": "(?P<value>"}, "settings.pattern", "no regular expression"),
        ({**GAUGE, "channels": [{"channel": "1"}]}, "settings.channels.0.characteristic_id", "required"),
        ({"kind": "gauge", "name": "G", "serial": {"port": "x"}}, "settings.format", "required"),
        ({**CAMERA, "width": 9}, "settings.width", "160"),
        ({**CAMERA, "formats": ["qr", "runes"]}, "settings.formats.1", "data_matrix"),
        ({**CAMERA, "region": {"x": 0.6, "y": 0, "width": 0.5, "height": 1}}, "settings.region", "past the picture"),
        ({**CAMERA, "tools": [{"tool": "caliper", "name": "W"}]}, "settings.tools.0.strip", "required"),
        ({**CAMERA, "name": "a\x00b"}, "settings.name", "NUL"),
    ],
)
def test_what_can_not_be_is_refused_and_the_field_is_named(
    floor: Floor, wanted: dict[str, Any], field: str, words: str
) -> None:
    answer = add(floor, wanted)
    assert answer.status_code == 422
    assert words in errors(answer)[field], errors(answer)
    assert floor.admin.get("/peripherals").json()["items"] == []


@pytest.mark.parametrize("more", [{}, {"remedy": "Set it to millimetres"}])
def test_what_was_refused_is_told_with_what_to_do_where_its_agent_says_it(floor: Floor, more: dict[str, str]) -> None:
    row = added(floor, GAUGE)
    value = {"at": "2026-03-02T05:59:00Z", "raw": "01A+00.12345", "reason": "it is set to inches", **more}
    beat = {"at": "2026-03-02T06:00:00Z", "agent_version": "1.1", "configuration": 1, "queue_depth": 0}
    report = {"peripheral_id": row["id"], "state": "online", "refused": [{**value, "of_a_later_version": 1}]}
    assert floor.sender.call("POST", "/heartbeat", json={**beat, "peripherals": [report]}).status_code == 200
    assert floor.admin.get(f"/peripherals/{row['id']}").json()["refused"] == [{"remedy": None, **value}]
    report = {"peripheral_id": row["id"], "state": "online"}  # an agent that tells none
    assert floor.sender.call("POST", "/heartbeat", json={**beat, "peripherals": [report]}).status_code == 200
    assert floor.admin.get(f"/peripherals/{row['id']}").json()["refused"] == []


def characteristic(floor: Floor, plant: object, name: str = "Width") -> dict[str, Any]:
    body = {"plant_id": str(plant), "characteristic_name": name, "measurement_unit": "mm"}
    answer = floor.admin.post("/inspection-characteristics", body)
    assert answer.status_code == 201, answer.text
    row: dict[str, Any] = answer.json()
    return row


def test_what_a_gauge_or_camera_measures_is_in_use_in_its_plant(floor: Floor, made: Made) -> None:
    width, away = characteristic(floor, floor.plant_id), characteristic(floor, made.add_plant("SOUTH"))
    gauge = {**GAUGE, "channels": [{"characteristic_id": width["id"]}]}
    other = {"channel": "2", "characteristic_id": away["id"]}
    refused = add(floor, {**gauge, "channels": [*gauge["channels"], other]})
    assert (refused.status_code, refused.json()["code"]) == (422, "no_such")
    assert list(errors(refused)) == ["settings.channels.1.characteristic_id"]
    row = added(floor, gauge)
    circle = {"tool": "circle", "id": str(uuid4()), "name": "Bore", "x": 300, "y": 200, "inner": 20, "outer": 40}
    refused = add(floor, {**CAMERA, "tools": [{**circle, "characteristic_id": str(uuid4())}]})
    assert list(errors(refused)) == ["settings.tools.0.characteristic_id"]
    bore = {**circle, "characteristic_id": width["id"]}
    refused = add(floor, {**CAMERA, "tools": [bore, {**bore, "id": str(uuid4()), "name": "Rim"}]})
    told_of = (
        "Rim measures the same characteristic as Bore, and its chart would mix the two; choose another or make one"
    )
    assert errors(refused) == {"settings.tools.1.characteristic_id": told_of}
    camera = added(floor, {**CAMERA, "tools": [bore]})

    def put_width_away() -> httpx.Response:
        headers = {"If-Match": f'"{width["version"]}"'}
        return floor.admin.send("DELETE", f"/inspection-characteristics/{width['id']}", headers=headers)

    refused = put_width_away()
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    assert "Width is measured by Caliper at station S1, Top camera at station S1" in refused.json()["detail"]
    put_away(floor, row)
    assert "by Top camera at station S1: take it" in put_width_away().json()["detail"]
    assert change(floor, camera, CAMERA).status_code == 200
    assert put_width_away().status_code == 200
    assert add(floor, {**gauge, "name": "Second", "serial": {"port": "COM7"}}).status_code == 422


def test_two_channels_of_a_gauge_measure_two_things(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    width, depth = characteristic(floor, floor.plant_id), characteristic(floor, floor.plant_id, "Depth")
    channels = [{"channel": "1", "characteristic_id": width["id"]}, {"channel": "2", "characteristic_id": width["id"]}]
    told_of = (
        "Channel “2” measures the same characteristic as channel “1”, and its chart would mix the two; choose another "
        "or make one"
    )
    refused = add(floor, {**GAUGE, "channels": channels})
    assert (refused.status_code, errors(refused)) == (422, {"settings.channels.1.characteristic_id": told_of})
    row = added(floor, {**GAUGE, "channels": [channels[0], {**channels[1], "characteristic_id": depth["id"]}]})
    assert change(floor, row, {**row["settings"], "channels": channels}).status_code == 422
    with monkeypatch.context() as before_it_was_refused:
        before_it_was_refused.setattr(peripherals, "on_one_characteristic", lambda _: None)
        row = change(floor, row, {**row["settings"], "channels": channels}).json()
    answer = change(floor, row, {**row["settings"], "name": "As it was before"})
    assert answer.status_code == 200, "what was let through before goes on"


@pytest.mark.parametrize(
    ("format_", "is_demanded"),
    [
        ({"format": "mitutoyo"}, True),
        ({"format": "pattern", "pattern": r"(?P<value>[\d.]+)"}, True),
        ({"format": "pattern", "pattern": r"(?P<value>[\d.]+)(?P<unit>\w+)"}, False),
    ],
)
def test_one_that_names_no_unit_is_told_its_unit(floor: Floor, format_: dict[str, str], is_demanded: bool) -> None:
    row = added(floor, {**GAUGE, **format_, "unit": None})
    measured = {"channels": [{"characteristic_id": characteristic(floor, floor.plant_id)["id"]}]}
    answer = change(floor, row, {**row["settings"], **measured})
    assert list(errors(answer) if is_demanded else ()) == ["settings.unit"] * is_demanded
    assert answer.status_code == (422 if is_demanded else 200)


def test_one_that_names_no_unit_is_set_to_that_of_what_it_measures(floor: Floor) -> None:
    measured = {"channels": [{"characteristic_id": characteristic(floor, floor.plant_id)["id"]}]}
    told = "Caliper is set to inch, but Width is measured in mm: set the gauge to that unit"
    refused = add(floor, {**GAUGE, **measured, "format": "mitutoyo", "unit": "inch"})
    assert (refused.status_code, errors(refused)) == (422, {"settings.unit": told})
    row = added(floor, {**GAUGE, **measured, "format": "mitutoyo", "unit": "mm"})
    assert errors(change(floor, row, {**row["settings"], "unit": "inch"})) == {"settings.unit": told}
    said = {"format": "pattern", "pattern": r"(?P<value>[\d.]+)(?P<unit>\w*)", "unit": "inch"}
    assert change(floor, row, {**row["settings"], **said}).status_code == 200, "its messages say it"


def test_a_tool_measures_what_is_in_its_unit(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    width = characteristic(floor, floor.plant_id)["id"]
    region = {"template": "a" * 64, **dict.fromkeys(("x", "y", "width", "height"), 20)}
    presence = {"tool": "presence", "id": str(uuid4()), "name": "Pin", "characteristic_id": width, **region}
    told = "Pin gives a number without unit, but Width is measured in mm: choose another characteristic or make one"
    refused = add(floor, {**CAMERA, "tools": [presence]})
    assert (refused.status_code, errors(refused)) == (422, {"settings.tools.0.characteristic_id": told})
    circle = {"tool": "circle", "id": str(uuid4()), "name": "Bore", "x": 300, "y": 200, "inner": 20, "outer": 40}
    row = added(floor, {**CAMERA, "tools": [{**circle, "characteristic_id": width}]})
    assert errors(change(floor, row, {**row["settings"], "tools": [presence]})).keys() == {
        "settings.tools.0.characteristic_id"
    }
    with monkeypatch.context() as before_it_was_refused:
        before_it_was_refused.setattr(peripherals, "demand_unit_of_tool", lambda *_: None)
        row = change(floor, row, {**row["settings"], "tools": [presence]}).json()
    assert change(floor, row, {**row["settings"], "name": "As it was before"}).status_code == 200


@pytest.mark.parametrize("asked", [{"poll_seconds": 1}, {"foot_switch": "cts"}])
def test_one_that_shall_be_asked_can_be(floor: Floor, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]) -> None:
    gauge = {**GAUGE, "format": "mitutoyo", **asked}
    refused = add(floor, gauge)
    assert (refused.status_code, list(errors(refused))) == (422, ["settings.poll"])
    assert "no command that asks" in refused.json()["detail"]
    with monkeypatch.context() as before_it_was_refused:
        before_it_was_refused.setattr(peripherals, "_demand_question", lambda *_: None)
        row = added(floor, gauge)
    row = change(floor, row, {**row["settings"], "name": "As it was before"}).json()
    assert errors(change(floor, row, {**row["settings"], "poll_seconds": 2})).keys() == {"settings.poll"}
    assert change(floor, row, {**row["settings"], "poll": "530d0a"}).status_code == 200


def test_a_kind_stays_what_it_is(floor: Floor) -> None:
    row = added(floor, SCANNER)
    answer = change(floor, row, GAUGE)
    assert (answer.status_code, answer.json()["code"]) == (422, "kind_stays")
    assert "settings.kind" in errors(answer)
    answer = change(floor, put_away(floor, row), GAUGE)
    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_use"), "nothing of it changes till it is back"


def test_who_changes_what_somebody_else_changed_meanwhile_is_told(floor: Floor) -> None:
    row = added(floor, SCANNER)
    assert change(floor, row, {**SCANNER, "identifies": False}).status_code == 200
    clash = change(floor, row, {**SCANNER, "name": "Mine"})
    assert (clash.status_code, clash.json()["code"]) == (409, "version_clash")
    assert clash.json()["current"]["settings"]["identifies"] is False


def test_it_is_changed_by_who_may_write_in_its_plant_and_seen_by_who_may_read_there(
    floor: Floor, made: Made, client: httpx.Client
) -> None:
    row = added(floor, SCANNER)
    made.add_user("rita", roles=[RoleCode.MAINTENANCE_TECHNICIAN], reads=[floor.plant_id])
    made.add_user("sven", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[made.add_plant("SOUTH")])
    made.add_user("olga", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])
    rita, sven, olga = (sign_in(client, made, name) for name in ("rita", "sven", "olga"))
    assert [rita.get("/peripherals").json()["items"], sven.get("/peripherals").json()["items"]] == [[row], []]
    assert olga.get("/peripherals").status_code == 403
    body = {"station_id": str(floor.station_id), "settings": GAUGE}
    assert [rita.post("/peripherals", body).status_code, sven.post("/peripherals", body).status_code] == [403, 404]
    headers = {"If-Match": '"1"'}
    assert rita.send("DELETE", f"/peripherals/{row['id']}", headers=headers).status_code == 403
    assert sven.send("DELETE", f"/peripherals/{row['id']}", headers=headers).status_code == 404


def test_how_it_fares_is_what_its_agent_says(floor: Floor) -> None:
    row, beside = added(floor, SCANNER), added(floor, GAUGE)
    report = {"peripheral_id": row["id"], "state": "offline", "message": "unplugged"}
    beat = {"at": "2026-03-02T06:00:00Z", "agent_version": "1.1", "configuration": 1, "queue_depth": 0}
    answer = floor.sender.call("POST", "/heartbeat", json={**beat, "peripherals": [report]})
    assert answer.status_code == 200, answer.text
    said = {one["id"]: (one["state"], one["message"]) for one in floor.admin.get("/peripherals").json()["items"]}
    assert said == {row["id"]: ("offline", "unplugged"), beside["id"]: (None, None)}
    agent = floor.admin.get(f"/agents/{floor.agent_id}").json()
    told = {one["id"]: one["told_at"] for one in floor.admin.get("/peripherals").json()["items"]}
    assert told == {row["id"]: agent["last_seen_at"], beside["id"]: None}
    assert (agent["silent_peripherals"], agent["silent_devices"]) == (1, 0)
    put_away(floor, row)
    assert floor.admin.get(f"/agents/{floor.agent_id}").json()["silent_peripherals"] == 0


@pytest.mark.parametrize(
    "wanted",
    [
        '{"kind": "printer", "name": "x"}',
        '{"kind": "scanner"}',
        '{"kind": "scanner", "name": "Second", "serial": {"port": "' + PORT + '"}}',
        '{"kind": "camera", "name": "Hand scanner", "source": "0"}',
    ],
)
def test_the_database_itself_forbids_what_must_not_be(floor: Floor, wanted: str) -> None:
    added(floor, SCANNER)
    with pytest.raises(IntegrityError):
        floor.rows(
            "insert into peripherals (organization_id, id, station_id, settings)"
            " values (:organization, gen_random_uuid(), :station, cast(:wanted as jsonb)) returning id",
            organization=floor.made.id,
            station=floor.station_id,
            wanted=wanted,
        )


@pytest.mark.parametrize(
    ("changed", "is_kept"),
    [
        ({"source": "rtsp://me:***@cam/other"}, False),
        ({"focus": 31}, False),
        ({"source": "rtsp://me:another@cam/live?token=1"}, True),
        ({"source": "rtsp://me:secret@cam/live?token=2"}, False),
        ({"exposure_milliseconds": 2, "rate": 5}, True),
        ({"focus": 31, "calibration": {**CALIBRATION, "calibrated_at": "2026-11-21T11:00:00Z"}}, True),
    ],
)
def test_a_calibration_ends_with_the_place_or_focus_it_was_made_at(
    floor: Floor, changed: dict[str, Any], is_kept: bool
) -> None:
    whole = {**CAMERA, "source": "rtsp://me:secret@cam/live?token=1", "focus": 30, "calibration": CALIBRATION}
    row = added(floor, whole)
    answer = change(floor, row, {**row["settings"], **changed})
    assert answer.status_code == 200, answer.text
    (camera,) = floor.told().peripherals
    assert isinstance(camera, CameraSettings)
    assert (camera.calibration is not None, answer.json()["settings"]["calibration"] is not None) == (is_kept, is_kept)


def test_its_going_and_coming_stands_among_the_incidents_of_its_pc(floor: Floor) -> None:
    gate = str(uuid4())
    gone = {"peripheral_id": gate, "state": "offline", "since": stamp(1), "times": 1, "message": "no port"}
    back = {"peripheral_id": gate, "state": "online", "since": stamp(20), "times": 0}
    sender = floor.sender
    floor.sender.send([sender.event("peripheral_changed", 11, **gone), sender.event("peripheral_changed", 30, **back)])
    found = floor.admin.get(f"/agents/{floor.agent_id}/events").json()["items"]
    assert [(one["kind"], one["body"]["state"], one["body"]["times"]) for one in found] == [
        ("peripheral_changed", "online", 0),
        ("peripheral_changed", "offline", 1),
    ]
    assert "stations.agent.incident_told" in floor.topics()
    assert floor.rows("select code from quarantine") == []
