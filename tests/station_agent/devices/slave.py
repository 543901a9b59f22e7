"""A Modbus/TCP slave of our own that misbehaves on demand, byte by byte; it shares no code with the agent."""

from __future__ import annotations

import asyncio
import struct
import threading
import time
from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Any, Self

Read = Callable[[int, int, int], int]
"""(unit, function, address) → the register or bit there."""


class Fault(StrEnum):
    """What a slave can do wrong."""

    NONE = "none"
    SILENT = "silent"
    """Takes requests and answers nothing."""
    LATE = "late"
    """Answers after `late_seconds`."""
    SHORT = "short"
    """Answers with one register (or byte of bits) fewer than asked, in a frame that is consistent in itself."""
    GARBLED = "garbled"
    """Answers with a damaged frame, another kind of damage each time."""
    FOREIGN = "foreign"
    """Answers in good form what another master asked: the wrong transaction number."""
    TWICE = "twice"
    """Sends every answer two times."""
    EXCEPTION = "exception"
    """Refuses with `exception_code`."""
    UNPLUGGED = "unplugged"
    """Neither connections nor a listening port."""


class Slave:
    """One listening port with any number of units behind it, served in a thread of its own.

    Attributes:
        fault: what goes wrong at the moment, for the units in `faulty_units` (None: all).
        unserved: functions that are refused with exception 1.
        holes: addresses that are refused with exception 2 in any function.
        ignored: addresses that are never answered.
        connections: taken since the start.
        requests: (unit, function, address, count) of everything asked, in order.
    """

    def __init__(self, read: Read, port: int = 0) -> None:
        self.read = read
        self.port = port
        self.fault = Fault.NONE
        self.faulty_units: set[int] | None = None
        self.late_seconds = 0.3
        self.exception_code = 4
        self.unserved: set[int] = set()
        self.holes: set[int] = set()
        self.ignored: set[int] = set()
        self.most_registers = 125
        self.connections = 0
        self.requests: list[tuple[int, int, int, int]] = []
        self._damage = 0
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def break_with(self, fault: Fault, units: set[int] | None = None) -> None:
        """From now on misbehave so, with the given units or all."""
        before, self.fault, self.faulty_units = self.fault, fault, units
        if fault is Fault.UNPLUGGED:
            self._run(self._hang_up())
        elif before is Fault.UNPLUGGED:
            self._run(self._listen())

    def mend(self) -> None:
        """Behave again."""
        self.break_with(Fault.NONE)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in tuple(self._writers):
            writer.transport.abort()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections += 1
        self._writers.add(writer)
        self._tasks.add(task)
        try:
            while True:
                header = await reader.readexactly(6)
                transaction, _, length = struct.unpack(">HHH", header)
                unit, function, address, count = struct.unpack(">BBHH", await reader.readexactly(length))
                self.requests.append((unit, function, address, count))
                await self._answer(writer, transaction, unit, function, address, count)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.transport.abort()

    async def _answer(
        self, writer: asyncio.StreamWriter, transaction: int, unit: int, function: int, address: int, count: int
    ) -> None:
        fault = self.fault if self.faulty_units is None or unit in self.faulty_units else Fault.NONE
        if fault is Fault.SILENT or not self.ignored.isdisjoint(range(address, address + count)):
            return
        body = self._body(fault, unit, function, address, count)
        frame = struct.pack(">HHHB", transaction, 0, len(body) + 1, unit) + body
        if fault is Fault.LATE:
            await asyncio.sleep(self.late_seconds)
        if fault is Fault.FOREIGN:
            frame = struct.pack(">H", (transaction - 1) & 0xFFFF) + frame[2:]
        if fault is Fault.GARBLED:
            frame = self._garbled(frame)
        writer.write(frame * 2 if fault is Fault.TWICE else frame)
        await writer.drain()

    def _body(self, fault: Fault, unit: int, function: int, address: int, count: int) -> bytes:
        asked = range(address, address + count)
        if fault is Fault.EXCEPTION:
            return bytes((function | 0x80, self.exception_code))
        if function in self.unserved:
            return bytes((function | 0x80, 1))
        if not self.holes.isdisjoint(asked):
            return bytes((function | 0x80, 2))
        if function in (3, 4) and count > self.most_registers:
            return bytes((function | 0x80, 3))
        values = [self.read(unit, function, a) for a in asked]
        if function in (1, 2):
            if fault is Fault.SHORT:
                values = values[:-8]
            data = bytes(
                sum(bool(v) << n for n, v in enumerate(values[at : at + 8])) for at in range(0, len(values), 8)
            )
        else:
            if fault is Fault.SHORT:
                values = values[:-1]
            data = struct.pack(f">{len(values)}H", *values)
        return bytes((function, len(data))) + data

    def _garbled(self, frame: bytes) -> bytes:
        """Damage that can be seen: Modbus/TCP has no checksum, so a flipped bit inside a value can't be."""
        self._damage += 1
        kinds = (
            frame[:2] + b"\x5a\xa5" + frame[4:],
            frame[:4] + b"\x7f\xff" + frame[6:],
            frame[:6] + bytes((frame[6] ^ 0x55,)) + frame[7:],
            frame[:7] + bytes((frame[7] ^ 0x04,)) + frame[8:],
            frame[:8] + bytes((frame[8] ^ 0x1E,)) + frame[9:],
            b"\xff" * len(frame),
            frame[: len(frame) // 2],
        )
        return kinds[self._damage % len(kinds)]


def milliseconds() -> int:
    """The machine's monotonic clock, low 16 bits of its milliseconds: a register that tells when it was read."""
    return time.monotonic_ns() // 1_000_000 & 0xFFFF
