"""A simulated serial line in a thread of its own, with slaves that misbehave on demand."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Self

import serial
from unison_domain.stations.configuration import DeviceConfiguration, RegisterTable, TagConfiguration
from unison_domain.stations.device_settings import DeviceSettings
from unison_station.simulate.serial_bus import SerialBus
from unison_station.simulate.slave import Delivery, Disturbance, Frame, SerialFrame, Slave

from tests.station_agent.configurations import device

ALL_TABLES = tuple(RegisterTable)

TURN_SECONDS = 0.02
"""What a slave that was busy takes for each request that waited."""


class Registers(Mapping[int, int]):
    """Addresses 0 to 999, each value worked out when it is read."""

    def __init__(self, value: Callable[[int], int]) -> None:
        self._value = value

    def __getitem__(self, address: int) -> int:
        if not 0 <= address < 1000:
            raise KeyError(address)
        return self._value(address)

    def __iter__(self) -> Iterator[int]:
        return iter(range(1000))

    def __len__(self) -> int:
        return 1000


class OrderlySlave(Slave):
    """A slave that answers everything in the order it was asked, however late.

    Attributes:
        pause_seconds: so long it lets its next request wait, and everything it is asked meanwhile.
    """

    pause_seconds = 0.0
    _busy_until = 0.0

    def answer(self, request: Frame | SerialFrame) -> Delivery | None:
        """What it always says, in its turn."""
        now = time.monotonic()
        if self.pause_seconds:
            self._busy_until, self.pause_seconds = now + self.pause_seconds, 0.0
        delivery, wait = super().answer(request), self._busy_until - now
        if delivery is None or wait <= 0:
            return delivery
        self._busy_until += TURN_SECONDS
        return delivery._replace(delay=delivery.delay + wait)


class MuteSlave(OrderlySlave):
    """A slave that answers nothing about some addresses, or not every time.

    Attributes:
        muted: these.
        deaf_for: so many of the next requests it does not answer.
    """

    muted: frozenset[int] = frozenset()
    deaf_for = 0

    def answer(self, request: Frame | SerialFrame) -> Delivery | None:
        """Nothing, where the request begins at a muted address or is one of those not heard."""
        if self.deaf_for:
            self.deaf_for -= 1
            return None
        return None if int.from_bytes(request.pdu[1:3], "big") in self.muted else super().answer(request)


class Line:
    """A line whose slave `u` holds `value(u, address)`; plugged in inside `with`.

    Attributes:
        requests: the unit of everything asked, in order. asked: set by the first of them.
    """

    def __init__(self, folder: Path, units: int = 3, baud_rate: int = 115_200, value: Any = None) -> None:
        self.requests: list[int] = []
        self.slaves: dict[int, MuteSlave] = {}
        self.asked = threading.Event()
        self.bus = SerialBus(folder / "line", baud_rate, self._contacted)
        holds = value or (lambda unit, address: 1000 * unit + address)
        for unit in range(1, units + 1):
            registers = Registers(partial(holds, unit))
            self.slaves[unit] = MuteSlave(dict.fromkeys(ALL_TABLES, registers))
        self.bus.slaves.update(self.slaves)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def path(self) -> str:
        """What a device is configured with."""
        return str(self.bus.link)

    @property
    def target(self) -> str:
        """The path behind it, which is another one when it was plugged in again."""
        return str(self.bus.link.readlink())

    def __enter__(self) -> Self:
        self._thread.start()
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def plug(self) -> None:
        """Put the adapter in."""
        self._run(self.bus.plug())

    def unplug(self) -> None:
        """Pull it out."""
        self._run(self.bus.unplug())

    def disturb(self, unit: int, do: str, delay: float = 0.0, code: int = 0) -> None:
        """From now on the unit misbehaves so."""
        self.bus.slaves[unit].disturbance = Disturbance(do, delay, code)

    def mute(self, unit: int, *addresses: int) -> None:
        """From now on the unit answers no request that begins at one of these addresses."""
        self.slaves[unit].muted = frozenset(addresses)

    def deafen(self, unit: int, requests: int) -> None:
        """The unit does not answer so many of the next requests."""
        self.slaves[unit].deaf_for = requests

    def occupy(self, unit: int, seconds: float) -> None:
        """Asked the next time, the unit answers nothing for so long, and then all it was asked."""
        self.slaves[unit].pause_seconds = seconds

    def mend(self, unit: int) -> None:
        """The unit behaves again."""
        self.bus.slaves[unit].disturbance = None

    def settings(self, **more: Any) -> DeviceSettings:
        """How the line is reached."""
        return DeviceSettings.model_validate({"name": "line", **self._place, **more})

    def device(self, unit: int, *tags: TagConfiguration, **more: Any) -> DeviceConfiguration:
        """A slave of the line that gets 0.1 s to begin its reply."""
        fields = {**self._place, "host": None, "port": None, "unit_id": unit, **more}
        return device(f"unit {unit}", fields.pop("port"), *tags, **fields)

    @property
    def _place(self) -> dict[str, Any]:
        # Pseudo-terminals have no parity.
        rate = self.bus.baud_rate
        return {"driver": "modbus_rtu", "serial_port": self.path, "baud_rate": rate, "parity": "none"}

    @contextmanager
    def babbling(self) -> Iterator[None]:
        """Something on the line sends without being asked, all the time."""
        done = threading.Event()

        async def babble() -> None:
            while not done.is_set():
                self.bus.put(b"\x55")
                await asyncio.sleep(0.005)

        noise = asyncio.run_coroutine_threadsafe(babble(), self._loop)
        try:
            yield
        finally:
            done.set()
            noise.result(10)

    def _contacted(self, unit: int) -> None:
        self.requests.append(unit)
        self.asked.set()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


class SerialServer:
    """Carries the bytes of a line over TCP, as boxes on a wall do.

    Attributes:
        port: where it listens.
    """

    def __init__(self, line: Line) -> None:
        self.port = 0
        self._line = line
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Cut every connection."""
        for writer in tuple(self._writers):
            writer.close()

    def stop(self) -> None:
        """End."""
        self.cut()
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        ours = await asyncio.to_thread(serial.Serial, self._line.path, self._line.bus.baud_rate, timeout=0)
        loop = asyncio.get_running_loop()
        loop.add_reader(ours.fileno(), lambda: writer.write(ours.read(4096)))
        try:
            while data := await reader.read(4096):
                ours.write(data)
        finally:
            loop.remove_reader(ours.fileno())
            ours.close()
            self._writers.discard(writer)
            with suppress(ConnectionError):
                writer.close()


@asynccontextmanager
async def serial_server(line: Line) -> AsyncIterator[SerialServer]:
    """A serial server on a free port."""
    server = SerialServer(line)
    await server.start()
    try:
        yield server
    finally:
        server.stop()
