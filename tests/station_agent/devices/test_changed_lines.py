"""Serial lines whose configuration changes while a slave still owes an answer: what it was asked before is no value."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from unison_domain.stations.configuration import AgentConfiguration, DeviceConfiguration, SignalRole
from unison_domain.stations.events import Counted, Event, Quality
from unison_domain.stations.readings import Moment, Reading
from unison_station.devices.modbus_bus import ModbusBus
from unison_station.devices.observation import Interpreter
from unison_station.engine.derivation import Derivation
from unison_station.platform.boot import boot_seconds

from tests.station_agent.configurations import MACHINE, configuration, tag
from tests.station_agent.devices.serial_line import Line, serial_server
from tests.station_agent.devices.test_modbus_line import Watch, watching

LATE = 0.15
"""What the slave takes to answer; longer than a line was once listened to before it was used."""
TIMEOUT = 0.5


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """Slaves whose register `a` holds 1000·unit + a; the first one is slow."""
    with Line(tmp_path) as line:
        line.disturb(1, "late", delay=LATE)
        yield line


@asynccontextmanager
async def place_of(line: Line, driver: str) -> AsyncIterator[dict[str, Any]]:
    """How a device of the line is reached."""
    if driver == "modbus_rtu":
        yield {}
        return
    async with serial_server(line) as server:
        line_fields = dict.fromkeys(("serial_port", "baud_rate", "parity"))
        yield {**line_fields, "driver": driver, "host": "127.0.0.1", "port": server.port}


def slow(line: Line, *addresses: int, **more: Any) -> DeviceConfiguration:
    """The slow slave; its tags keep their names wherever they are."""
    tags = (tag("unit 1", f"t{number}", at, poll_seconds=0.2) for number, at in enumerate(addresses))
    return line.device(1, *tags, **{"timeout_seconds": TIMEOUT, **more})


async def until_asked(watch: Watch, line: Line) -> None:
    """Wait until the slave answered twice and is being asked again."""
    await watch.until(lambda: len(watch.seen) >= 2)
    asked = len(line.requests)
    await watch.until(lambda: len(line.requests) > asked)


async def demand_right(watch: Watch, device: DeviceConfiguration) -> None:
    """From now on every value is that of its register; the first ones are in doubt, then they are good."""
    right = {one.id: 1000 + one.address for one in device.tags}
    interpreter, seen, readings = Interpreter(device), len(watch.seen), list[Reading]()

    def read() -> list[Reading]:
        nonlocal seen
        fresh = watch.seen[seen:]
        seen += len(fresh)
        readings.extend(reading for _, _, look in fresh for reading in interpreter.readings(look))
        return readings

    await watch.until(lambda: sum(reading.is_good for reading in read()) >= 2 * len(right))
    for reading in readings:
        assert reading.value in (None, right[reading.tag_id]), reading
    told = [reading for reading in readings if reading.value is not None]
    assert told[0].quality is Quality.UNCERTAIN, "it could be the answer to what was asked before"


@pytest.mark.parametrize("driver", ["modbus_rtu", "modbus_rtu_tcp"])
@pytest.mark.parametrize(
    ("before", "after", "more"),
    [((100,), (200,), {}), ((0, 100, 200), (50, 150, 250), {"max_gap": 0})],
    ids=["one", "three of equal length"],
)
def test_a_moved_tag_never_gets_the_value_of_its_old_register(
    line: Line, before: tuple[int, ...], after: tuple[int, ...], more: dict[str, int], driver: str
) -> None:
    async def body() -> None:
        async with (
            place_of(line, driver) as place,
            watching(slow(line, *before, **place, **more)) as watch,
        ):
            await until_asked(watch, line)
            moved = slow(line, *after, **place, **more)
            await watch.apply(configuration(moved, version=2))
            await demand_right(watch, moved)

    asyncio.run(body())


def test_nor_where_the_line_is_set_anew(line: Line) -> None:
    """The port is opened with other stop bits, and the reply that comes then can be read all the same."""

    async def body() -> None:
        async with watching(slow(line, 100)) as watch:
            await until_asked(watch, line)
            moved = slow(line, 200, stop_bits=2)
            await watch.apply(configuration(moved, version=2))
            await demand_right(watch, moved)

    asyncio.run(body())


def test_nor_after_the_line_was_let_go(line: Line) -> None:
    """As while the disk refuses, or when a device is put away and taken back."""

    async def body() -> None:
        async with watching(slow(line, 100)) as watch:
            await until_asked(watch, line)
            await watch.apply(configuration(version=2))
            moved = slow(line, 200)
            await watch.apply(configuration(moved, version=3))
            await demand_right(watch, moved)

    asyncio.run(body())


def test_nor_does_an_agent_that_is_started_anew_believe_it(line: Line) -> None:
    async def body() -> None:
        async with watching(slow(line, 100)) as watch:
            await until_asked(watch, line)
        moved = slow(line, 200)
        async with watching(moved) as watch:
            await demand_right(watch, moved)

    asyncio.run(body())


def test_a_moved_counter_counts_nothing_of_the_difference(line: Line) -> None:
    def now() -> Moment:
        return Moment(datetime.now(UTC), boot_seconds())

    def counting(address: int, version: int) -> AgentConfiguration:
        good = tag("unit 1", "good", address, role=SignalRole.COUNT_GOOD, machine_id=MACHINE, poll_seconds=0.2)
        return configuration(line.device(1, good, timeout_seconds=TIMEOUT), version=version)

    first, second = counting(100, 1), counting(130, 2)

    async def body() -> None:
        derivation, events = Derivation(first, {}, now()), list[Event]()
        async with watching(*first.devices) as watch:
            await until_asked(watch, line)
            await watch.apply(second)
            seen = len(watch.seen)
            for _, _, look in watch.seen:
                events += derivation.step([look], now()).events
            derivation.apply(second, now())
            await watch.until(lambda: len(watch.seen) >= seen + 4)
            for _, _, look in watch.seen[seen:]:
                events += derivation.step([look], now()).events
        assert not [event for event in events if isinstance(event, Counted) and event.delta]

    asyncio.run(body())


def test_a_line_goes_on_with_its_port_and_what_it_knows(line: Line) -> None:
    line.mend(1)

    async def body() -> None:
        async with watching(slow(line, 100)) as watch:
            await watch.until(lambda: len(watch.seen) >= 2)
            (before,) = watch.poller.lines
            bus = before.connection
            assert isinstance(bus, ModbusBus)
            await watch.apply(configuration(slow(line, 200), version=2))
            (after,) = watch.poller.lines
            assert after is not before
            assert after.connection is bus
            assert bus.is_open
            assert bus.longest_reply > 0
            await watch.apply(configuration(version=3))
            assert not bus.is_open

    asyncio.run(body())
