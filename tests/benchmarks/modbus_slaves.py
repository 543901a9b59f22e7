"""Eight slaves in a process of their own, on a port each or behind one gateway; registers betray a wrong value."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from unison_domain.stations.configuration import AgentConfiguration, ValueType

from tests.benchmarks.modbus_measures import POLL_SECONDS, SLAVES
from tests.station_agent.configurations import configuration, device, tag
from tests.station_agent.devices.slave import Fault, Slave, milliseconds

TIMEOUT_SECONDS = 0.2
PROBE_SECONDS = 2.0
LATE_SECONDS = 0.3
"""A late reply comes while a next request may be out."""

ALLOWANCE_SECONDS = 0.05
"""How much older than the time-out a value may be, for a busy machine; still younger than a late reply."""

DEVICE_FAILURE, GATEWAY_TARGET = 4, 11
"""The exception of a slave, and the one by which a gateway says that the unit behind it does not answer."""

CLOCK = 0
"""Address of the register that holds the milliseconds at which it was read."""

WORDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 100, 101, 102]
PAIRS = [20, 22, 24, 26, 30, 32, 34, 110, 112, 114]
FLOATS = [40, 42, 44, 46, 48, 50, 52, 54, 120, 122, 124, 126, 128]
"""40 values in two areas with holes: the clock, 16 words, 10 double words, 13 floats."""


AREAS = [(0, 56), (100, 30)]
"""First address and number of registers of the two areas."""

TYPES = {
    "clock": ValueType.UINT16,
    "word": ValueType.UINT16,
    "pair": ValueType.UINT32,
    "float": ValueType.FLOAT32,
}


def register(slave: int, address: int) -> int:
    """What stands at an address: differs for every slave and address, so a misplaced register shows."""
    return milliseconds() if address == CLOCK else (slave * 4099 + address * 31 + 7) & 0x3FFF


def held(slave: int, name: str, at: float) -> int:
    """What the first register of a tag held at a moment."""
    kind, _, address = name.partition(" ")
    return int(at * 1000) & 0xFFFF if kind == "clock" else register(slave, int(address))


def is_wrong(slave: int, name: str, value: Any, received_at: float) -> bool:
    """Whether a delivered value isn't what the slave holds, or is older than the time-out allows.

    `received_at` is in seconds of the machine's monotonic clock.
    """
    kind, _, at = name.partition(" ")
    address = int(at)
    if not isinstance(value, int | float):
        return True
    if kind == "clock":
        age = (int(received_at * 1000) - int(value)) & 0xFFFF
        return age > (TIMEOUT_SECONDS + ALLOWANCE_SECONDS) * 1000
    high = register(slave, address)
    if kind == "word":
        return value != high
    both = high << 16 | register(slave, address + 1)
    return bool(value != (both if kind == "pair" else struct.unpack(">f", both.to_bytes(4, "big"))[0]))


def names() -> list[str]:
    """The tags of every slave: kind and address."""
    words = ["clock 0", *(f"word {a}" for a in WORDS)]
    return words + [f"pair {a}" for a in PAIRS] + [f"float {a}" for a in FLOATS]


class Place(NamedTuple):
    """Where a slave is asked."""

    port: int
    unit: int


def agent_configuration(places: Sequence[Place]) -> AgentConfiguration:
    """The slaves as an agent is told of them."""
    devices = []
    for number, place in enumerate(places):
        tags = [
            tag(f"{number}", name, int(name.split()[1]), type=TYPES[name.split()[0]], poll_seconds=POLL_SECONDS)
            for name in names()
        ]
        limits = {"timeout_seconds": TIMEOUT_SECONDS, "probe_seconds": PROBE_SECONDS}
        devices.append(device(f"{number}", place.port, *tags, unit_id=place.unit, **limits))
    return configuration(*devices)


def serve(gateway: bool, control: Connection) -> None:
    """Body of the process: sends the places, then does what it is told (`(slave, fault)`) until told None.

    Args:
        gateway: all slaves are units of one port instead of having a port each.
    """
    with ExitStack() as stack:
        firsts = [0] if gateway else range(SLAVES)
        ports = [stack.enter_context(Slave(partial(_read, first))) for first in firsts]
        for port in ports:
            port.late_seconds = LATE_SECONDS
            port.exception_code = GATEWAY_TARGET if gateway else DEVICE_FAILURE
        if gateway:
            places = [Place(ports[0].port, unit) for unit in range(1, SLAVES + 1)]
        else:
            places = [Place(port.port, 1) for port in ports]
        control.send(places)
        while (order := control.recv()) is not None:
            number, fault = order
            ports[0 if gateway else number].break_with(Fault(fault), {places[number].unit})
            control.send("done")


def _read(first: int, unit: int, _function: int, address: int) -> int:
    """`first`: the slave that is unit 1."""
    return register(first + unit - 1, address)
