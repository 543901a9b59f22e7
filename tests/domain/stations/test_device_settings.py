"""Where devices are: which fields belong to which driver, and which devices can share a line."""

from __future__ import annotations

from typing import Any
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from unison_domain.stations.configuration import AgentConfiguration, DeviceConfiguration
from unison_domain.stations.device_settings import DeviceSettings, Driver, Parity, line_disagreement

from tests.domain.shop import NAMESPACE

PORT = "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"


def serial(name: str = "meter", **fields: Any) -> DeviceSettings:
    return DeviceSettings.model_validate({"name": name, "driver": "modbus_rtu", "serial_port": PORT, **fields})


def over_tcp(name: str = "meter", **fields: Any) -> DeviceSettings:
    return DeviceSettings.model_validate({"name": name, "host": "192.168.1.20", **fields})


def test_what_is_not_said_is_as_the_standard_has_it() -> None:
    """MODBUS over Serial Line 1.02, 2.2 and 2.5.1: 19,200 baud, even parity, one stop bit."""
    device = serial()
    assert (device.baud_rate, device.parity, device.stop_bits) == (19_200, Parity.EVEN, 1)
    assert (device.host, device.port) == (None, None)
    assert over_tcp().endpoint == ("192.168.1.20", 502)


def test_a_line_is_told_in_words() -> None:
    assert serial(parity="none", stop_bits=2, baud_rate=9600).line_words == f"{PORT} at 9600 8N2"
    assert over_tcp(driver="modbus_rtu_tcp", port=4001).line_words == "192.168.1.20:4001 (RTU)"
    assert over_tcp().line_words == "192.168.1.20:502"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"driver": "modbus_rtu"}, "driver modbus_rtu needs serial_port"),
        ({}, "driver modbus_tcp needs host"),
        ({"driver": "modbus_rtu_tcp"}, "driver modbus_rtu_tcp needs host"),
        ({"host": "plc", "baud_rate": 9600}, "baud_rate 9600 belongs to driver modbus_rtu; leave it out"),
        ({"host": "plc", "driver": "modbus_rtu_tcp", "parity": "odd"}, "parity odd belongs to driver modbus_rtu"),
        ({"driver": "modbus_rtu", "serial_port": "COM3", "host": "plc"}, "host plc belongs to driver modbus_tcp or"),
        ({"host": "plc", "turnaround_seconds": 0.1}, "turnaround_seconds 0.1 belongs to a serial line"),
        ({"driver": "modbus_rtu", "serial_port": "COM3", "unit_id": 0}, "0 is the broadcast nobody answers"),
        ({"host": "plc", "driver": "modbus_rtu_tcp", "unit_id": 248}, "unit_id 248 is no slave of a serial line"),
        ({"driver": "opc_ua", "host": "plc"}, "modbus_rtu_tcp"),
        ({"driver": ["modbus_rtu"], "host": "plc"}, "driver"),
        ({"driver": {}, "host": "plc"}, "driver"),
    ],
)
def test_what_does_not_belong_together_is_refused_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        DeviceSettings.model_validate({"name": "meter", **fields})
    assert words in str(refused.value)


@given(
    st.builds(
        serial,
        baud_rate=st.sampled_from([1200, 9600, 115_200]),
        parity=st.sampled_from(Parity),
        stop_bits=st.integers(1, 2),
        unit_id=st.integers(1, 247),
        turnaround_seconds=st.sampled_from([0.0, 0.01]),
    )
    | st.builds(over_tcp, port=st.integers(1, 65_535), unit_id=st.integers(0, 255))
    | st.builds(over_tcp, driver=st.just("modbus_rtu_tcp"), unit_id=st.integers(1, 247))
)
def test_what_is_answered_can_be_sent_back(device: DeviceSettings) -> None:
    assert DeviceSettings.model_validate(device.model_dump()) == device
    assert DeviceSettings.model_validate_json(device.model_dump_json()) == device
    assert device.serial_port is not None or device.endpoint


@pytest.mark.parametrize(
    "fields", [{"baud_rate": 9600}, {"parity": "none"}, {"stop_bits": 2}, {"turnaround_seconds": 0.01}]
)
def test_devices_of_one_line_agree_about_it(fields: dict[str, Any]) -> None:
    said = line_disagreement(serial("meter 1"), serial("meter 2", **fields))
    assert said is not None
    assert "meter 1 and meter 2 share the line" in said
    assert line_disagreement(serial(), serial("other", serial_port="COM3", **fields)) is None
    assert line_disagreement(serial(unit_id=1), serial(unit_id=2, timeout_seconds=1.0)) is None


def test_a_line_carries_one_kind_of_frames() -> None:
    assert line_disagreement(over_tcp("plc"), over_tcp("meter", driver=Driver.MODBUS_RTU_TCP)) is not None


def test_an_agent_takes_no_lines_that_contradict_themselves() -> None:
    devices = [
        DeviceConfiguration.model_validate(
            {"id": uuid5(NAMESPACE, name), "station_id": NAMESPACE, **serial(name, baud_rate=rate).model_dump()}
        )
        for name, rate in (("meter 1", 9600), ("meter 2", 19_200))
    ]
    with pytest.raises(ValidationError, match="meter 1 and meter 2 share the line"):
        AgentConfiguration(agent_id=NAMESPACE, organization_id=NAMESPACE, version=1, name="PC", devices=tuple(devices))
