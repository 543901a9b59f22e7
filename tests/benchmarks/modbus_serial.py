"""Rows of bench `modbus` for a serial line: eight slaves on one bus while one of them fails in every way.

The agent's poller, pymodbus, minimalmodbus and libmodbus each have a line of their own, with the same slaves, the same
pace (11 bits a byte) and the same faults at the same time. A second poller may not read registers along, so that its
blocks are of equal length as the others' are. Before the faults the slave is busy once, and answers later than it is
waited for.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from unison_domain.stations.events import Quality
from unison_domain.stations.readings import Moment
from unison_station.devices.observation import Interpreter, Observation
from unison_station.devices.poller import Poller
from unison_station.platform.boot import boot_seconds

from tests.benchmarks import modbus_serial_shop as shop
from tests.benchmarks.modbus_measures import (
    BROKEN,
    SLAVES,
    Look,
    Times,
    Window,
    good_share,
    live_rate,
    process,
    recovery,
)
from tests.benchmarks.modbus_serial_counter import ClockCounter
from tests.benchmarks.modbus_serial_peers import PEERS, has_libmodbus, poll
from tests.benchmarks.modbus_slaves import TIMEOUT_SECONDS
from tests.benchmarks.report import result

BENCH = "modbus"
OURS, OURS_ALIKE = "unison", "unison_alike"
"""The second reads blocks of equal length."""
FAULTS = ("silent", "late", "short", "garbled")
RECOVERY_SECONDS = 3.0
STAGGER_SECONDS = 0.37
"""How much longer each fault lasts than the one before, so that they end at different moments between two probes."""


def agent(line: str, max_gap: int | None, control: Connection) -> None:
    """The agent's own poller, with quality on every value; says when it has begun, and goes on until told to end."""
    configured = shop.agent_configuration(line, max_gap)
    numbers = {device.id: number for number, device in enumerate(configured.devices)}
    interpreters = {device.id: Interpreter(device) for device in configured.devices}
    addresses = {tag.id: tag.address for device in configured.devices for tag in device.tags}
    clocks = {device.id: next(tag for tag in device.tags if tag.address == shop.CLOCK) for device in configured.devices}
    counters = {clock.id: ClockCounter(clock) for clock in clocks.values()}
    looks: list[Look] = []

    def deliver(observation: Observation) -> None:
        number, now, ago = numbers[observation.device_id], time.monotonic(), boot_seconds()
        values = wrong = doubted = 0
        for reading in interpreters[observation.device_id].readings(observation):
            if reading.tag_id in counters:
                counters[reading.tag_id].see(reading)
            if reading.quality in (Quality.GOOD, Quality.UNCERTAIN) and isinstance(reading.value, int):
                values += 1
                doubted += reading.quality is Quality.UNCERTAIN
                at = now - (ago - reading.monotonic)
                wrong += shop.is_wrong(number, addresses[reading.tag_id], reading.value, at)
        looks.append(Look(now, number, values, wrong, 0.0, doubted))
        if len(looks) == SLAVES:
            control.send("begun")

    async def run() -> None:
        poller = Poller(deliver, lambda: Moment(datetime.now(UTC), boot_seconds()))
        await poller.apply(configured)
        await asyncio.to_thread(control.recv)
        await poller.stop()

    asyncio.run(run())
    control.send((looks, sum(counter.is_wrong for counter in counters.values())))


class Ran(NamedTuple):
    """What happened.

    Attributes:
        calm_until: all was well until then, seconds of the machine's monotonic clock.
        windows: the faults. seen: the looks of each program. miscounted: our wrong counters.
        met: the fewest requests of any line that met a fault, by fault.
    """

    calm_until: float
    windows: list[Window]
    seen: dict[str, list[Look]]
    miscounted: int
    met: dict[str, int]


