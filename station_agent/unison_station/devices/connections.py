"""Which connection reaches a device: a socket for Modbus/TCP, a bus for slaves of a serial line."""

from __future__ import annotations

import asyncio
import socket
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
        name, loop = f"{self.host}:{self.port}", asyncio.get_running_loop()
        place = f"no connection to {self.host}:{self.port}"
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                for *_, address in await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM):
                    _demand_one_name(place, name, address)
                stream = _Stream(name, received, lost)
                await loop.create_connection(lambda: stream, self.host, self.port)
                stream.take(place)
                return stream
        except TimeoutError:
            raise ConnectionError(f"{place} within {CONNECT_SECONDS:g} s") from None
        except _OtherName:
            raise
        except OSError as error:
            raise ConnectionError(f"{place}: {reason_of(error)}") from None
        except UnicodeError:
            raise ConnectionError(f"{place}: {self.host!r} can not be the name of a host") from None


_Peer = tuple[object, ...]
_TAKEN: dict[_Peer, str] = {}
"""The serial servers this program is connected to, by address and port, each with the name it was called by. Two names
of one would be two masters of one line, and either could get what the other was answered."""


def _peer(address: tuple[object, ...]) -> _Peer:
    return address[:2]  # what else IPv6 has is no part of it


def _demand_one_name(place: str, name: str, address: tuple[object, ...]) -> None:
    other = _TAKEN.get(_peer(address), name)
    if other != name:
        raise _OtherName(f"{place}: it is in use here already as {other}; write one name for one serial server")


class _OtherName(ConnectionError):
    """This program is connected to the same place under another name."""


class _Stream(asyncio.Protocol):
    """The bytes of a serial line that come through a serial server."""

    def __init__(self, name: str, received: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        self._name, self._received, self._lost = name, received, lost
        self._transport: asyncio.Transport | None = None
        self._address: tuple[object, ...] | None = None
        self._is_closed = False

    def take(self, place: str) -> None:
        """Have the serial server under this name alone. Raises ConnectionError: it got another meanwhile."""
        address = self._transport and self._transport.get_extra_info("peername")
        if not address:
            return
        try:
            _demand_one_name(place, self._name, address)
        except _OtherName:
            self.close()
            raise
        self._address = address
        _TAKEN[_peer(address)] = self._name

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        if not self._is_closed:
            self._lost(f"connection lost: {exc}" if exc else "the serial server closed the connection")

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        self._is_closed = True
        self._leave()
        if self._transport is not None:
            self._transport.abort()

    def _leave(self) -> None:
        if self._address is not None:
            _TAKEN.pop(_peer(self._address), None)
            self._address = None
