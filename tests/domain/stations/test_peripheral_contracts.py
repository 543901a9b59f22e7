"""Scanners, gauges and cameras as they cross the network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
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


@pytest.mark.parametrize("port", ["usb-FTDI-if00", "/dev/serial/by-id/usb-FTDI-if00"])
def test_an_adapter_has_one_name(port: str) -> None:
    assert port_words(port) == "serial port usb-FTDI-if00"
