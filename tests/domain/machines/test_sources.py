"""What a raw value was read from, as a number that agents and servers of all versions reckon alike."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from unison_domain.machines.sources import raw_source_of
from unison_domain.stations.configuration import (
    ByteOrder,
    DeviceConfiguration,
    RegisterTable,
    TagConfiguration,
    ValueType,
)
from unison_domain.stations.device_settings import Driver

NOBODY = UUID(int=0)
HEAT = TagConfiguration(
    id=UUID(int=1),
    device_id=UUID(int=2),
    name="heat",
    table=RegisterTable.HOLDING_REGISTER,
    address=10,
    type=ValueType.UINT16,
)
PLC = DeviceConfiguration(id=UUID(int=2), station_id=NOBODY, name="PLC", host="10.0.0.5", tags=(HEAT,))
BUS = DeviceConfiguration(
    id=UUID(int=2), station_id=NOBODY, name="PLC", driver=Driver.MODBUS_RTU, serial_port="/dev/ttyS0", tags=(HEAT,)
)


def test_it_comes_out_the_same_in_every_version() -> None:
    """Another number here would part what is stored from what is read tomorrow."""
    assert (raw_source_of(PLC, HEAT), raw_source_of(BUS, HEAT)) == (291_247_656, 1_199_250_772)


@pytest.mark.parametrize(
    "change",
    [
        {"address": 11},
        {"table": RegisterTable.INPUT_REGISTER},
        {"type": ValueType.INT16},
        {"type": ValueType.UINT32},
        {"byte_order": ByteOrder.CDAB},
        {"bit": 3},
        {"bit_count": 2},
    ],
)
def test_other_registers_or_bits_are_another_source(change: dict[str, Any]) -> None:
    assert raw_source_of(PLC, HEAT.model_copy(update=change)) != raw_source_of(PLC, HEAT)


@pytest.mark.parametrize("place", [{"host": "10.0.0.6"}, {"port": 1502}, {"unit_id": 7}])
def test_another_place_is_another_source(place: dict[str, Any]) -> None:
    assert raw_source_of(PLC.model_copy(update=place), HEAT) != raw_source_of(PLC, HEAT)


def test_what_is_made_of_the_raw_value_is_no_part_of_it() -> None:
    judged = {"scale": 0.1, "offset": -2.0, "maximum": 50.0, "sentinels": (32_767.0,), "name": "oven", "lease": 7}
    slower = PLC.model_copy(update={"name": "old PLC", "retries": 2, "timeout_seconds": 2.0})
    assert raw_source_of(slower, HEAT.model_copy(update=judged)) == raw_source_of(PLC, HEAT)
