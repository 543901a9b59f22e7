"""A bare Modbus/TCP client for tests: it believes nothing the frame does not prove."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence

from unison_domain.stations.configuration import BIT_TABLES, RegisterTable
from unison_station.simulate.slave import FUNCTIONS, Frame

NUMBERS = {table: function for function, table in FUNCTIONS.items()}


class BadReply(Exception):
    """The reply is no answer to the request."""


class Refused(Exception):
    """The device answered with a Modbus exception."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


def request(table: RegisterTable, address: int, count: int, transaction: int = 1, unit: int = 1) -> Frame:
    """A read request."""
    return Frame(transaction, unit, struct.pack(">BHH", NUMBERS[table], address, count))


def values_of(reply: bytes, asked: Frame, table: RegisterTable, count: int) -> Sequence[int]:
    """The registers or bits of a reply.

    Raises:
        BadReply: something in it does not fit the request.
        Refused: it is an exception.
    """
    if len(reply) < 9:
        raise BadReply(f"only {len(reply)} bytes")
    transaction, protocol, length, unit = struct.unpack(">HHHB", reply[:7])
    pdu = reply[7:]
    if (transaction, protocol, length, unit) != (asked.transaction, 0, len(pdu) + 1, asked.unit):
        raise BadReply("header of another reply")
    if pdu[0] == asked.pdu[0] | 0x80:
        raise Refused(pdu[1])
    size = (count + 7) // 8 if table in BIT_TABLES else 2 * count
    if pdu[0] != asked.pdu[0] or pdu[1] != size or len(pdu) != size + 2:
        raise BadReply("not what was asked")
    if table in BIT_TABLES:
        return [pdu[2 + place // 8] >> place % 8 & 1 for place in range(count)]
    return struct.unpack(f">{count}H", pdu[2:])


async def read(
    port: int, table: RegisterTable, address: int, count: int, *, unit: int = 1, within: float = 0.3
) -> Sequence[int]:
    """One read on a connection of its own.

    Raises:
        TimeoutError, OSError, BadReply, Refused: as things go wrong.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        asked = request(table, address, count, unit=unit)
        writer.write(asked.on_the_wire())
        async with asyncio.timeout(within):
            reply = await reader.read(512)
        return values_of(reply, asked, table, count)
    finally:
        writer.close()
