"""Configuring many things at once: templates, CSV files, and who changed what."""

from __future__ import annotations

from csv import reader
from typing import Any

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode
from unison_domain.stations.contracts import TagReplace
from unison_domain.stations.tag_csv import UNCHANGED
from unison_domain.stations.templates import templates

from tests.server.factories import Made
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import Floor


def new_station(floor: Floor, code: str) -> str:
    body = {"plant_id": str(floor.plant_id), "code": code, "name": code, "agent_id": str(floor.agent_id)}
    made: str = floor.admin.post("/stations", body).json()["id"]
    return made


def exported(floor: Floor, station: object) -> str:
    answer = floor.admin.get(f"/stations/{station}/tags.csv")
    assert answer.status_code == 200, answer.text
    return answer.content.decode()


def imported(floor: Floor, station: object, csv: str, path: str = "tags-import", **more: Any) -> httpx.Response:
    return floor.admin.post(f"/stations/{station}/{path}", {"csv": csv, **more})


def test_what_the_file_has_no_column_for_stays_as_it_is(floor: Floor) -> None:
    before = floor.admin.get(f"/tags/{floor.gauges[0]}").json()
    done = imported(floor, floor.station_id, f"device,tag,scale\nPLC,{before['name']},0.1\n")
    assert (done.status_code, done.json()["errors"]) == (200, []), done.text
    told = [(one["device"], one["fields"], one["before"], one["after"]) for one in done.json()["changes"]]
    assert told == [("PLC", ["scale"], ["1.0"], ["0.1"])]
    after = floor.admin.get(f"/tags/{floor.gauges[0]}").json()
    kept = before.keys() - {"scale", "version", "updated_at"}
    assert after["scale"] == 0.1
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


def test_every_template_makes_a_device_that_its_agent_can_be_told(floor: Floor) -> None:
    listed = floor.admin.get("/device-templates").json()["items"]
    assert [one["code"] for one in listed] == [template.code for template in templates()]
    for number, template in enumerate(listed):
        assert template["source"], "a register map without a source is a guess"
        body = {
            "template": template["code"],
            "station_id": str(floor.station_id),
            "device": {"name": template["code"], "host": f"10.0.0.{number}"},
            "machine_id": str(floor.machines[0]),
            "tags": [tag["settings"]["name"] for tag in template["tags"]],
        }
        made = floor.admin.post("/devices/from-template", body)
        assert made.status_code == 201, made.text
        assert all(made.json()[name] == value for name, value in template["defaults"].items())
        tags = floor.admin.get("/tags", params={"device_id": made.json()["id"], "limit": 100}).json()["items"]
        assert len(tags) == len(template["tags"])
    assert floor.told()


