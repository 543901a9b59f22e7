"""Other Modbus RTU programs on a serial line, each as one writes a poller with it in an afternoon."""

from __future__ import annotations

import ctypes
import logging
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection

import minimalmodbus  # type: ignore[import-untyped] # it has no types
from pymodbus.client import ModbusSerialClient
from pymodbus.exceptions import ModbusException

from tests.benchmarks.modbus_measures import POLL_SECONDS, SLAVES, Look
from tests.benchmarks.modbus_serial_shop import AREAS, BAUD_RATE, is_wrong
from tests.benchmarks.modbus_slaves import TIMEOUT_SECONDS

_LIBMODBUS = "libmodbus.so.5"
"""Of the Debian package libmodbus5, which comes with mbpoll."""

_RECOVERY_OF_PROTOCOL = 4

Read = Callable[[int, int, int], list[int]]
"""(unit, first register, how many) → registers; raises OSError when the library says that something failed."""


def has_libmodbus() -> bool:
    """Whether libmodbus is installed."""
    try:
        ctypes.CDLL(_LIBMODBUS)
    except OSError:
        return False
    return True


def pymodbus(line: str) -> Read:
    """pymodbus's blocking client."""
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    client = ModbusSerialClient(line, baudrate=BAUD_RATE, parity="N", timeout=TIMEOUT_SECONDS, retries=0)

    def read(unit: int, start: int, count: int) -> list[int]:
        try:
            reply = client.read_holding_registers(start, count=count, device_id=unit)
        except ModbusException as error:
            raise OSError(str(error)) from error
        if reply.isError():
            raise OSError("refused")
        return list(reply.registers)

    return read


def minimal(line: str) -> Read:
    """minimalmodbus; all its instruments share the port, as it wants."""
    instruments = {unit: minimalmodbus.Instrument(line, unit) for unit in range(1, SLAVES + 1)}
    for instrument in instruments.values():
        instrument.serial.baudrate = BAUD_RATE
        instrument.serial.timeout = TIMEOUT_SECONDS

    def read(unit: int, start: int, count: int) -> list[int]:
        try:
            return list(instruments[unit].read_registers(start, count))
        except ValueError as error:
            raise OSError(str(error)) from error

    return read


def libmodbus(line: str, *, recovers: bool = False) -> Read:
    """libmodbus, through the functions its own examples use.

    Args:
        recovers: with its error recovery, which waits out the time of a reply and drops what came; by default it has
            none, and a late reply shifts all that follow.
    """
    library = ctypes.CDLL(_LIBMODBUS, use_errno=True)
    library.modbus_new_rtu.restype = ctypes.c_void_p
    library.modbus_new_rtu.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_char, ctypes.c_int, ctypes.c_int]
    context = ctypes.c_void_p(library.modbus_new_rtu(line.encode(), BAUD_RATE, b"N", 8, 1))
    library.modbus_set_response_timeout(context, 0, int(TIMEOUT_SECONDS * 1e6))
    if recovers:
        library.modbus_set_error_recovery(context, _RECOVERY_OF_PROTOCOL)
    if library.modbus_connect(context) != 0:
        raise OSError(ctypes.get_errno(), "libmodbus can't open the line")
    registers = (ctypes.c_uint16 * 125)()

    def read(unit: int, start: int, count: int) -> list[int]:
        library.modbus_set_slave(context, unit)
        if library.modbus_read_registers(context, start, count, registers) != count:
            raise OSError(ctypes.get_errno(), "libmodbus refused")
        return registers[:count]

    return read


PEERS: dict[str, Callable[[str], Read]] = {
    "pymodbus": pymodbus,
    "minimalmodbus": minimal,
    "libmodbus": libmodbus,
    "libmodbus with error recovery": partial(libmodbus, recovers=True),
}


def poll(name: str, line: str, control: Connection) -> None:
    """Read both areas of every slave once a second, say when the first round is over, and send what was seen at the
    end."""
    read = PEERS[name](line)
    looks: list[Look] = []
    due = time.monotonic()
    while not control.poll(max(0.0, due - time.monotonic())):
        due += POLL_SECONDS
        for number in range(SLAVES):
            values = wrong = 0
            for start, count in AREAS:
                try:
                    registers = read(number + 1, start, count)
                except OSError:
                    continue
                at = time.monotonic()
                values += count
                named = zip(range(start, start + count), registers, strict=False)
                wrong += sum(is_wrong(number, address, value, at) for address, value in named)
            looks.append(Look(time.monotonic(), number, values, wrong, 0.0))
        if len(looks) == SLAVES:
            control.send("begun")
    control.send(looks)
