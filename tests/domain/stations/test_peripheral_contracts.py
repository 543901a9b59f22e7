"""Scanners, gauges and cameras as they cross the network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.peripheral_contracts import PeripheralAnswer, PeripheralCreate, port_words

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SETTINGS: dict[str, Any] = {"kind": "scanner", "name": "Gate", "serial": {"port": "COM3"}}


def answered(**settings: Any) -> PeripheralAnswer:
    told = {"id": UUID(int=1), "version": 1, "station_id": UUID(int=2), "kind": "scanner", "name": "Gate"}
    stamps = {"is_active": True, "created_at": NOW, "updated_at": NOW}
    return PeripheralAnswer.model_validate({**told, **stamps, "settings": {**SETTINGS, **settings}})


def test_a_client_reads_the_settings_of_a_newer_server() -> None:
    newer = answered(brightness=3, serial={"port": "COM3", "flow_control": True})
    assert newer.settings == answered().settings


def test_what_is_sent_must_be_known() -> None:
    sent = {"station_id": str(UUID(int=2)), "settings": {**SETTINGS, "brightness": 3}}
    with pytest.raises(ValidationError, match="brightness"):
        PeripheralCreate.model_validate(sent)


def test_an_answer_whose_settings_make_no_sense_is_refused() -> None:
    with pytest.raises(ValidationError, match="one of the two"):
        answered(serial=None)


CAMERA: dict[str, Any] = {"kind": "camera", "name": "Top", "source": "usb-cam"}
REGION = {"x": 0.0, "y": 0.0, "width": 0.5, "height": 0.5}
PART = {"name": "part", "pattern": "P\\d+"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({**SETTINGS, "serial": {"port": " "}}, "serial.port"),
        ({**CAMERA, "source": " "}, "source"),
        ({**CAMERA, "region": {**REGION, "x": 1.0, "width": 1e-9}}, "region.width"),
        ({**CAMERA, "expected": [{**PART, "pattern": "["}]}, "no regular expression"),
        ({**CAMERA, "expected": [{**PART, "pattern": "a{99999999999999}"}]}, "more than 999 times"),
        ({**CAMERA, "expected": [{**PART, "pattern": "(?=x)y"}]}, "looks around"),
        ({**CAMERA, "expected": [PART, PART]}, "two expected codes are called part"),
    ],
)
def test_what_would_stand_still_at_the_station_is_refused_before(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        PeripheralCreate.model_validate({"station_id": str(UUID(int=2)), "settings": settings})


def test_a_gamma_of_1_is_not_said_so_that_older_agents_take_the_camera() -> None:
    old = CameraSettings.model_validate(CAMERA)
    assert old.gamma == 1, "cameras that were set up before measure as before"
    assert "gamma" not in old.model_dump(mode="json")
    usual = old.model_copy(update={"gamma": 2.2})
    assert usual.model_dump(mode="json")["gamma"] == 2.2
    assert CameraSettings.model_validate_json(usual.model_dump_json()) == usual


@pytest.mark.parametrize("port", ["usb-FTDI-if00", "/dev/serial/by-id/usb-FTDI-if00"])
def test_an_adapter_has_one_name(port: str) -> None:
    assert port_words(port) == "serial port usb-FTDI-if00"
