"""Bench `modbus`: eight slaves at 1 s while one of them fails in every way, against a bare pymodbus loop.

Once with a port each, once as eight units behind one port, as a gateway to a serial line offers them, and once on a
serial line (`modbus_serial`), there against pymodbus, minimalmodbus and libmodbus.
The slaves, the agent's poller and the pymodbus loop run in a process each; slaves and faults are the same for both.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException
from unison_domain.stations.events import Quality
from unison_domain.stations.readings import Moment
from unison_station.devices.observation import Interpreter, Observation
from unison_station.devices.poller import Poller
from unison_station.platform.boot import boot_seconds

from tests.benchmarks import modbus_serial
from tests.benchmarks import modbus_slaves as shop
from tests.benchmarks.modbus_measures import BROKEN, POLL_SECONDS, Look, Times, Window, live_rate, process, recovery
from tests.benchmarks.report import result
from tests.station_agent.devices.slave import Fault

BENCH = "modbus"
PEER = "bare pymodbus 3.16.1 loop with convert_from_registers"
RECOVERY_SECONDS = shop.PROBE_SECONDS + 1.0
"""How long after the end of a fault everything may be read again."""

STAGGER_SECONDS = 0.37
"""How much longer each fault lasts than the one before, so that they end at different moments between two probes."""

Values = list[tuple[str, Any, float]]
"""Name of the tag, what was delivered for it, and when the reply came that bore it, by the monotonic clock."""


class Notebook:
    """What a poller delivered; judged after the run, so that judging costs it nothing."""

    def __init__(self) -> None:
        self._kept: list[tuple[float, int, float, Values]] = []

    def note(self, slave: int, values: Values) -> None:
        """Keep what was just delivered of a slave."""
        self._kept.append((time.monotonic(), slave, time.process_time(), values))

    def looks(self) -> list[Look]:
        """Every look with its wrong values counted; tells what was wrong."""
        for at, slave, _, values in self._kept:
            for name, value, came in values:
                if shop.is_wrong(slave, name, value, came):
                    held = shop.held(slave, name, came)
                    print(f"wrong at {at:.2f}: slave {slave}, {name} as {value}, is {held}", file=sys.stderr)
        return [
            Look(at, slave, len(values), sum(shop.is_wrong(slave, *value) for value in values), cpu)
            for at, slave, cpu, values in self._kept
        ]


def agent(places: list[shop.Place], control: Connection) -> None:
    """The agent's own poller, with quality on every value, until told to end."""
    configured = shop.agent_configuration(places)
    numbers = {device.id: number for number, device in enumerate(configured.devices)}
    interpreters = {device.id: Interpreter(device) for device in configured.devices}
    names = {tag.id: tag.name for device in configured.devices for tag in device.tags}
    believed = (Quality.GOOD, Quality.UNCERTAIN)
    notebook = Notebook()

    def deliver(observation: Observation) -> None:
        readings = interpreters[observation.device_id].readings(observation)
        ahead = time.monotonic() - boot_seconds()
        values = [
            (names[reading.tag_id], reading.value, ahead + reading.monotonic)
            for reading in readings
            if reading.quality in believed
        ]
        notebook.note(numbers[observation.device_id], values)

    async def run() -> None:
        poller = Poller(deliver, lambda: Moment(datetime.now(UTC), boot_seconds()))
        await poller.apply(configured)
        await asyncio.to_thread(control.recv)
        await poller.stop()

    asyncio.run(run())
    control.send(notebook.looks())


def bare_loop(places: list[shop.Place], control: Connection) -> None:
    """What one writes in an afternoon: read the two areas of each slave, convert, once a second."""
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    clients = {
        port: ModbusTcpClient("127.0.0.1", port=port, timeout=shop.TIMEOUT_SECONDS, retries=0)
        for port in {place.port for place in places}
    }
    kinds = {kind: ModbusTcpClient.DATATYPE[type_.name] for kind, type_ in shop.TYPES.items()}
    tags = [(name, int(name.split()[1]), kinds[name.split()[0]]) for name in shop.names()]
    areas = [(start, count, [tag for tag in tags if start <= tag[1] < start + count]) for start, count in shop.AREAS]
    notebook = Notebook()
    due = time.monotonic()
    while not control.poll(max(0.0, due - time.monotonic())):
        due += POLL_SECONDS
        for number, place in enumerate(places):
            client = clients[place.port]
            values: Values = []
            for start, count, inside in areas:
                try:
                    reply = client.read_holding_registers(start, count=count, device_id=place.unit)
                    if reply.isError():
                        continue
                    at = time.monotonic()
                    for name, address, kind in inside:
                        registers = reply.registers[address - start : address - start + kind.value[1]]
                        values.append((name, client.convert_from_registers(registers, kind), at))
                except (ModbusException, OSError):
                    continue
            notebook.note(number, values)
    control.send(notebook.looks())


