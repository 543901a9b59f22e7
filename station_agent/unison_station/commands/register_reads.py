"""Test reads: what one device answers right now, for whoever sets it up at the desktop.

They take their turn on the line that is polled, and use the same adapter, which can't build anything but reads.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import TimeoutError as Unanswered
from typing import Protocol
from uuid import UUID

from unison_domain.stations.commands import TestRead, TestReadAnswer
from unison_domain.stations.configuration import (
    BIT_TABLES,
    AgentConfiguration,
    DeviceConfiguration,
    RegisterTable,
    TagConfiguration,
)
from unison_domain.stations.events import Quality
from unison_domain.stations.readings import suspect
from unison_domain.stations.registers import decode

from unison_station.devices.modbus_line import LineEnded
from unison_station.devices.observation import AFTER_SILENCE, BlockRead
from unison_station.devices.poller import Poller
from unison_station.uplink.commands import CommandFailed, Handler, TooLate

ANSWER_SECONDS = 60.0
"""The longest a device's turn and its reply may take; more is a fault of the program."""

CHANGE_SECONDS, LOOK_SECONDS = 3.0, 0.05
"""How long lines may take to be set up, and how often is looked for them."""


class Reading(Protocol):
    """What a test read needs of the engine."""

    @property
    def configuration(self) -> AgentConfiguration:
        """What is being done."""

    @property
    def poller(self) -> Poller:
        """The devices as they are read."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """Where they are read; None before that begins."""


def register_reads(engine: Reading) -> Handler:
    """The handler of `test_read`; to be called from any thread but the engine's."""

    def handle(wanted: TestRead, seconds: float | None) -> TestReadAnswer:
        device, tag = _found(engine.configuration, wanted)
        table, address, count = _place(wanted, device, tag)
        read = _read(engine, device, table, address, count, seconds)
        return _answer(read, device, tag)

    return handle


def _found(configuration: AgentConfiguration, wanted: TestRead) -> tuple[DeviceConfiguration, TagConfiguration | None]:
    """What is asked for, as it is configured here.

    Raises:
        CommandFailed: it is not, or not yet.
    """
    for device in configuration.devices:
        if device.id == wanted.device_id:
            return device, None
        for tag in device.tags:
            if tag.id == wanted.tag_id:
                return device, tag
    thing = f"tag {wanted.tag_id}" if wanted.tag_id else f"device {wanted.device_id}"
    raise CommandFailed(
        f"Configuration {configuration.version}, which runs here, has no {thing}: try again when the newest one runs"
    )


def _place(
    wanted: TestRead, device: DeviceConfiguration, tag: TagConfiguration | None
) -> tuple[RegisterTable, int, int]:
    if tag is not None:
        return tag.table, tag.address, tag.registers
    table, address = wanted.table, wanted.address
    if table is None or address is None:
        raise CommandFailed("The command names neither a tag nor registers")
    most = device.max_bits if table in BIT_TABLES else device.max_registers
    if wanted.count > most:
        raise CommandFailed(f"{device.name} reads at most {most} at once, {wanted.count} are asked for")
    return table, address, wanted.count


def _read(
    engine: Reading, device: DeviceConfiguration, table: RegisterTable, address: int, count: int, seconds: float | None
) -> BlockRead:
    loop = engine.loop
    if loop is None or loop.is_closed():
        raise CommandFailed("The agent reads no devices at the moment: it starts or stops")
    asking = asyncio.run_coroutine_threadsafe(_in_turn(engine.poller, device.id, table, address, count, seconds), loop)
    try:
        return asking.result(ANSWER_SECONDS)
    except Unanswered:
        asking.cancel()
        raise CommandFailed(f"{device.name} was not reached within {ANSWER_SECONDS:g} s: its line is busy") from None
    except (KeyError, LineEnded):
        raise CommandFailed(
            f"{device.name} is not read at the moment: the agent takes up a change; try again"
        ) from None


async def _in_turn(
    poller: Poller, device_id: UUID, table: RegisterTable, address: int, count: int, seconds: float | None
) -> BlockRead:
    """Read when the line is free; while a start or a new configuration sets the lines up, wait for it."""
    loop = asyncio.get_running_loop()
    wanted_at = loop.time()
    while True:
        waited = loop.time() - wanted_at
        left = None if seconds is None else seconds - waited
        try:
            read = await poller.read_now(device_id, table, address, count, within_seconds=left)
        except (KeyError, LineEnded):
            if waited > CHANGE_SECONDS or (left is not None and left <= 0):
                raise
            await asyncio.sleep(LOOK_SECONDS)
            continue
        if read is None:
            raise TooLate
        return read


def _answer(read: BlockRead, device: DeviceConfiguration, tag: TagConfiguration | None) -> TestReadAnswer:
    block = read.block
    given = {
        "device_id": device.id,
        "tag_id": tag and tag.id,
        "table": block.table,
        "address": block.address,
        "seconds": read.seconds,
        "exception": read.exception,
    }
    if read.values is None:
        quality = Quality.STALE if read.exception is None else Quality.BAD
        return TestReadAnswer(**given, quality=quality, reason=read.problem)
    registers = tuple(f"{word:d}" if block.table in BIT_TABLES else f"{word:04X}" for word in read.values)
    doubt = AFTER_SILENCE if read.doubtful else None
    if tag is None:
        quality = Quality.UNCERTAIN if doubt else Quality.GOOD
        return TestReadAnswer(**given, registers=registers, quality=quality, reason=doubt)
    reading = decode(tag, read.values, read.moment)
    if doubt:
        reading = suspect(reading, doubt)
    return TestReadAnswer(
        **given,
        registers=registers,
        value=reading.value,
        raw=reading.raw,
        quality=reading.quality,
        reason=reading.reason,
    )
