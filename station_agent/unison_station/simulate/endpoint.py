"""One TCP port of the simulated shop with one or more units behind it, that can be unplugged."""

from __future__ import annotations

import asyncio
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import suppress

from unison_station.simulate.slave import Delivery, Frame, Slave

_LONGEST_PDU = 253


class Endpoint:
    """Listens on loopback or the given host; unknown units stay silent, as dead slaves behind a gateway do.

    Attributes:
        port: where it listens; with 0 at first, the port the system gave, kept when plugged in again.
        slaves: by unit id.
    """

    def __init__(self, host: str, port: int, contacted: Callable[[int], None]) -> None:
        """`contacted` is told the unit id of every request."""
        self.host = host
        self.port = port
        self.slaves: dict[int, Slave] = {}
        self._contacted = contacted
        self._server: asyncio.Server | None = None
        self._lines: set[StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def plug(self) -> None:
        """Begin to listen.

        Raises:
            OSError: the port is taken.
        """
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, self.host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        """Stop listening and cut every connection, as a pulled cable or a device without power does."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for task in tuple(self._tasks):
            task.cancel()
        for line in tuple(self._lines):
            line.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._lines.add(writer)
        try:
            while (request := await _request(reader)) is not None:
                self._contacted(request.unit)
                slave = self.slaves.get(request.unit)
                delivery = slave.answer(request) if slave else None
                if delivery is not None:
                    self._deliver(writer, delivery)
        except (ConnectionError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._lines.discard(writer)
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    def _deliver(self, writer: StreamWriter, delivery: Delivery) -> None:
        if delivery.delay == 0:
            writer.write(delivery.data)
            return
        task = asyncio.create_task(_later(writer, delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _later(writer: StreamWriter, delivery: Delivery) -> None:
    await asyncio.sleep(delivery.delay)
    if not writer.is_closing():
        writer.write(delivery.data)


async def _request(reader: StreamReader) -> Frame | None:
    """The next request; None when the line was closed or carries no Modbus/TCP."""
    try:
        transaction, protocol, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
        if protocol != 0 or not 2 <= length <= _LONGEST_PDU + 1:
            return None
        return Frame(transaction, unit, await reader.readexactly(length - 1))
    except asyncio.IncompleteReadError:
        return None
