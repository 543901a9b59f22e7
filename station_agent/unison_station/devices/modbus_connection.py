"""One TCP connection to a Modbus host and port, one request at a time."""

from __future__ import annotations

import asyncio
from typing import cast

from unison_domain.stations.configuration import RegisterTable

from unison_station.devices.modbus_adapter import BadReply, Frame, next_frame, request_frame, values_of


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
    number of every reply is checked all the same. Not for use by two tasks at a time.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._transport: asyncio.Transport | None = None
        self._replies = _Replies()
        self._transaction = 0

    @property
    def is_open(self) -> bool:
        """There is a connection nothing bad is known of."""
        return self._transport is not None and self._replies.lost is None

    async def open(self, timeout_seconds: float) -> None:
        """Connect anew.

        Raises:
            NoAnswer: refused, unknown host, or no connection in time.
        """
        self.close()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_seconds):
                transport, replies = await loop.create_connection(_Replies, self.host, self.port)
        except TimeoutError:
            raise NoAnswer(f"no connection to {self.host}:{self.port} within {timeout_seconds:g} s") from None
        except OSError as error:
            raise NoAnswer(f"no connection to {self.host}:{self.port}: {error.strerror or error}") from None
        self._transport, self._replies = cast(asyncio.Transport, transport), replies

    async def read(
        self, table: RegisterTable, address: int, count: int, unit: int, timeout_seconds: float
    ) -> tuple[int, ...] | tuple[bool, ...]:
        """Ask once and return exactly `count` registers or bits.

        Raises:
            NoAnswer: not open, lost, or nothing within the time; the connection is closed.
            BadReply: something else than the answer came; the connection is closed.
            Refused: a Modbus exception; the connection stays open.
        """
        if self._transport is None or self._replies.lost is not None:
            raise NoAnswer(self._replies.lost or "not connected")
        self._transaction = self._transaction % 0xFFFF + 1
        loop = asyncio.get_running_loop()
        self._replies.waiting = answer = loop.create_future()
        timer = loop.call_later(timeout_seconds, _time_out, answer, timeout_seconds)
        self._transport.write(request_frame(table, address, count, unit, self._transaction))
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


def _time_out(answer: asyncio.Future[Frame], timeout_seconds: float) -> None:
    if not answer.done():
        answer.set_exception(NoAnswer(f"no answer within {timeout_seconds:g} s"))