def run_shop(
    gateway: bool, times: Times, faults: Sequence[Fault]
) -> tuple[Window, list[Window], list[Look], list[Look]]:
    """Both pollers through a calm time and then one fault after the other; what each saw."""
    calm_seconds, fault_seconds, rest_seconds = times
    with process(shop.serve, gateway) as slaves:
        places = slaves.recv()
        with process(agent, places) as ours, process(bare_loop, places) as theirs:
            time.sleep(2.0)
            calm = Window("none", time.monotonic(), time.monotonic() + calm_seconds)
            time.sleep(calm_seconds)
            windows = [
                break_one(slaves, fault, fault_seconds + number * STAGGER_SECONDS, rest_seconds)
                for number, fault in enumerate(faults)
            ]
            for poller in (ours, theirs):
                poller.send("end")
            seen = ours.recv(), theirs.recv()
        slaves.send(None)
    return calm, windows, *seen


def break_one(slaves: Connection, fault: Fault, fault_seconds: float, rest_seconds: float) -> Window:
    """One slave fails for a while and is left alone for a while."""
    slaves.send((BROKEN, fault))
    slaves.recv()
    begin = time.monotonic()
    time.sleep(fault_seconds)
    slaves.send((BROKEN, Fault.NONE))
    slaves.recv()
    end = time.monotonic()
    time.sleep(rest_seconds)
    return Window(fault, begin, end)


def cpu_per_value(looks: Sequence[Look], calm: Window) -> float:
    """Processor seconds per delivered value while all slaves answer.

    Of polling, converting and quality, which is what the bare loop does; what is durable costs what `outbox` measures.
    """
    inside = [look for look in looks if calm.begin <= look.at < calm.end]
    if len(inside) < 2:
        return float("inf")  # a machine that does too much else: nothing was measured
    return (inside[-1].cpu - inside[0].cpu) / sum(look.values for look in inside[1:])


def judged(gateway: bool, times: Times, faults: Sequence[Fault]) -> list[bool]:
    """Run one shop and tell its rows; whether each is reached."""
    calm, windows, ours, theirs = run_shop(gateway, times, faults)
    ends = [later.begin for _, later in pairwise(windows)] + [float("inf")]
    prefix = "gateway_" if gateway else ""
    wrong, their_wrong = (sum(look.wrong for look in looks) for looks in (ours, theirs))
    tags = len(shop.names())
    rate, their_rate = (min(live_rate(looks, window, tags) for window in windows) for looks in (ours, theirs))
    told = f"{PEER} delivered {their_wrong} wrong, kept {their_rate:.3f}"
    rows = [
        result(BENCH, f"{prefix}wrong_values", wrong, "values", peer=told, reach="0", ok=wrong == 0),
        result(BENCH, f"{prefix}live_rate", round(rate, 3), "share", reach=">= 0.95", ok=rate >= 0.95),
    ]
    for window, end in zip(windows, ends, strict=True):
        back = recovery(ours, window, end, tags)
        name, ok = f"{prefix}recovery_{window.fault}", back <= RECOVERY_SECONDS
        reach = f"<= probe {shop.PROBE_SECONDS:g} s + 1 s"
        rows.append(result(BENCH, name, round(back, 2), "s", reach=reach, ok=ok))
    if gateway:
        return rows
    cost, their_cost = (cpu_per_value(looks, calm) for looks in (ours, theirs))
    cost_row = result(
        BENCH,
        "cpu_per_value",
        round(cost * 1e6, 2),
        "us",
        peer=f"{PEER}: {their_cost * 1e6:.2f} us",
        ratio=round(cost / their_cost, 2),
        reach="ratio <= 1.5",
        ok=cost <= 1.5 * their_cost,
    )
    return [*rows, cost_row]


def main() -> int:
    """Run the bench; 1 when a row falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three faults, shorter")
    quick = parser.parse_args().quick
    units = (Fault.SILENT, Fault.LATE, Fault.SHORT, Fault.GARBLED, Fault.EXCEPTION)
    ports = (Fault.SILENT, Fault.SHORT, Fault.UNPLUGGED) if quick else (*units, Fault.UNPLUGGED)
    behind = (Fault.SILENT, Fault.EXCEPTION) if quick else units
    times = Times(3.0, 2.2, 3.1) if quick else Times(15.0, 5.0, 5.0)
    rows = judged(False, times, ports) + judged(True, times, behind) + modbus_serial.judged(quick)
    return 0 if all(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
