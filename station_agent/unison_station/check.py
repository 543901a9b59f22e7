"""Tries devices once and tells per tag what came: for whoever sets up a register map at the machine."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from unison_domain.stations.configuration import (
    BIT_TABLES,
    DeviceConfiguration,
    RegisterTable,
    TagConfiguration,
    ValueType,
)
from unison_domain.stations.events import Quality
from unison_domain.stations.readings import Moment, Reading

from unison_station.devices.connections import Connection, connection_of
from unison_station.devices.modbus_device import ModbusDevice, is_answer
from unison_station.devices.observation import BlockRead, Interpreter, Observation
from unison_station.platform.boot import boot_seconds


@dataclass(frozen=True)
class CheckedTag:
    """What came for one tag. `registers` are as they came, before any interpretation; `seconds` of its request."""

    tag: TagConfiguration
    reading: Reading
    registers: Sequence[int]
    seconds: float | None

    @property
    def raw(self) -> str:
        """The registers in hexadecimal, or the bit."""
        if self.tag.table in BIT_TABLES:
            return " ".join(str(int(bit)) for bit in self.registers)
        return " ".join(f"{register:04X}" for register in self.registers)


@dataclass(frozen=True)
class CheckedDevice:
    """What came of one device; `silence` when nothing did. Without tags it was asked only whether it is there."""

    device: DeviceConfiguration
    silence: str | None
    tags: tuple[CheckedTag, ...]

    @property
    def is_good(self) -> bool:
        """It has tags, and every one has a good value."""
        return bool(self.tags) and all(tag.reading.quality is Quality.GOOD for tag in self.tags)


async def check_devices(devices: Iterable[DeviceConfiguration]) -> list[CheckedDevice]:
    """Read every device once; those of one line in turn, different lines at the same time."""
    lines: defaultdict[str, list[DeviceConfiguration]] = defaultdict(list)
    devices = list(devices)
    for device in devices:
        lines[device.line].append(device)
    checked = await asyncio.gather(*(_check_line(line) for line in lines.values()))
    found = {result.device.id: result for line in checked for result in line}
    return [found[device.id] for device in devices]


async def _check_line(devices: Sequence[DeviceConfiguration]) -> list[CheckedDevice]:
    connection = connection_of(devices)
    try:
        return [await _check(device, connection) for device in devices]
    finally:
        connection.close()


async def _check(configuration: DeviceConfiguration, connection: Connection) -> CheckedDevice:
    device = ModbusDevice(configuration, connection, lambda: Moment(datetime.now(UTC), boot_seconds()))
    if not configuration.tags:
        read = await device.ask(RegisterTable.HOLDING_REGISTER, 0, 1)
        return CheckedDevice(configuration, None if is_answer(read) else read.problem, ())
    observations = [await _seen(device, period) for period in device.periods]
    silences = [seen.silence for seen in observations]
    silence = silences[0] if None not in silences else None
    interpreter = Interpreter(configuration)
    readings = {reading.tag_id: reading for seen in observations for reading in interpreter.readings(seen)}
    tags = (_checked(tag, readings[tag.id], _read_of(tag.id, observations)) for tag in configuration.tags)
    return CheckedDevice(configuration, silence, tuple(tags))


async def _seen(device: ModbusDevice, period: float) -> Observation:
    """One rate group, asked again where the silence of another put its answers in doubt.

    Groups that answer are told although others are mute, so no device is taken for off line.
    """
    seen = await device.poll(period)
    if any(read.doubtful for read in seen.reads):
        seen = await device.poll(period)
    return seen._replace(is_offline=False)


def _read_of(tag_id: UUID, observations: Iterable[Observation]) -> tuple[BlockRead, Sequence[int]] | None:
    """The request a tag was part of, and its own registers."""
    for seen in observations:
        for read in seen.reads:
            for span in read.block.spans:
                if span.tag_id == tag_id:
                    return read, read.block.part(span, read.values) if read.values is not None else ()
    return None


def _checked(tag: TagConfiguration, reading: Reading, read: tuple[BlockRead, Sequence[int]] | None) -> CheckedTag:
    if read is None:
        return CheckedTag(tag, reading, (), None)
    return CheckedTag(tag, reading, read[1], read[0].seconds)


def bare_device(
    name: str, place: Mapping[str, Any], addresses: Iterable[tuple[RegisterTable, int]]
) -> DeviceConfiguration:
    """A device nobody configured yet, with one plain register or bit at each of these addresses.

    Args:
        place: the fields of `DeviceSettings` that say where it is.

    Raises:
        ValidationError: it can't be there.
    """
    nobody = UUID(int=0)
    tags = tuple(
        TagConfiguration(
            id=UUID(int=number),
            device_id=nobody,
            name=f"{table.replace('_', ' ')} {address}",
            table=table,
            address=address,
            type=ValueType.BOOL if table in BIT_TABLES else ValueType.UINT16,
        )
        for number, (table, address) in enumerate(addresses, 1)
    )
    who = {"id": nobody, "station_id": nobody, "name": name, "timeout_seconds": 1.0, "tags": tags}
    return DeviceConfiguration.model_validate({**who, **place})
