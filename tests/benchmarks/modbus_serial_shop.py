"""Serial lines with eight slaves each, the same on every line, in one process; registers betray a wrong value."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from unison_domain.stations.configuration import AgentConfiguration, RegisterTable, SignalRole
from unison_station.simulate.serial_bus import SerialBus
from unison_station.simulate.slave import Delivery, Disturbance, Frame, SerialFrame

from tests.benchmarks.modbus_measures import POLL_SECONDS, SLAVES
from tests.benchmarks.modbus_serial_counter import MAX_RATE
from tests.benchmarks.modbus_slaves import ALLOWANCE_SECONDS, LATE_SECONDS, PROBE_SECONDS, TIMEOUT_SECONDS, register
from tests.station_agent.configurations import MACHINE, configuration, device, tag
from tests.station_agent.devices.serial_line import OrderlySlave, Registers

BAUD_RATE = 38_400
AREAS = ((0, 12), (100, 12))
"""First address and number of registers: two blocks of equal length, as one cuts them by hand."""

BUSY = "busy"
BUSY_SECONDS = POLL_SECONDS + TIMEOUT_SECONDS / 2
"""How long a busy slave lets its next request wait: until it is asked the next thing; it answers both, in order."""

CLOCK = 0
"""Address of the register that holds the milliseconds at which it was read; the agent counts it besides."""

ADDRESSES = tuple(address for start, count in AREAS for address in range(start, start + count))


def is_wrong(slave: int, address: int, value: int, received_at: float) -> bool:
    """Whether a delivered register isn't what the slave holds there, or is older than the time-out allows.

    `received_at` is in seconds of the machine's monotonic clock.
    """
    if address == CLOCK:
        return (int(received_at * 1000) - value) & 0xFFFF > (TIMEOUT_SECONDS + ALLOWANCE_SECONDS) * 1000
    return value != register(slave, address)


def agent_configuration(line: str, max_gap: int | None) -> AgentConfiguration:
    """The slaves as an agent is told of them; without a gap to read along, their blocks stay of equal length."""
    place = {"host": None, "driver": "modbus_rtu", "serial_port": line, "baud_rate": BAUD_RATE, "parity": "none"}
    limits = {"timeout_seconds": TIMEOUT_SECONDS, "probe_seconds": PROBE_SECONDS}
    if max_gap is not None:
        limits["max_gap"] = max_gap
    devices = []
    for number in range(SLAVES):
        counts = {"role": SignalRole.COUNT_GOOD, "machine_id": MACHINE, "max_rate": MAX_RATE}
        tags = (
            tag(f"{number}", str(address), address, poll_seconds=POLL_SECONDS, **(counts if address == CLOCK else {}))
            for address in ADDRESSES
        )
        devices.append(device(f"{number}", None, *tags, unit_id=number + 1, **place, **limits))
    return configuration(*devices)


class Failing(OrderlySlave):
    """A slave of the bench.

    Attributes:
        failed: so many requests it answered as its disturbance wants.
    """

    failed = 0

    def answer(self, request: Frame | SerialFrame) -> Delivery | None:
        """As it always does."""
        self.failed += self.disturbance is not None
        return super().answer(request)


def serve(lines: Sequence[str], control: Connection) -> None:
    """Body of the process: does what it is told (`(slave, fault)`, None for none) until told None.

    It answers with how many requests of each line met the fault before.
    """
    with suppress(PermissionError):
        os.nice(-15)  # a real line is as fast as it is, whatever the processors do
    asyncio.run(_serve([SerialBus(Path(line), BAUD_RATE, lambda _unit: None) for line in lines], control))


async def _serve(buses: Sequence[SerialBus], control: Connection) -> None:
    for bus in buses:
        for number in range(SLAVES):
            registers = Registers(partial(register, number))
            bus.slaves[number + 1] = Failing({RegisterTable.HOLDING_REGISTER: registers})
        await bus.plug()
    control.send("ready")
    while (order := await asyncio.to_thread(control.recv)) is not None:
        number, fault = order
        met = []
        for bus in buses:
            slave = bus.slaves[number + 1]
            assert isinstance(slave, Failing)
            met.append(slave.failed)
            slave.failed = 0
            if fault == BUSY:
                slave.pause_seconds = BUSY_SECONDS
                continue
            slave.disturbance = Disturbance(fault, LATE_SECONDS) if fault else None
        control.send(met)
    for bus in buses:
        await bus.unplug()
