"""One TCP connection to a Modbus host and port, one request at a time."""

from __future__ import annotations

import asyncio
import os

from unison_domain.stations.configuration import RegisterTable

from unison_station.devices.modbus_adapter import BadReply, Frame, next_frame, request_frame, values_of

CONNECT_SECONDS = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
"""A pause of up to 1 s keeps a device that comes back within one probe interval and a second."""


class NoAnswer(Exception):
    """Nothing (whole) came in time, or there is no connection."""


class _Replies(asyncio.Protocol):
    """Cuts what arrives into frames and hands the next one to whoever waits; anything unasked for spoils the stream."""

    def __init__(self) -> None:
        self.waiting: asyncio.Future[Frame] | None = None
        self.lost: str | None = None
        self._received = bytearray()

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            frame = next_frame(self._received)
        except BadReply as error:
            self._fail(error)
            return
        if frame is None:
            return
        if self.waiting is None or self.waiting.done():
            self._fail(BadReply("a reply nobody asked for"))
        else:
            self.waiting.set_result(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(NoAnswer(f"connection lost: {exc}" if exc else "the device closed the connection"))

    def _fail(self, error: Exception) -> None:
        self.lost = self.lost or str(error)
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(error)


class ModbusConnection:
    """A connection that is opened when it is needed and dropped as soon as it can't be trusted.

    After a time-out or a bad reply the socket is closed at once, so a late reply has nowhere to arrive; the transaction
    number of every reply is checked all the same. A host that takes no connection is tried again after a pause that
    doubles up to `LONGEST_PAUSE`. Not for use by two tasks at a time.

    Attributes:
        held_seconds: always 0, as answers are given as they come.
    """

    held_seconds = 0.0

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._transport: asyncio.Transport | None = None
        self._replies = _Replies()
        self._transaction = 0
        self._pause = 0.0
        self._not_before = 0.0
        self._refusal = ""

    @property
    def is_open(self) -> bool:
        """There is a connection nothing bad is known of."""
        return self._transport is not None and self._replies.lost is None

    async def _open(self) -> asyncio.Transport:
        """The connection, made anew unless it is open.

        Raises:
            NoAnswer: refused, unknown host, no connection in time, or the pause after that is not over.
        """
        if self._transport is not None and self._replies.lost is None:
            return self._transport
        self.close()
        loop = asyncio.get_running_loop()
        if loop.time() < self._not_before:
            raise NoAnswer(self._refusal)
        place = f"no connection to {self.host}:{self.port}"
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                transport, self._replies = await loop.create_connection(_Replies, self.host, self.port)
        except TimeoutError:
            self._refusal = f"{place} within {CONNECT_SECONDS:g} s"
        except OSError as error:
            self._refusal = f"{place}: {reason_of(error)}"
        except UnicodeError:
            self._refusal = f"{place}: {self.host!r} can not be the name of a host"
        else:
            self._pause = 0.0
            self._transport = transport
            return self._transport
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        self._not_before = loop.time() + self._pause
        raise NoAnswer(self._refusal)

    async def read(
        self, table: RegisterTable, address: int, count: int, unit: int, timeout_seconds: float
    ) -> tuple[int, ...] | tuple[bool, ...]:
        """Ask once and return exactly `count` registers or bits.

        Raises:
            NoAnswer: no connection, or nothing within the time; the connection is closed.
            BadReply: something else than the answer came; the connection is closed.
            Refused: a Modbus exception; the connection stays open.
        """
        transport = await self._open()
        self._transaction = self._transaction % 0xFFFF + 1
        loop = asyncio.get_running_loop()
        self._replies.waiting = answer = loop.create_future()
        timer = loop.call_later(timeout_seconds, _time_out, answer, unit, timeout_seconds)
        transport.write(request_frame(table, address, count, unit, self._transaction))
        try:
            frame = await answer
            return values_of(frame, table, count, unit, self._transaction)
        except (NoAnswer, BadReply, asyncio.CancelledError):
            self.close()
            raise
        finally:
            timer.cancel()
            self._replies.waiting = None

    def close(self) -> None:
        """Drop the connection, unsent and unread bytes with it."""
        if self._transport is not None:
            self._transport.abort()
        self._transport = None


def _time_out(answer: asyncio.Future[Frame], unit: int, timeout_seconds: float) -> None:
    if not answer.done():
        answer.set_exception(NoAnswer(f"no answer within {timeout_seconds:g} s from unit {unit}"))


def reason_of(error: OSError) -> str:
    """The operating system's words, without the address asyncio puts around them."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror or error)
