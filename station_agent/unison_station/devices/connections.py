"""Which connection reaches a device: a socket for Modbus/TCP, a bus for slaves of a serial line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from unison_domain.stations.configuration import RegisterTable
from unison_domain.stations.device_settings import DeviceSettings, Driver

from unison_station.devices.modbus_bus import ModbusBus, Opening, Pace, Wire
from unison_station.devices.modbus_connection import CONNECT_SECONDS, ModbusConnection, reason_of
from unison_station.platform.serial_port import SerialPort, SerialSettings


class Connection(Protocol):
    """What a device needs of its connection; it is shared with the other devices of the line.

    Attributes:
        held_seconds: how long ago the last answer had come when it was given.
    """

    held_seconds: float

    async def read(
        self, table: RegisterTable, address: int, count: int, unit: int, timeout_seconds: float
    ) -> tuple[int, ...] | tuple[bool, ...]:
        """Ask once; see `ModbusConnection.read` and `ModbusBus.read`."""

    def close(self) -> None:
        """Let it go."""


def connection_to(device: DeviceSettings) -> Connection:
    """A connection to the line of a device; nothing is opened before the first request."""
    return connection_of([device])


def connection_of(devices: Sequence[DeviceSettings], before: Connection | None = None) -> Connection:
    """The connection to the line of all `devices`; nothing is opened before the first request.

    Args:
        before: what reached that line until now. A serial line goes on with it: frames bear no number there, so who
            asks next must know what was asked before. Any other is closed.
    """
    first = devices[0]
    if first.driver is Driver.MODBUS_TCP:
        if before is not None:
            before.close()
        return ModbusConnection(*first.endpoint)
    opening: Opening = _ServerOpening(*first.endpoint) if first.driver is Driver.MODBUS_RTU_TCP else _port_of(first)
    pace = Pace(first.baud_rate, first.turnaround_seconds)
    slowest = max(device.timeout_seconds for device in devices)
    if isinstance(before, ModbusBus):
        before.set_up(first.line_words, pace, opening, slowest)
        return before
    if before is not None:
        before.close()
    return ModbusBus(first.line_words, pace, opening, slowest)


@dataclass(frozen=True)
class _PortOpening:
    """Opens a serial port of this PC."""

    settings: SerialSettings

    async def __call__(self, received: Callable[[bytes], None], lost: Callable[[str], None]) -> Wire:
        port = SerialPort(self.settings, received, lost)
        try:
            await port.opened
        except BaseException:
            port.close()
            raise
        return port


def _port_of(device: DeviceSettings) -> Opening:
    return _PortOpening(
        SerialSettings(device.serial_port or "", device.baud_rate or 0, device.parity or "", device.stop_bits or 0)
    )


@dataclass(frozen=True)
class _ServerOpening:
    """Connects to a serial server."""

    host: str
    port: int

    async def __call__(self, received: Callable[[bytes], None], lost: Callable[[str], None]) -> Wire:
        place, loop = f"no connection to {self.host}:{self.port}", asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return (await loop.create_connection(lambda: _Stream(received, lost), self.host, self.port))[1]
        except TimeoutError:
            raise ConnectionError(f"{place} within {CONNECT_SECONDS:g} s") from None
        except OSError as error:
            raise ConnectionError(f"{place}: {reason_of(error)}") from None
        except UnicodeError:
            raise ConnectionError(f"{place}: {self.host!r} can not be the name of a host") from None


class _Stream(asyncio.Protocol):
    """The bytes of a serial line that come through a serial server."""

    def __init__(self, received: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        self._received, self._lost = received, lost
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(f"connection lost: {exc}" if exc else "the serial server closed the connection")

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