def run_lines(peers: Sequence[str], times: Times) -> Ran:
    """All programs through a calm time and then one fault after the other."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        lines = {name: str(Path(folder) / name) for name in (OURS, OURS_ALIKE, *peers)}
        slaves = stack.enter_context(process(shop.serve, list(lines.values())))
        slaves.recv()
        running = {name: stack.enter_context(process(poll, name, lines[name])) for name in peers}
        for name, max_gap in ((OURS, None), (OURS_ALIKE, 0)):
            running[name] = stack.enter_context(process(agent, lines[name], max_gap))
        for program in running.values():
            program.recv()
        calm_until = time.monotonic()
        _tell(slaves, shop.BUSY)
        time.sleep(times.calm)
        windows, met = [], {}
        for number, fault in enumerate(FAULTS):
            _tell(slaves, fault)
            begin = time.monotonic()
            time.sleep(times.fault + number * STAGGER_SECONDS)
            met[fault] = min(_tell(slaves, None))
            windows.append(Window(fault, begin, time.monotonic()))
            time.sleep(times.rest)
        for program in running.values():
            program.send("end")
        seen = {name: running[name].recv() for name in peers}
        miscounted = 0
        for name in (OURS, OURS_ALIKE):
            seen[name], wrong = running[name].recv()
            miscounted += wrong
        slaves.send(None)
    return Ran(calm_until, windows, seen, miscounted, met)


def _tell(slaves: Connection, fault: str | None) -> list[int]:
    """From now on this fault, or none; how many requests of each line met the one before."""
    slaves.send((BROKEN, fault))
    met: list[int] = slaves.recv()
    return met


def judged(quick: bool) -> list[bool]:
    """Run all programs and tell the rows; whether each is reached. Wrong values and recovery are of both of ours."""
    has_all = has_libmodbus()
    peers = [name for name in PEERS if has_all or not name.startswith("libmodbus")]
    times = Times(4.0, 3.0, 3.2) if quick else Times(5.0, 6.0, 4.0)
    calm_until, windows, seen, miscounted, met = run_lines(peers, times)
    absent = "" if has_all else "; libmodbus is not installed (Debian package libmodbus5)"
    tags = len(shop.ADDRESSES)

    def row(name: str, value: float, unit: str, figures: dict[str, str], reach: str, *, ok: bool) -> bool:
        peer = ", ".join(f"{peer} {figures[peer]}" for peer in peers) + absent
        return result(BENCH, f"serial_{name}", value, unit, peer=peer, reach=reach, ok=ok)

    wrong = {name: sum(look.wrong for look in looks) for name, looks in seen.items()}
    rates = {name: min(live_rate(looks, window, tags) for window in windows) for name, looks in seen.items()}
    delivered = {name: sum(look.values for look in looks) for name, looks in seen.items()}
    told, rate = {name: f"{wrong[name]} of {delivered[name]}" for name in peers}, rates[OURS]
    calm = {
        name: {one.slave for one in looks if one.values == tags and one.at < calm_until} for name, looks in seen.items()
    }
    whole = [name for name, slaves in calm.items() if len(slaves) == SLAVES]
    silent = windows[FAULTS.index("silent")]
    spoke = [look for looks in seen.values() for look in looks if look.slave == BROKEN and look.values]
    spoke = [look for look in spoke if silent.begin + TIMEOUT_SECONDS < look.at < silent.end]
    good, fewest = good_share(seen[OURS]), min(met, key=lambda fault: met[fault])
    rows = [
        result(BENCH, "serial_peers", len(peers), "programs", reach=f"{len(PEERS)}{absent}", ok=has_all),
        result(
            BENCH,
            "serial_read_all_while_calm",
            len(whole),
            "programs",
            reach=f"{len(seen)}: all",
            ok=len(whole) == len(seen),
        ),
        result(
            BENCH,
            "serial_fewest_requests_met_a_fault",
            met[fewest],
            f"requests ({fewest})",
            reach="> 0",
            ok=met[fewest] > 0,
        ),
        result(
            BENCH, "serial_values_of_the_silent", sum(look.values for look in spoke), "values", reach="0", ok=not spoke
        ),
        row("wrong_values", wrong[OURS], "values", told, "0", ok=wrong[OURS] == 0),
        row("wrong_values_equal_lengths", wrong[OURS_ALIKE], "values", told, "0", ok=wrong[OURS_ALIKE] == 0),
        result(BENCH, "serial_wrong_counters", miscounted, "counters", reach="0", ok=miscounted == 0),
    ]
    shares = {name: f"{rates[name]:.3f}" for name in peers}
    rows.append(row("live_rate", round(rate, 3), "share", shares, ">= 0.9", ok=rate >= 0.9))
    rows.append(result(BENCH, "serial_good_among_live", round(good, 3), "share", reach=">= 0.9", ok=good >= 0.9))
    # A slave that owes an answer is given its time twice before blocks of one length are asked again: the price of
    # being set to read nothing along.
    row("live_rate_equal_lengths", round(rates[OURS_ALIKE], 3), "share", shares, "information", ok=True)
    ends = [later.begin for _, later in pairwise(windows)] + [float("inf")]
    for window, end in zip(windows, ends, strict=True):
        back = {name: recovery(looks, window, end, tags) for name, looks in seen.items()}
        ours, figures = max(back[OURS], back[OURS_ALIKE]), {name: f"{back[name]:.2f} s" for name in peers}
        reach, name = f"<= {RECOVERY_SECONDS:g} s", f"recovery_{window.fault}"
        rows.append(row(name, round(ours, 2), "s", figures, reach, ok=ours <= RECOVERY_SECONDS))
    return rows
