"""Which connection reaches a device: a socket for Modbus/TCP, a bus for slaves of a serial line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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
    if device.driver is Driver.MODBUS_TCP:
        return ModbusConnection(*device.endpoint)
    opening = _serial_server(*device.endpoint) if device.driver is Driver.MODBUS_RTU_TCP else _serial_port(device)
    return ModbusBus(device.line_words, Pace(device.baud_rate, device.turnaround_seconds), opening)


def _serial_port(device: DeviceSettings) -> Opening:
    settings = SerialSettings(
        device.serial_port or "", device.baud_rate or 0, device.parity or "", device.stop_bits or 0
    )

    async def open_port(received: Callable[[bytes], None], lost: Callable[[str], None]) -> Wire:
        port = SerialPort(settings, received, lost)
        try:
            await port.opened
        except BaseException:
            port.close()
            raise
        return port

    return open_port


def _serial_server(host: str, port: int) -> Opening:
    place = f"no connection to {host}:{port}"

    async def connect(received: Callable[[bytes], None], lost: Callable[[str], None]) -> Wire:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return (await loop.create_connection(lambda: _Stream(received, lost), host, port))[1]
        except TimeoutError:
            raise ConnectionError(f"{place} within {CONNECT_SECONDS:g} s") from None
        except OSError as error:
            raise ConnectionError(f"{place}: {reason_of(error)}") from None
        except UnicodeError:
            raise ConnectionError(f"{place}: {host!r} can not be the name of a host") from None

    return connect


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
