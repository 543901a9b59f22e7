"""A bus that a test asks as a device would."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

from unison_domain.stations.configuration import RegisterTable
from unison_domain.stations.device_settings import DeviceSettings
from unison_station.devices.connections import connection_to
from unison_station.devices.modbus_adapter import BadReply
from unison_station.devices.modbus_bus import ModbusBus
from unison_station.devices.modbus_connection import NoAnswer

HOLDING = RegisterTable.HOLDING_REGISTER
TIMEOUT = 0.25


class Asking:
    """A bus, to be called with address, count and unit."""

    def __init__(self, settings: DeviceSettings) -> None:
        bus = connection_to(settings)
        assert isinstance(bus, ModbusBus)
        self.bus = bus

    async def __call__(self, address: int, count: int, unit: int, seconds: float = TIMEOUT) -> tuple[int, ...]:
        return await self.bus.read(HOLDING, address, count, unit, seconds)


@asynccontextmanager
async def asking(settings: DeviceSettings) -> AsyncIterator[Asking]:
    """A bus that is closed in the end."""
    asking = Asking(settings)
    try:
        yield asking
    finally:
        asking.bus.close()


def holds(unit: int, address: int, count: int) -> tuple[int, ...]:
    return tuple(1000 * unit + at for at in range(address, address + count))


async def until_answered(read: Asking) -> float:
    """Ask until the first slave answers; seconds that took."""
    began = time.monotonic()
    async with asyncio.timeout(10):
        while True:
            with suppress(NoAnswer, BadReply):
                assert await read(0, 1, 1) == (1000,)
                return time.monotonic() - began
            await asyncio.sleep(0.05)


@contextmanager
def taken(path: str) -> Iterator[None]:
    """Somebody else has the path of a terminal that was closed."""
    with ExitStack() as terminals:
        while not Path(path).exists():  # another program may have it already
            for end in os.openpty():
                terminals.callback(os.close, end)
        yield
