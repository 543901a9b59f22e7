"""Devices on serial lines: what belongs to which driver, and that those of one line agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from unison_domain.stations.line import line_key, port_key
from unison_server.kernel.keys import new_id

from tests.server.stations.floor import Floor

PORT = "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"


def device(floor: Floor, name: str, **fields: Any) -> dict[str, Any]:
    return {"station_id": str(floor.station_id), "name": name, "driver": "modbus_rtu", "serial_port": PORT, **fields}


def test_a_device_on_a_serial_port_reaches_its_agent(floor: Floor) -> None:
    made = floor.admin.post("/devices", device(floor, "meter", unit_id=3, turnaround_seconds=0.01))
    assert made.status_code == 201, made.text
    assert (made.json()["baud_rate"], made.json()["parity"], made.json()["host"]) == (19_200, "even", None)
    told = floor.told()
    (meter,) = [device for device in told.devices if device.name == "meter"]
    assert meter.line_words == f"{PORT} at 19200 8E1"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"host": "192.168.1.20"}, "host 192.168.1.20 belongs to driver modbus_tcp or modbus_rtu_tcp"),
        ({"serial_port": None}, "driver modbus_rtu needs serial_port"),
        ({"driver": "modbus_tcp"}, "driver modbus_tcp needs host"),
        ({"driver": "modbus_tcp", "host": "plc"}, "belongs to driver modbus_rtu"),
        ({"unit_id": 0}, "broadcast"),
        ({"unit_id": 248}, "1 to 247"),
        ({"driver": ["modbus_rtu"]}, "modbus_rtu_tcp"),
    ],
)
def test_what_does_not_belong_together_is_refused_in_words(floor: Floor, fields: dict[str, Any], words: str) -> None:
    answer = floor.admin.post("/devices", device(floor, "meter", **fields))
    assert answer.status_code == 422
    assert words in answer.text


def test_devices_of_one_line_agree_about_it(floor: Floor) -> None:
    first = floor.admin.post("/devices", device(floor, "meter 1")).json()
    answer = floor.admin.post("/devices", device(floor, "meter 2", unit_id=2, baud_rate=9600))
    assert answer.status_code == 422
    assert answer.json()["code"] == "line_settings_disagree"
    assert "meter 1" in answer.json()["detail"]
    second = floor.admin.post("/devices", device(floor, "meter 2", unit_id=2))
    assert second.status_code == 201, second.text
    wanted = {"name": "meter 1", "driver": "modbus_rtu", "serial_port": PORT, "parity": "none"}
    changed = floor.admin.send("PUT", f"/devices/{first['id']}", json=wanted, headers={"If-Match": '"1"'})
    assert changed.status_code == 422
    away = floor.admin.send("DELETE", f"/devices/{second.json()['id']}", headers={"If-Match": '"1"'})
    assert away.status_code == 200, away.text
    changed = floor.admin.send("PUT", f"/devices/{first['id']}", json=wanted, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text


def test_a_station_that_would_bring_other_settings_of_a_line_to_its_agent_is_refused(floor: Floor) -> None:
    assert floor.admin.post("/devices", device(floor, "meter 1")).status_code == 201
    place = {"plant_id": str(floor.plant_id), "code": "S2", "name": "Line 2"}
    other = floor.admin.post("/stations", place).json()
    elsewhere = device(floor, "meter 2", baud_rate=9600, station_id=other["id"])
    assert floor.admin.post("/devices", elsewhere).status_code == 201
    moved = floor.admin.send(
        "PATCH", f"/stations/{other['id']}", json={"agent_id": str(floor.sender.agent_id)}, headers={"If-Match": '"1"'}
    )
    assert moved.status_code == 422
    assert moved.json()["code"] == "line_settings_disagree"
    assert "meter 2 and meter 1 share the line" in moved.json()["detail"]


def change(floor: Floor, id_: str, **fields: Any) -> Any:
    whole = device(floor, **fields)
    del whole["station_id"]
    tag = floor.admin.get(f"/devices/{id_}").headers["ETag"]
    return floor.admin.send("PUT", f"/devices/{id_}", json=whole, headers={"If-Match": tag})


def lines(floor: Floor) -> set[tuple[str, str, int, float]]:
    found = floor.rows(
        "select name, serial_port, baud_rate, turnaround_seconds from devices where serial_port is not null"
    )
    return {tuple(row) for row in found}


def test_the_whole_line_is_changed_at_once(floor: Floor) -> None:
    first = floor.admin.post("/devices", device(floor, "meter 1", unit_id=1)).json()
    assert floor.admin.post("/devices", device(floor, "meter 2", unit_id=2)).status_code == 201
    refused = change(floor, first["id"], name="meter 1", baud_rate=9600)
    assert (refused.status_code, refused.json()["parameters"]["devices"]) == (422, ["meter 2"])
    agreed = change(floor, first["id"], name="meter 1", baud_rate=9600, turnaround_seconds=0.02, whole_line=True)
    assert agreed.status_code == 200, agreed.text
    assert lines(floor) == {("meter 1", PORT, 9600, 0.02), ("meter 2", PORT, 9600, 0.02)}
    assert floor.topics().count("stations.device.updated") == 2
    told = floor.told()
    assert {one.baud_rate for one in told.devices if one.serial_port} == {9600}


def test_a_new_adapter_takes_the_whole_line_along(floor: Floor) -> None:
    first = floor.admin.post("/devices", device(floor, "meter 1")).json()
    assert floor.admin.post("/devices", device(floor, "meter 2", unit_id=2)).status_code == 201
    moved = change(floor, first["id"], name="meter 1", serial_port="COM3", whole_line=True)
    assert moved.status_code == 200, moved.text
    assert {row[1] for row in lines(floor)} == {"COM3"}


def test_a_new_device_may_say_how_its_line_is_set(floor: Floor) -> None:
    assert floor.admin.post("/devices", device(floor, "meter 1")).status_code == 201
    made = floor.admin.post("/devices", device(floor, "meter 2", unit_id=2, parity="none", whole_line=True))
    assert made.status_code == 201, made.text
    assert {row.parity for row in floor.rows("select parity from devices where serial_port is not null")} == {"none"}


def test_a_device_from_a_template_may_say_how_its_line_is_set(floor: Floor) -> None:
    assert floor.admin.post("/devices", device(floor, "meter 1")).status_code == 201
    settings = {**device(floor, "meter 2", unit_id=2), "parity": "none"}
    body = {"template": "eastron-sdm120", "station_id": settings.pop("station_id"), "device": settings}
    refused = floor.admin.post("/devices/from-template", body)
    assert (refused.status_code, refused.json()["parameters"]["devices"]) == (422, ["meter 1"])
    assert floor.rows("select count(*) from devices where name = 'meter 2'")[0][0] == 0
    made = floor.admin.post("/devices/from-template", {**body, "whole_line": True})
    assert made.status_code == 201, made.text
    assert {row.parity for row in floor.rows("select parity from devices where serial_port is not null")} == {"none"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"serial_port": "/dev/ttyUSB0"}, {"serial_port": "/dev//ttyUSB0 "}),
        ({"serial_port": PORT}, {"serial_port": f"/dev/serial/by-id/{PORT}"}),
        ({"serial_port": "COM3"}, {"serial_port": "com3"}),
        ({"serial_port": "COM3"}, {"serial_port": "\\\\.\\Com3"}),
    ],
)
def test_a_line_is_one_however_it_is_spelled(floor: Floor, one: dict[str, Any], other: dict[str, Any]) -> None:
    assert floor.admin.post("/devices", device(floor, "meter 1", **one)).status_code == 201
    refused = floor.admin.post("/devices", device(floor, "meter 2", unit_id=2, baud_rate=9600, **other))
    assert (refused.status_code, refused.json()["code"]) == (422, "line_settings_disagree")
    with pytest.raises(IntegrityError, match="other settings of the same line"):
        floor.rows(
            "insert into devices select (d).* from (select jsonb_populate_record(d, jsonb_build_object("
            "'id', cast(:id as text), 'baud_rate', 9600, 'serial_port', cast(:port as text))) as d from devices as d"
            " where d.serial_port is not null) as made returning id",
            id=str(new_id()),
            port=other["serial_port"],
        )


def test_a_serial_server_is_one_line_in_any_case(floor: Floor) -> None:
    over_tcp = {"driver": "modbus_rtu_tcp", "serial_port": None}
    made = floor.admin.post("/devices", device(floor, "meter 1", host="Moxa-1.plant", **over_tcp))
    assert made.status_code == 201, made.text
    other = device(floor, "meter 2", unit_id=2, host="moxa-1.Plant.", port=502, turnaround_seconds=0.05, **over_tcp)
    refused = floor.admin.post("/devices", other)
    assert (refused.status_code, refused.json()["code"]) == (422, "line_settings_disagree")


@given(
    st.one_of(
        st.text("/.dev serial-byidtUSB0COMcom3:\\\\.?\t", max_size=30),
        st.sampled_from(["/dev/serial/by-id/x", "//dev/./ttyS0", "COM12:", "\\\\.\\com1", "Äcom3"]),
    ),
    st.text("abcZÄ.[]:019", min_size=1, max_size=20),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_database_and_domain_spell_lines_alike(floor: Floor, port: str, host: str) -> None:
    (row,) = floor.rows(
        "select device_line(:port, null, null) as serial, device_line(null, :host, 502) as tcp,"
        " serial_port_key(:port) as port",
        port=port,
        host=host,
    )
    assert (row.serial, row.tcp) == (line_key(port, None, None), line_key(None, host, 502))
    assert row.port == port_key(port)


def test_what_rests_is_on_no_line(floor: Floor) -> None:
    assert floor.admin.post("/devices", device(floor, "meter 1")).status_code == 201
    place = {"plant_id": str(floor.plant_id), "code": "S2", "name": "Line 2", "agent_id": str(floor.agent_id)}
    other = floor.admin.post("/stations", place).json()
    gone = floor.admin.send("DELETE", f"/stations/{floor.station_id}", headers={"If-Match": '"1"'})
    assert gone.status_code == 200, gone.text
    made = floor.admin.post("/devices", device(floor, "meter 2", baud_rate=9600, station_id=other["id"]))
    assert made.status_code == 201, made.text
    back = floor.admin.send("POST", f"/stations/{floor.station_id}/reactivate", headers={"If-Match": '"2"'})
    assert (back.status_code, back.json()["code"]) == (422, "line_settings_disagree")


@pytest.mark.parametrize(
    "change", ["unit_id = 0", "baud_rate = null", "host = 'plc'", "driver = 'modbus_tcp'", "driver = 'opc'"]
)
def test_the_database_forbids_what_no_driver_can_reach(floor: Floor, change: str) -> None:
    assert floor.admin.post("/devices", device(floor, "meter")).status_code == 201
    with pytest.raises(IntegrityError):
        floor.rows(f"update devices set {change} where serial_port is not null returning id")
