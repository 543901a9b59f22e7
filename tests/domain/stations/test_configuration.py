"""The configuration as an agent is told of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.peripherals import PeripheralConfiguration

RELEASED = Path(__file__).with_name("released_defaults.json")
PLACED: dict[str, Any] = {"id": UUID(int=1), "station_id": UUID(int=2)}
STRIP = {"from_x": 1, "from_y": 2, "to_x": 30, "to_y": 2}
PERIPHERALS: list[dict[str, Any]] = [
    {"kind": "scanner", "name": "Gate", "serial": {"port": "COM3"}, **PLACED},
    {"kind": "gauge", "name": "Caliper", "format": "mt_sics", "serial": {"port": "COM4"}, **PLACED},
    {
        "kind": "camera",
        "name": "Top",
        "source": "usb-cam",
        "tools": [
            {"tool": "caliper", "id": UUID(int=7), "name": "gap", "characteristic_id": UUID(int=8), "strip": STRIP}
        ],
        **PLACED,
    },
]
TAG: dict[str, Any] = {"id": UUID(int=3), "device_id": UUID(int=1), "name": "alarm", "address": 7}
DEVICE: dict[str, Any] = {**PLACED, "name": "press", "host": "plc", "port": 502}


def given(**changed: Any) -> AgentConfiguration:
    whole: dict[str, Any] = {
        "agent_id": UUID(int=4),
        "organization_id": UUID(int=5),
        "version": 1,
        "name": "HALL-1",
        "devices": [{**DEVICE, "tags": [{**TAG, "table": "coil", "type": "bool", "alarms": {0: "door open"}}]}],
        "peripherals": PERIPHERALS,
        "machines": [{"id": UUID(int=6), "code": "M1", "name": "Mill"}],
    }
    return AgentConfiguration.model_validate(whole | changed)


def test_what_is_told_is_what_was_meant() -> None:
    told = given().as_told()
    assert AgentConfiguration.model_validate(told) == given()


@pytest.mark.parametrize("settings", PERIPHERALS, ids=lambda one: str(one["kind"]))
def test_each_sort_is_known_by_its_tag(settings: dict[str, Any]) -> None:
    (told,) = given(peripherals=[settings]).as_told()["peripherals"]
    assert TypeAdapter(PeripheralConfiguration).validate_python(told).kind == settings["kind"]


def test_an_older_agent_is_not_told_of_what_is_not_used() -> None:
    told = given().as_told()
    assert set(told["machines"][0]) == {"id", "code", "name"}
    tag = told["devices"][0]["tags"][0]
    assert set(tag) <= {*TAG, "table", "type", "alarms"}, tag


def test_an_agent_refuses_what_it_does_not_know() -> None:
    told = given().as_told()
    told["machines"][0]["speed_factor"] = 2
    with pytest.raises(ValidationError, match="speed_factor"):
        AgentConfiguration.model_validate(told)


def test_defaults_of_released_fields_stay() -> None:
    """An older agent goes by its own defaults where nothing is told. A new field is added to the file; none changes."""
    sorts = AgentConfiguration.model_json_schema()["$defs"]
    now = {
        f"{sort}.{name}": field["default"]
        for sort, said in sorted(sorts.items())
        for name, field in sorted(said.get("properties", {}).items())
        if "default" in field
    }
    assert now == json.loads(RELEASED.read_text())
