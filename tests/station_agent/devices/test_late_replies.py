"""A slave that answers later than it had time for, and in order: what it says belongs to what it was asked before."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from unison_domain.stations.configuration import DeviceConfiguration, RegisterTable
from unison_domain.stations.events import Quality
from unison_domain.stations.read_plan import Learnt, plan
from unison_domain.stations.readings import Moment, Reading
from unison_station.devices.connections import connection_to
from unison_station.devices.modbus_adapter import BadReply, Refused
from unison_station.devices.modbus_bus import ModbusBus
from unison_station.devices.modbus_connection import NoAnswer
from unison_station.devices.modbus_device import ModbusDevice
from unison_station.devices.observation import Interpreter
from unison_station.platform.boot import boot_seconds

from tests.station_agent.configurations import tag
from tests.station_agent.devices.serial_line import Line
from tests.station_agent.waiting import DEADLINE

HOLDING = RegisterTable.HOLDING_REGISTER
TIMEOUT = 0.1
TOO_LONG = 0.25
"""Longer than a slave is waited for before it is asked for something of equal length."""


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """Slaves whose register `a` holds 1000·unit + a."""
    with Line(tmp_path) as line:
        yield line


@asynccontextmanager
async def opened(line: Line) -> AsyncIterator[ModbusBus]:
    """A bus on which a reply was seen already."""
    bus = connection_to(line.settings())
    assert isinstance(bus, ModbusBus)
    try:
        await bus.read(HOLDING, 0, 1, 1, TIMEOUT)
        yield bus
    finally:
        bus.close()


def test_an_answer_that_another_one_follows_is_the_late_one(line: Line) -> None:
    async def body() -> None:
        async with opened(line) as bus:
            told, ends = 0, time.monotonic() + DEADLINE
            while told < 3:
                assert time.monotonic() < ends, "the deadline passed"
                line.occupy(1, TOO_LONG)
                occupied = time.monotonic()
                with pytest.raises(NoAnswer):
                    await bus.read(HOLDING, 100, 2, 1, TIMEOUT)
                asked_after = time.monotonic() - occupied
                if asked_after < 2 * TIMEOUT:  # else this PC was late itself, and the slave is nearly through
                    with pytest.raises(BadReply, match="more than the answer has"):
                        await bus.read(HOLDING, 500, 2, 1, TIMEOUT)
                    told += 1
                assert await bus.read(HOLDING, 500, 2, 1, TIMEOUT) == (1500, 1501)
            assert bus.longest_reply < TOO_LONG, "waiting is no part of a reply"

    asyncio.run(body())


def test_so_is_a_refusal_whatever_was_asked(line: Line) -> None:
    """Exceptions are as long as each other; a refusal taken for another one's would be remembered."""

    async def body() -> None:
        async with opened(line) as bus:
            line.occupy(1, TOO_LONG)
            with pytest.raises(NoAnswer):
                await bus.read(HOLDING, 2000, 2, 1, TIMEOUT)
            with pytest.raises(BadReply):
                await bus.read(HOLDING, 500, 3, 1, 2 * TIMEOUT)
            assert await bus.read(HOLDING, 500, 3, 1, TIMEOUT) == (1500, 1501, 1502)
            with pytest.raises(Refused):
                await bus.read(HOLDING, 2000, 2, 1, TIMEOUT)

    asyncio.run(body())


@pytest.mark.parametrize("retries", [0, 1, 2])
@pytest.mark.parametrize("busy_seconds", [0.15, 0.25, 0.45])
def test_blocks_of_equal_length_never_change_places(line: Line, retries: int, busy_seconds: float) -> None:
    tags = [tag("press", f"t{at}", at) for at in (1, 100, 200, 300)]
    device = line.device(1, *tags, max_gap=0, retries=retries, timeout_seconds=TIMEOUT)
    assert {block.count for block in plan(device).blocks} == {1}

    async def body() -> None:
        looks = Looks(device)
        await looks.until_good()
        line.occupy(1, busy_seconds)
        for _ in range(6):
            await looks.again()
        await looks.until_good()
        looks.end()

    asyncio.run(body())


def test_nor_do_those_between_holes(line: Line) -> None:
    """Where registers in between were refused there is no room to read further, whatever `max_gap` says."""
    holes = frozenset((HOLDING, at) for at in range(1, 20))
    device = line.device(1, *(tag("press", f"t{at}", at) for at in (1, 5, 9)), timeout_seconds=TIMEOUT)
    assert {block.count for block in plan(device, Learnt(splits=holes)).blocks} == {1}
    line.slaves[1].registers = {HOLDING: {1: 1001, 5: 1005, 9: 1009}}

    async def body() -> None:
        looks = Looks(device)
        for _ in range(3):
            await looks.again()
        assert {block.count for block in looks.device.plan.blocks} == {1}
        line.occupy(1, TOO_LONG)
        for _ in range(5):
            await looks.again()
        await looks.until_good()
        looks.end()

    asyncio.run(body())


def test_an_answer_is_as_old_as_it_is(line: Line) -> None:
    """Waiting whether another one follows is no part of it."""
    tags = [tag("press", f"t{at}", at) for at in (1, 100)]
    device = line.device(1, *tags, max_gap=0, retries=1, timeout_seconds=TIMEOUT)

    async def body() -> None:
        looks = Looks(device)
        await looks.again()
        line.deafen(1, 1)
        seen = await looks.device.poll(0.1)
        assert seen.reads[0].doubtful
        waited = seen.reads[1].moment.monotonic - seen.reads[0].moment.monotonic
        assert waited > 2 * TIMEOUT, "what came again was to be waited for"
        assert seen.reads[0].seconds < 2 * TIMEOUT
        looks.end()

    asyncio.run(body())


class Looks:
    """A device polled by hand, back to back; no value it gives may be another's."""

    def __init__(self, configuration: DeviceConfiguration) -> None:
        self._connection = connection_to(configuration)
        self.device = ModbusDevice(configuration, self._connection, lambda: Moment(datetime.now(UTC), boot_seconds()))
        self._interpreter = Interpreter(configuration)
        self._right = {tag.id: 1000 + tag.address for tag in configuration.tags}

    async def again(self) -> list[Reading]:
        """Poll it, or probe it while it is off line."""
        seen = await (self.device.probe() if self.device.is_offline else self.device.poll(0.1))
        readings = self._interpreter.readings(seen)
        for reading in readings:
            assert reading.value in (None, self._right[reading.tag_id]), reading
        return readings

    async def until_good(self) -> None:
        """Look until all is well, which takes one look unless this PC is late itself."""
        for _ in range(20):
            if all(reading.quality is Quality.GOOD for reading in await self.again()):
                return
        raise AssertionError("it does not come back")

    def end(self) -> None:
        """Let the line go."""
        self._connection.close()
