"""Eight slaves in a process of their own, with registers that betray a wrong value."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import Any

from unison_domain.stations.configuration import AgentConfiguration, ValueType

from tests.station_agent.configurations import configuration, device, tag
from tests.station_agent.devices.slave import Fault, Read, Slave, milliseconds

SLAVES = 8
POLL_SECONDS = 1.0
TIMEOUT_SECONDS = 0.2
LATE_SECONDS = 0.3
"""A late reply comes while a next request may be out."""

ALLOWANCE_SECONDS = 0.05
"""How much older than the time-out a value may be, for a busy machine; still younger than a late reply."""

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


def agent_configuration(ports: Sequence[int]) -> AgentConfiguration:
    """The slaves as an agent is told of them."""
    devices = []
    for number, port in enumerate(ports):
        tags = [
            tag(f"{number}", name, int(name.split()[1]), type=TYPES[name.split()[0]], poll_seconds=POLL_SECONDS)
            for name in names()
        ]
        devices.append(device(f"{number}", port, *tags, timeout_seconds=TIMEOUT_SECONDS, probe_seconds=2.0))
    return configuration(*devices)


def serve(control: Connection) -> None:
    """Body of the process: sends the ports, then does what it is told (`(slave, fault)`) until told None."""
    with ExitStack() as stack:
        slaves = [stack.enter_context(Slave(_registers_of(number))) for number in range(SLAVES)]
        for slave in slaves:
            slave.late_seconds = LATE_SECONDS
        control.send([slave.port for slave in slaves])
        while (order := control.recv()) is not None:
            number, fault = order
            slaves[number].break_with(Fault(fault))
            control.send("done")


def _registers_of(slave: int) -> Read:
    return lambda _unit, _function, address: register(slave, address)
