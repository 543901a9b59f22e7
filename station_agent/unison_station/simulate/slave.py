"""Modbus answers of one unit, and what may go wrong with them.

Frames after "MODBUS Messaging on TCP/IP Implementation Guide" 1.0b, "MODBUS over Serial Line" 1.02 and "MODBUS
Application Protocol" 1.1b3. Reads only: anything else is exception 1.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple, Self

from unison_domain.stations.configuration import BIT_TABLES, RegisterTable
from unison_domain.stations.read_plan import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE

FUNCTIONS = {
    1: RegisterTable.COIL,
    2: RegisterTable.DISCRETE_INPUT,
    3: RegisterTable.HOLDING_REGISTER,
    4: RegisterTable.INPUT_REGISTER,
}
MOST_BITS, MOST_REGISTERS = 2000, 125
_EXCEPTION_BIT = 0x80
_HEADER = struct.Struct(">HHHB")


class Frame(NamedTuple):
    """One request or reply: transaction number, unit and protocol data unit."""

    transaction: int
    unit: int
    pdu: bytes

    def on_the_wire(self, protocol: int = 0) -> bytes:
        """With its header of seven bytes."""
        return _HEADER.pack(self.transaction, protocol, len(self.pdu) + 1, self.unit) + self.pdu

    def broken(self, chance: Random) -> bytes:
        """A reply any careful client can tell is broken; TCP has no checksum, so flipped values would pass for true."""
        pdu = self.pdu
        broken = [
            self._replace(pdu=bytes((pdu[0] ^ 0x07,)) + pdu[1:]).on_the_wire(),
            self._replace(pdu=pdu[:1] + bytes(((pdu[1] + 2) % 256,)) + pdu[2:]).on_the_wire(),
            self._replace(transaction=self.transaction ^ 0x5A5A).on_the_wire(),
            self.on_the_wire(protocol=0x4242),
            chance.randbytes(12),
        ]
        return chance.choice(broken)


class SerialFrame(NamedTuple):
    """One request or reply of a serial line (MODBUS over Serial Line 1.02): unit and protocol data unit."""

    unit: int
    pdu: bytes

    @classmethod
    def read(cls, data: bytes) -> Self | None:
        """The frame these bytes are; None when their checksum is wrong."""
        return cls(data[0], data[1:-2]) if _crc(data[:-2]) == data[-2:] else None

    def on_the_wire(self) -> bytes:
        """With its checksum."""
        frame = bytes((self.unit,)) + self.pdu
        return frame + _crc(frame)

    def broken(self, chance: Random) -> bytes:
        """A damaged reply: bytes flipped, lost or added, or whole again but for another unit, function or length."""
        whole, pdu = self.on_the_wire(), self.pdu
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        broken = [
            bytes(flipped),
            whole[: len(whole) // 2],
            b"\x00" + whole,
            whole + b"\xff",
            chance.randbytes(len(whole)),
            self._replace(unit=self.unit ^ 0x40).on_the_wire(),
            self._replace(pdu=bytes((pdu[0] ^ 0x07,)) + pdu[1:]).on_the_wire(),
            self._replace(pdu=pdu[:1] + bytes(((pdu[1] + 2) % 256,)) + pdu[2:]).on_the_wire(),
        ]
        return chance.choice(broken)


def _crc(data: bytes) -> bytes:
    """CRC-16 of the serial line, bit by bit as the standard draws it (6.2.2); shares nothing with the agent's."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return struct.pack("<H", crc)


class Disturbance(NamedTuple):
    """What is wrong with a unit's line: see `scenario.Trouble`."""

    do: str
    delay: float = 0.0
    code: int = 0


class Delivery(NamedTuple):
    """Bytes to send, after a delay."""

    data: bytes
    delay: float = 0.0


@dataclass(slots=True)
class Slave:
    """One unit: registers shown by table, and the disturbance of its line, if any.

    Attributes:
        registers: tables that do not exist are exception 1, addresses that do not exist exception 2.
        requests: how many requests came, disturbed ones included.
    """

    registers: Mapping[RegisterTable, Mapping[int, int]]
    chance: Random = field(default_factory=Random)
    disturbance: Disturbance | None = None
    requests: int = 0

    def answer(self, request: Frame | SerialFrame) -> Delivery | None:
        """What goes out for a request, or None for silence."""
        self.requests += 1
        pdu = self._pdu(request.pdu)
        disturbance = self.disturbance
        if disturbance is None:
            return Delivery(request._replace(pdu=pdu).on_the_wire())
        match disturbance.do:
            case "late":
                return Delivery(request._replace(pdu=pdu).on_the_wire(), disturbance.delay)
            case "short":
                return Delivery(request._replace(pdu=_shortened(pdu)).on_the_wire())
            case "garbled":
                return Delivery(request._replace(pdu=pdu).broken(self.chance))
            case "exception":
                return Delivery(request._replace(pdu=_refused(request.pdu[0], disturbance.code)).on_the_wire())
        return None

    def _pdu(self, request: bytes) -> bytes:
        function = request[0]
        table = FUNCTIONS.get(function)
        if table is None or table not in self.registers:
            return _refused(function, ILLEGAL_FUNCTION)
        if len(request) != 5:
            return _refused(function, ILLEGAL_VALUE)
        address, count = struct.unpack(">HH", request[1:])
        if not 1 <= count <= (MOST_BITS if table in BIT_TABLES else MOST_REGISTERS):
            return _refused(function, ILLEGAL_VALUE)
        values = self.registers[table]
        wanted = range(address, address + count)
        if any(at not in values for at in wanted):
            return _refused(function, ILLEGAL_ADDRESS)
        data = (_packed_bits if table in BIT_TABLES else _packed_words)([values[at] for at in wanted])
        return bytes((function, len(data))) + data


def _refused(function: int, exception: int) -> bytes:
    return bytes((function | _EXCEPTION_BIT, exception))


def _shortened(pdu: bytes) -> bytes:
    """A register (or byte of bits) too few, in a frame that is right in itself; an exception can't be shortened."""
    if pdu[0] & _EXCEPTION_BIT:
        return pdu
    width = 2 if pdu[0] in (3, 4) else 1
    data = pdu[2:-width]
    return bytes((pdu[0], len(data))) + data


def _packed_bits(bits: Sequence[int]) -> bytes:
    """Bits from the lowest of the first byte upwards, padded with zeros."""
    number = sum(1 << place for place, bit in enumerate(bits) if bit)
    return number.to_bytes((len(bits) + 7) // 8, "little")


def _packed_words(words: Sequence[int]) -> bytes:
    return struct.pack(f">{len(words)}H", *words)
