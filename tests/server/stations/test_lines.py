"""Devices on serial lines: what belongs to which driver, and that those of one line agree."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from unison_domain.stations.configuration import AgentConfiguration

from tests.server.stations.floor import Floor

PORT = "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"


def device(floor: Floor, name: str, **fields: Any) -> dict[str, Any]:
    return {"station_id": str(floor.station_id), "name": name, "driver": "modbus_rtu", "serial_port": PORT, **fields}


def test_a_device_on_a_serial_port_reaches_its_agent(floor: Floor) -> None:
    made = floor.admin.post("/devices", device(floor, "meter", unit_id=3, turnaround_seconds=0.01))
    assert made.status_code == 201, made.text
    assert (made.json()["baud_rate"], made.json()["parity"], made.json()["host"]) == (19_200, "even", None)
    told = AgentConfiguration.model_validate_json(floor.sender.call("GET", "/configuration").content)
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
    settings = {"name": "meter 1", "driver": "modbus_rtu", "serial_port": PORT, "parity": "none"}
    changed = floor.admin.send("PUT", f"/devices/{first['id']}", json=settings, headers={"If-Match": '"1"'})
    assert changed.status_code == 422
    away = floor.admin.send("DELETE", f"/devices/{second.json()['id']}", headers={"If-Match": '"1"'})
    assert away.status_code == 200, away.text
    changed = floor.admin.send("PUT", f"/devices/{first['id']}", json=settings, headers={"If-Match": '"1"'})
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
    assert "line_settings_agree" in moved.text


@pytest.mark.parametrize(
    "change", ["unit_id = 0", "baud_rate = null", "host = 'plc'", "driver = 'modbus_tcp'", "driver = 'opc'"]
)
def test_the_database_forbids_what_no_driver_can_reach(floor: Floor, change: str) -> None:
    assert floor.admin.post("/devices", device(floor, "meter")).status_code == 201
    with pytest.raises(IntegrityError):
        floor.rows(f"update devices set {change} where serial_port is not null returning id")
