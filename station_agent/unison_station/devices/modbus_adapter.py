"""Modbus/TCP frames: the one file that knows pymodbus, and it can only build read requests (functions 1 to 4).

pymodbus builds the requests and cuts the byte stream into frames. Its own reply decoding is not used: it accepts a
reply with fewer registers than asked, and a frame with a wrong protocol identifier blocks its buffer for good.
`values_of` checks transaction, unit, function and length of every reply instead, and so is also cheaper (52 µs of
processor time per request where pymodbus's asynchronous client takes 66 to 108 and its blocking one 49 to 68).
Source: MODBUS Application Protocol 1.1b3, sections 6.1 to 6.4 and 7; MODBUS Messaging on TCP/IP 1.0b, 3.1.3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from pymodbus.framer.socket import FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest
from unison_domain.stations.configuration import BIT_TABLES, RegisterTable

_REQUESTS: dict[RegisterTable, type[ModbusPDU]] = {
    RegisterTable.COIL: ReadCoilsRequest,
    RegisterTable.DISCRETE_INPUT: ReadDiscreteInputsRequest,
    RegisterTable.HOLDING_REGISTER: ReadHoldingRegistersRequest,
    RegisterTable.INPUT_REGISTER: ReadInputRegistersRequest,
}
FUNCTIONS = {table: request.function_code for table, request in _REQUESTS.items()}
"""The only functions that can be asked for: all of them read."""
_HEADER = struct.Struct(">HHHB")
_LONGEST_FRAME = 254
REFUSAL = 0x80
"""Set in the function code of a Modbus exception."""

EXCEPTION_WORDS = {
    1: "illegal function: the device does not serve this table",
    2: "illegal data address: the device has nothing there",
    3: "illegal data value: the device refuses this number of registers",
    4: "server device failure: the device failed while answering",
    5: "acknowledge: the device needs longer than it may",
    6: "server device busy: asked too often or during another job",
    7: "negative acknowledge: the device can not do this now",
    8: "memory parity error: the device's memory is damaged",
    10: "gateway path unavailable: the gateway is overloaded or set up wrongly",
    11: "gateway target did not respond: nothing answers behind the gateway",
}
"""Modbus exception codes in words (MODBUS Application Protocol 1.1b3, section 7)."""

GATEWAY_PATH, GATEWAY_TARGET = 10, 11
"""By these a gateway says that the device behind it does not answer."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One reply as it came: transaction and unit of its header, then function code and data."""

    transaction: int
    unit: int
    body: bytes


class BadReply(Exception):
    """The bytes are not the answer to what was asked; the connection can't be trusted any more."""


class Refused(Exception):
    """The device answered with a Modbus exception.

    Attributes:
        code: the exception code, 1 to 255.
    """

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(exception_words(code))


def exception_words(code: int) -> str:
    """`Modbus exception 2, illegal data address: …`; unknown codes are named by their number."""
    return f"Modbus exception {code}, {EXCEPTION_WORDS.get(code, 'not in the standard: see the manual of the device')}"


_framer = FramerSocket(DecodePDU(is_server=False))


def request_frame(table: RegisterTable, address: int, count: int, unit: int, transaction: int) -> bytes:
    """The bytes that ask for `count` registers or bits from `address`.

    Raises:
        ValueError: more than 125 registers or 2,000 bits, or an address beyond 65,535.
    """
    request = _REQUESTS[table](address=address, count=count, dev_id=unit, transaction_id=transaction)
    return _framer.buildFrame(request)


def next_frame(received: bytearray) -> Frame | None:
    """Take the first whole frame out of `received`; None when more bytes must come first.

    Raises:
        BadReply: the bytes are no Modbus/TCP header.
    """
    if len(received) < _HEADER.size:
        return None
    _, protocol, length, _ = _HEADER.unpack_from(received)
    if protocol != 0:
        raise BadReply(f"a reply that is not Modbus: protocol identifier {protocol} instead of 0")
    if not 3 <= length <= _LONGEST_FRAME:
        raise BadReply(f"a reply that is not Modbus: {length} bytes announced, 3 to {_LONGEST_FRAME} are possible")
    used, unit, transaction, body = _framer.decode(bytes(received))
    if not used:
        return None
    del received[:used]
    return Frame(transaction, unit, body)


def values_of(
    frame: Frame, table: RegisterTable, count: int, unit: int, transaction: int
) -> tuple[int, ...] | tuple[bool, ...]:
    """The registers (0 to 65,535) or bits of a reply that answers exactly this request.

    Raises:
        Refused: a Modbus exception.
        BadReply: another transaction, unit or function, or more or fewer values than asked.
    """
    if frame.transaction != transaction:
        raise BadReply(f"a reply to request {frame.transaction} while {transaction} was asked")
    if frame.unit != unit:
        raise BadReply(f"a reply of unit {frame.unit} while unit {unit} was asked")
    return data_of(frame.body, table, count)


def data_size(table: RegisterTable, count: int) -> int:
    """Bytes that `count` registers or bits take."""
    return (count + 7) // 8 if table in BIT_TABLES else 2 * count


def data_of(body: bytes, table: RegisterTable, count: int) -> tuple[int, ...] | tuple[bool, ...]:
    """The registers or bits of a reply's function code and data, the same in every kind of frame.

    Raises:
        Refused: a Modbus exception.
        BadReply: another function, or more or fewer values than asked.
    """
    function = FUNCTIONS[table]
    if body[0] == function | REFUSAL and len(body) == 2:
        raise Refused(body[1])
    if body[0] != function:
        raise BadReply(f"a reply of function {body[0]} while function {function} was asked")
    size = data_size(table, count)
    if len(body) != 2 + size or body[1] != size:
        raise BadReply(f"a reply of {len(body) - 2} data bytes ({body[1]} announced) while {size} were asked")
    if table in BIT_TABLES:
        return tuple(bool(body[2 + n // 8] >> n % 8 & 1) for n in range(count))
    return struct.unpack_from(f">{count}H", body, 2)