def test_a_template_makes_the_chosen_tags_by_default_and_no_unknown_ones(floor: Floor) -> None:
    body = {
        "template": "moxa-iologik-e1210",
        "station_id": str(floor.station_id),
        "device": {"name": "IO", "host": "h"},
    }
    made = floor.admin.post("/devices/from-template", body).json()
    tags = floor.admin.get("/tags", params={"device_id": made["id"]}).json()["items"]
    assert [tag["name"] for tag in tags] == ["DI0", "DI1", "DI2", "DI3"]
    refused = floor.admin.post("/devices/from-template", {**body, "tags": ["DI99"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "template_tag_unknown")
    assert floor.admin.post("/devices/from-template", {**body, "template": "none"}).status_code == 404


def test_an_export_is_imported_elsewhere_exactly(floor: Floor) -> None:
    file = exported(floor, floor.station_id)
    other = new_station(floor, "S2")
    preview = imported(floor, other, file, "tags-import/preview").json()
    assert (preview["errors"], len(preview["changes"]), preview["rows"]) == ([], 5, 4)
    assert exported(floor, other).count("\n") == 1, "a preview changes nothing"
    done = imported(floor, other, file, seen=preview["seen"])
    assert done.status_code == 200, done.text
    assert exported(floor, other) == file
    again = imported(floor, other, file).json()
    assert again["changes"] == []


def test_an_import_says_what_differs_and_changes_only_that(floor: Floor) -> None:
    file = exported(floor, floor.station_id).replace("heat 1", "heat 9").replace("127.0.0.1", "10.0.0.9")
    done = imported(floor, floor.station_id, file).json()
    assert [(one["thing"], one["name"], one["action"], one["fields"]) for one in done["changes"]] == [
        ("device", "PLC", "update", ["host"]),
        ("tag", "heat 9", "create", []),
    ]
    assert floor.admin.get(f"/devices/{floor.device_id}").json()["host"] == "10.0.0.9"
    assert floor.admin.get(f"/tags/{floor.gauges[0]}").json()["is_active"], "what a file leaves out stays"


def test_a_column_that_a_file_lacks_leaves_what_is_there(floor: Floor) -> None:
    assert imported(floor, floor.station_id, exported(floor, floor.station_id).replace(",502,", ",5020,")).is_success
    before = floor.rows("select id, machine_id, scale, version from tags order by id")
    linked = [row for row in before if row.machine_id]
    table = list(reader(exported(floor, floor.station_id).removeprefix("\ufeff").splitlines()))

    def kept(*left_out: str) -> str:
        places = [place for place, column in enumerate(table[0]) if column not in left_out]
        return "\n".join(",".join(line[place] for place in places) for line in table)

    assert imported(floor, floor.station_id, kept("machine", "scale", "port")).json()["changes"] == []
    assert floor.rows("select id, machine_id, scale, version from tags order by id") == before
    assert floor.admin.get(f"/devices/{floor.device_id}").json()["port"] == 5020
    elsewhere = imported(floor, new_station(floor, "S2"), kept("machine")).json()
    assert {change["action"] for change in elsewhere["changes"]} == {"create"}
    for line in table[1:]:
        line[table[0].index("machine")] = ""
    emptied = imported(floor, floor.station_id, kept()).json()
    told = [(change["fields"], change["before"], change["after"]) for change in emptied["changes"]]
    codes = {machine["id"]: machine["machine_code"] for machine in floor.admin.get("/machines").json()["items"]}
    were = [codes[str(row.machine_id)] for row in linked]
    assert sorted(told) == sorted((["machine"], [code], [""]) for code in were), "an empty cell is none"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-inf", "1e999"])
def test_a_limit_that_is_no_number_is_refused_and_the_list_stays_readable(floor: Floor, number: str) -> None:
    body = {"device_id": str(floor.device_id), "name": "load", "table": "coil", "address": 9, "type": "bool"}
    for limit in ({"minimum": number}, {"maximum": number}, {"sentinels": [number]}):
        refused = floor.admin.post("/tags", {**body, **limit})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "finite_number")
        file = "device,host,tag,table,address,type,{}\nPLC,127.0.0.1,load,coil,9,bool,{}\n".format(*limit, number)
        preview = imported(floor, floor.station_id, file, "tags-import/preview").json()
        assert [(error["row"], error["column"]) for error in preview["errors"]] == [(2, *limit)]
        assert imported(floor, floor.station_id, file).status_code == 422
    assert floor.admin.get("/tags").status_code == 200


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_number_that_json_has_no_word_for_is_refused_as_such(floor: Floor, number: str) -> None:
    body = f'{{"device_id": "{floor.device_id}", "name": "load", "table": "coil", "address": 9, "type": "bool"'
    for limit in (f'"minimum": {number}', f'"sentinels": [{number}]'):
        json = {"Content-Type": "application/json"}
        refused = floor.admin.send("POST", "/tags", content=f"{body}, {limit}}}", headers=json)
        assert refused.status_code == 422, refused.text


def test_a_cell_that_is_nested_too_deeply_is_a_mistake_of_its_row(floor: Floor) -> None:
    file = f"device,host,tag,table,address,type,sentinels\nPLC,127.0.0.1,load,coil,9,bool,{'[' * 30_000}\n"
    preview = imported(floor, floor.station_id, file, "tags-import/preview")
    assert preview.status_code == 200, preview.text
    assert [(error["row"], error["column"]) for error in preview.json()["errors"]] == [(2, "sentinels")]


def test_what_a_file_says_must_fit_what_it_leaves(floor: Floor) -> None:
    body = {"name": "load", "device_id": str(floor.device_id), "table": "holding_register", "address": 900}
    assert floor.admin.post("/tags", {**body, "type": "uint16", "minimum": 50, "role": "sample"}).status_code == 201
    file = "device,host,tag,table,address,type,maximum\nPLC,127.0.0.1,load,holding_register,900,uint16,10\n"
    preview = imported(floor, floor.station_id, file, "tags-import/preview").json()
    assert [(error["row"], error["column"]) for error in preview["errors"]] == [(2, None)]
    assert "minimum 50.0 is above maximum 10.0" in preview["errors"][0]["message"]


def test_all_mistakes_are_told_at_once_and_nothing_is_done(floor: Floor) -> None:
    header, *lines = exported(floor, floor.station_id).splitlines()
    columns = header.removeprefix("\ufeff").split(",")

    def changed(line: str, **cells: str) -> str:
        given = line.split(",")
        for column, cell in cells.items():
            given[columns.index(column)] = cell
        return ",".join(given)

    bad = [
        changed(lines[0], machine="M99", scale="3.0"),
        changed(lines[1], tag="wide", role="sample", type="string", length="100", max_registers="10"),
        changed(lines[2], tag="new one", address="x"),
    ]
    bad[0], bad[2] = changed(bad[0], max_registers="10"), changed(bad[2], max_registers="10")
    file = "\n".join([header, *bad])
    before = exported(floor, floor.station_id)
    preview = imported(floor, floor.station_id, file, "tags-import/preview").json()
    assert [(error["row"], error["column"]) for error in preview["errors"]] == [
        (2, "machine"),
        (3, None),
        (4, "address"),
    ]
    assert "M99" in preview["errors"][0]["message"]
    assert "at most 10" in preview["errors"][1]["message"]
    refused = imported(floor, floor.station_id, file)
    assert (refused.status_code, refused.json()["code"]) == (422, "csv_invalid")
    assert [error["field"] for error in refused.json()["errors"]] == ["2.machine", "3.", "4.address"]
    assert exported(floor, floor.station_id) == before


@pytest.mark.parametrize(
    "csv", ["", "no file", "device\n\x00", "device;tag\nPLC;x", '"', "device,tag\n" + "x" * 200_000]
)
def test_a_file_that_is_none_is_a_clear_error(floor: Floor, csv: str) -> None:
    answer = imported(floor, floor.station_id, csv, "tags-import/preview")
    assert answer.status_code in (200, 422), answer.text
    assert answer.status_code == 422 or answer.json()["errors"]


def test_what_changed_since_the_preview_is_looked_at_again(floor: Floor) -> None:
    file = exported(floor, floor.station_id).replace("127.0.0.1", "10.0.0.9")
    seen = imported(floor, floor.station_id, file, "tags-import/preview").json()["seen"]
    tag = {"name": "more", "table": "coil", "address": 0, "type": "bool", "device_id": str(floor.device_id)}
    assert floor.admin.post("/tags", tag).status_code == 201
    refused = imported(floor, floor.station_id, file, seen=seen)
    assert (refused.status_code, refused.json()["code"]) == (409, "changed_since_preview")


def test_an_export_imported_again_changes_nothing_whoever_does_it_and_whatever_became_of_the_machines(
    floor: Floor, made: Made, client: httpx.Client
) -> None:
    south = made.add_plant("SOUTH")
    made.add_user("sven", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[south])
    sven = sign_in(client, made, "sven")
    there = {"plant_id": str(south), "code": "S9", "name": "South", "agent_id": str(floor.agent_id)}
    station = floor.admin.post("/stations", there).json()["id"]
    device = floor.admin.post("/devices", {"station_id": station, "name": "D", "host": "h"}).json()["id"]
    tag = {"device_id": device, "table": "coil", "type": "bool", "role": "sample"}
    for number, machine in enumerate(floor.machines):
        body = {**tag, "name": f"T{number}", "address": number}
        tag_id = floor.admin.post("/tags", body).json()["id"]
        # As it could be given before machines of other plants were refused.
        floor.rows("update tags set machine_id = :machine where id = :id returning id", machine=machine, id=tag_id)
    gone = floor.admin.get(f"/machines/{floor.machines[1]}").json()
    left = floor.admin.send("DELETE", f"/machines/{gone['id']}", headers={"If-Match": f'"{gone["version"]}"'})
    assert left.status_code < 300, left.text
    before = floor.rows("select id, machine_id, version from tags order by id")
    for person, where in ((floor.admin, floor.station_id), (floor.admin, station), (sven, station)):
        file = person.get(f"/stations/{where}/tags.csv").content.decode()
        done = person.post(f"/stations/{where}/tags-import", {"csv": file})
        assert (done.status_code, done.json()["changes"]) == (200, []), done.text
        assert floor.rows("select id, machine_id, version from tags order by id") == before
    assert UNCHANGED in file
    assert gone["machine_code"] not in file
    elsewhere = sven.post("/stations", {"plant_id": str(south), "code": "S8", "name": "South 2"}).json()["id"]
    refused = sven.post(f"/stations/{elsewhere}/tags-import/preview", {"csv": file}).json()
    assert [(error["row"], error["column"]) for error in refused["errors"]] == [(2, "machine"), (3, "machine")]


def test_imports_ask_for_a_right_and_a_place(floor: Floor, made: Made, client: httpx.Client) -> None:
    other = made.add_plant("P9")
    made.add_user("sam", roles=[RoleCode.SUPERVISOR], writes=[floor.plant_id])
    made.add_user("mia", roles=[RoleCode.MAINTENANCE_TECHNICIAN], reads=[floor.plant_id], writes=[other])
    for user, code in (("sam", "not_allowed"), ("mia", "place_read_only")):
        signed = sign_in(client, made, user)
        refused = signed.post(f"/stations/{floor.station_id}/tags-import", {"csv": "device\nPLC"})
        assert (refused.status_code, refused.json()["code"]) == (403, code)


def test_who_changed_what_is_told_with_before_and_after(floor: Floor) -> None:
    tag = floor.admin.get(f"/tags/{floor.counters[0]}").json()
    settings = {name: tag[name] for name in TagReplace.model_fields if name in tag}
    changed = {**settings, "address": 77, "forced_reason": "the line is empty"}
    put = floor.admin.send("PUT", f"/tags/{floor.counters[0]}", json=changed, headers={"If-Match": '"1"'})
    assert put.status_code == 200, put.text
    version = floor.admin.get(f"/agents/{floor.agent_id}").json()["configuration_version"]
    newest, *older = changes(floor)
    assert (newest["thing"], newest["name"], newest["action"]) == ("tag", "good 0", "updated")
    assert [(one["field"], one["old"], one["new"]) for one in newest["fields"]] == [("address", 0, 77)]
    assert (newest["version"], newest["reason"]) == (version, "the line is empty")
    assert (newest["actor_kind"], newest["actor_id"] is not None) == ("user", True)
    assert {one["thing"] for one in older} == {"agent", "station", "device", "machine", "tag"}
    assert all(one["action"] == "created" or one["fields"] for one in older)
    only = changes(floor, entity_id=str(floor.device_id))
    assert [one["thing"] for one in only] == ["device"]


def test_changes_come_in_pages_without_gap_or_repetition(floor: Floor) -> None:
    whole, paged, cursor = changes(floor), [], None
    while True:
        page = floor.admin.get(
            f"/agents/{floor.agent_id}/configuration-changes",
            params={"limit": 2, **({"cursor": cursor} if cursor else {})},
        ).json()
        paged += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert [one["id"] for one in paged] == [one["id"] for one in whole]


def test_a_station_that_left_is_told_to_both_agents(floor: Floor) -> None:
    other = floor.admin.post("/agents", {"name": "Hall 2"}).json()["agent_id"]
    row = floor.admin.get(f"/stations/{floor.station_id}").json()
    moved = floor.admin.send(
        "PATCH", f"/stations/{floor.station_id}", json={"agent_id": other}, headers={"If-Match": f'"{row["version"]}"'}
    )
    assert moved.status_code == 200, moved.text
    for agent in (floor.agent_id, other):
        newest = floor.admin.get(f"/agents/{agent}/configuration-changes").json()["items"][0]
        assert (newest["thing"], newest["fields"][0]["field"]) == ("station", "agent_id")


def changes(floor: Floor, **parameters: str) -> list[dict[str, Any]]:
    answer = floor.admin.get(f"/agents/{floor.agent_id}/configuration-changes", params=parameters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_forced_change_is_told_to_the_agent_until_the_next_one(floor: Floor, admin: SignedIn) -> None:
    for version, reason in ((1, "wrong from the start"), (2, None)):
        settings = {"name": "good 1", "table": "holding_register", "type": "uint16", "address": 5, "role": "count_good"}
        body = {**settings, "machine_id": str(floor.machines[0]), "forced_reason": reason}
        put = admin.send("PUT", f"/tags/{floor.counters[0]}", json=body, headers={"If-Match": f'"{version}"'})
        assert put.status_code == 200, put.text
        told = floor.told()
        tags = {tag.id: tag for device in told.devices for tag in device.tags}
        assert tags[floor.counters[0]].forced is (reason is not None)


SERIAL = "device,driver,serial_port,baud_rate,unit_id\n"


def test_a_file_changes_a_line_of_several_devices(floor: Floor) -> None:
    station = new_station(floor, "BUS")
    first = SERIAL + "A,modbus_rtu,COM3,19200,1\nB,modbus_rtu,COM3,19200,2\n"
    assert imported(floor, station, first).status_code == 200
    half = imported(floor, station, SERIAL + "A,modbus_rtu,COM3,9600,1\n", "tags-import/preview").json()
    assert [error["row"] for error in half["errors"]] == [2]
    assert "share the line COM3" in half["errors"][0]["message"]
    whole = imported(floor, station, SERIAL + "A,modbus_rtu,COM3,9600,1\nB,modbus_rtu,com3,9600,2\n")
    assert whole.status_code == 200, whole.text
    rates = {one["baud_rate"] for one in floor.admin.get("/devices", params={"station_id": station}).json()["items"]}
    assert rates == {9600}


def test_nothing_is_imported_into_a_station_out_of_use(floor: Floor) -> None:
    station = new_station(floor, "OLD")
    assert floor.admin.send("DELETE", f"/stations/{station}", headers={"If-Match": '"1"'}).status_code == 200
    refused = imported(floor, station, "device,host\nA,plc\n", "tags-import/preview")
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_use_above")
