"""Modbus RTU frames: reads only, and a reply is taken only when it is exactly what was asked.

Our own, since every library tried takes a late reply for the answer to the next request: pymodbus even one with another
number of registers. A frame on a serial line carries no transaction number, so unit, function, length and checksum are
all there is to check; that is done byte by byte, so that a wrong reply is known at its third byte.
Source: MODBUS over Serial Line 1.02, 2.5.1; MODBUS Application Protocol 1.1b3, 6.1 to 6.4.
"""

from __future__ import annotations

import struct

from unison_domain.stations.configuration import BIT_TABLES, RegisterTable

from unison_station.devices.modbus_adapter import FUNCTIONS, REFUSAL, BadReply, data_of, data_size

REQUEST_SIZE = 8
REFUSAL_SIZE = 5
_REQUEST = struct.Struct(">BBHH")
_AROUND_DATA = 5
"""Unit, function and byte count before, checksum after."""
_SLAVES = range(1, 248)
_MOST_BITS, _MOST_REGISTERS = 2000, 125


def _crc_of_byte(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value


_CRC_TABLE = tuple(map(_crc_of_byte, range(256)))


def checksum(frame: bytes) -> bytes:
    """The two bytes that close a frame: CRC-16 with polynomial 0xA001, low byte first."""
    crc = 0xFFFF
    for byte in frame:
        crc = crc >> 8 ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")


def is_whole(frame: bytes) -> bool:
    """Whether the bytes are a frame with the right checksum."""
    return len(frame) >= REFUSAL_SIZE and checksum(frame[:-2]) == frame[-2:]


def request_frame(table: RegisterTable, address: int, count: int, unit: int) -> bytes:
    """The bytes that ask for `count` registers or bits from `address`. Only functions 1 to 4 can be built.

    Raises:
        ValueError: unit 0 (the broadcast, which nobody answers) or above 247, more than 125 registers or 2,000 bits,
            or an address beyond 65,535.
    """
    most = _MOST_BITS if table in BIT_TABLES else _MOST_REGISTERS
    if unit not in _SLAVES:
        raise ValueError(f"unit {unit} is no slave of a serial line: 1 to 247")
    if not 1 <= count <= most or not 0 <= address <= 65_536 - count:
        raise ValueError(f"{count} values from {address}: 1 to {most} may be asked, up to address 65535")
    frame = _REQUEST.pack(unit, FUNCTIONS[table], address, count)
    return frame + checksum(frame)


def reply_size(table: RegisterTable, count: int) -> int:
    """Bytes of the reply that carries `count` values."""
    return data_size(table, count) + _AROUND_DATA


def missing(received: bytes, table: RegisterTable, count: int, unit: int) -> int:
    """How many bytes of the answer are still to come; 0 when it is there.

    Raises:
        BadReply: what came can't become the answer any more.
    """
    if received and received[0] != unit:
        raise BadReply(f"a reply of unit {received[0]} while unit {unit} was asked")
    if len(received) < 2:
        return REFUSAL_SIZE - len(received)
    function, size = FUNCTIONS[table], reply_size(table, count)
    if received[1] == function | REFUSAL:
        size = REFUSAL_SIZE
    elif received[1] != function:
        raise BadReply(f"a reply of function {received[1]} while function {function} was asked")
    elif len(received) > 2 and received[2] != size - _AROUND_DATA:
        raise BadReply(f"a reply of {received[2]} data bytes while {size - _AROUND_DATA} were asked")
    if len(received) > size:
        raise BadReply(f"{len(received) - size} bytes more than the answer has")
    return size - len(received)


def values_of(received: bytes, table: RegisterTable, count: int) -> tuple[int, ...] | tuple[bool, ...]:
    """The registers (0 to 65,535) or bits of a reply of which nothing is `missing`.

    Raises:
        Refused: a Modbus exception.
        BadReply: the checksum is wrong.
    """
    if not is_whole(received):
        raise BadReply("a damaged reply: its checksum is wrong")
    return data_of(received[1:-2], table, count)
