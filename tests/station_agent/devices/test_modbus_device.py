"""One device: its plan learns, its silence is noticed, its first answers afterwards are doubted."""

import asyncio
from datetime import UTC, datetime

import pytest
from unison_domain.stations.events import Quality
from unison_domain.stations.readings import Moment, Reading
from unison_station.devices.modbus_connection import ModbusConnection
from unison_station.devices.modbus_device import ModbusDevice
from unison_station.devices.observation import Interpreter, Observation, problems_of
from unison_station.platform.boot import boot_seconds

from tests.station_agent.configurations import device, tag
from tests.station_agent.devices.slave import Fault, Slave


def now() -> Moment:
    return Moment(datetime.now(UTC), boot_seconds())


class Bench:
    """A device on a slave, polled by hand."""

    def __init__(self, slave: Slave, *addresses: int, **more: object) -> None:
        self.slave = slave
        self.configuration = device(
            "press", slave.port, *(tag("press", f"t{address}", address) for address in addresses), **more
        )
        self.names = {t.id: t.name for t in self.configuration.tags}
        self.interpreter = Interpreter(self.configuration)

    async def __aenter__(self) -> "Bench":
        self.connection = ModbusConnection("127.0.0.1", self.slave.port)
        self.device = ModbusDevice(self.configuration, self.connection, now)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.connection.close()

    async def poll(self) -> dict[str, Reading]:
        self.seen = await self.device.poll(0.1)
        return self.read(self.seen)

    async def probe(self) -> dict[str, Reading]:
        self.seen = await self.device.probe()
        return self.read(self.seen)

    async def until_online(self) -> dict[str, Reading]:
        """Probe until the device answers; what it answered first."""
        async with asyncio.timeout(5):
            probed = await self.probe()
            while self.seen.is_offline:
                await asyncio.sleep(0.02)
                probed = await self.probe()
            return probed

    def read(self, seen: Observation) -> dict[str, Reading]:
        readings = self.interpreter.readings(seen)
        named = {self.names[reading.tag_id]: reading for reading in readings}
        assert len(named) == len(readings)
        return named


def test_every_tag_is_read_in_few_requests(slave: Slave) -> None:
    async def body() -> None:
        async with Bench(slave, 1, 2, 10, 300) as bench:
            readings = await bench.poll()
            assert {name: reading.value for name, reading in readings.items()} == {
                "t1": 1001,
                "t2": 1002,
                "t10": 1010,
                "t300": 1300,
            }
            assert all(reading.quality is Quality.GOOD for reading in readings.values())
            assert len(slave.requests) == 2

    asyncio.run(body())


def test_a_hole_is_found_once_and_remembered(slave: Slave) -> None:
    slave.holes = {5, 6}

    async def body() -> None:
        async with Bench(slave, 1, 2, 3, 8, 9) as bench:
            readings = await bench.poll()
            assert {reading.quality for reading in readings.values()} == {Quality.GOOD}
            assert len(readings) == 5
            asked = len(slave.requests)
            await bench.poll()
            assert len(slave.requests) == asked + 2

    asyncio.run(body())


def test_a_refused_tag_is_told_with_its_exception_and_comes_back(slave: Slave) -> None:
    slave.holes = {2}

    async def body() -> None:
        async with Bench(slave, 1, 2, 3, probe_seconds=0.1) as bench:
            for _ in range(2):
                readings = await bench.poll()
                assert readings["t1"].value == 1001
                assert readings["t3"].value == 1003
                assert readings["t2"].quality is Quality.BAD
                problem = problems_of(bench.seen, list(readings.values()))[readings["t2"].tag_id]
                assert problem is not None
                assert problem.exception == 2
                assert "illegal data address" in problem.message
            slave.holes = set()
            async with asyncio.timeout(5):
                while readings["t2"].value != 1002:
                    readings = await bench.poll()
            slave.requests.clear()
            await bench.poll()
            assert len(slave.requests) == 1

    asyncio.run(body())


def test_a_device_with_a_small_limit_is_learnt(slave: Slave) -> None:
    slave.most_registers = 10

    async def body() -> None:
        async with Bench(slave, *range(40)) as bench:
            for _ in range(3):
                await bench.poll()
            slave.requests.clear()
            readings = await bench.poll()
            assert all(readings[f"t{n}"].value == 1000 + n for n in range(40))
            assert all(count <= 10 for *_, count in slave.requests)

    asyncio.run(body())


@pytest.mark.parametrize("fault", sorted(set(Fault) - {Fault.NONE, Fault.EXCEPTION, Fault.TWICE}))
def test_silence_makes_values_stale_then_the_device_off_line_then_doubted(slave: Slave, fault: Fault) -> None:
    async def body() -> None:
        async with Bench(slave, 1, 100) as bench:
            await bench.poll()
            slave.break_with(fault)
            for expected in (False, True):
                readings = await bench.poll()
                assert {reading.value for reading in readings.values()} == {None}
                if fault is not Fault.GARBLED:
                    assert {reading.quality for reading in readings.values()} == {Quality.STALE}
                    assert bench.device.is_offline is expected
            if fault is Fault.GARBLED:
                return
            assert (await bench.probe()).keys() == {"t1", "t100"}
            assert bench.seen.is_offline
            slave.mend()
            probed = await bench.until_online()
            assert {reading.quality for reading in probed.values()} == {Quality.UNCERTAIN}
            first = await bench.poll()
            assert sorted(reading.quality for reading in first.values()) == [Quality.GOOD, Quality.UNCERTAIN]
            again = await bench.poll()
            assert {reading.quality for reading in again.values()} == {Quality.GOOD}

    asyncio.run(body())


def test_a_request_that_is_never_answered_does_not_take_the_others_with_it(slave: Slave) -> None:
    """Some controllers ignore what they don't have instead of refusing it."""

    async def body() -> None:
        async with Bench(slave, 1, 100, 200) as bench:
            slave.ignored = {100}
            for _ in range(4):
                readings = await bench.poll()
                assert readings["t100"].quality is Quality.STALE
                assert readings["t1"].value == 1001
                assert readings["t200"].value == 1200
                assert not bench.device.is_offline

    asyncio.run(body())


def test_many_mute_requests_starve_no_other(slave: Slave) -> None:
    """Two time-outs end a cycle; what was not asked for comes first in the next."""
    slave.ignored = {100, 200, 300}

    async def body() -> None:
        async with Bench(slave, 1, 100, 200, 300, 400, 500, timeout_seconds=0.03) as bench:
            seen: set[str] = set()
            for _ in range(6):
                seen |= {name for name, reading in (await bench.poll()).items() if reading.value is not None}
            assert seen == {"t1", "t400", "t500"}
            assert not bench.device.is_offline

    asyncio.run(body())


@pytest.mark.parametrize(("code", "offline"), [(4, False), (6, False), (10, True), (11, True)])
def test_exceptions_of_the_gateway_mean_nobody_is_there(slave: Slave, code: int, offline: bool) -> None:
    slave.exception_code = code
    slave.break_with(Fault.EXCEPTION)

    async def body() -> None:
        async with Bench(slave, 1) as bench:
            await bench.poll()
            readings = await bench.poll()
            assert bench.device.is_offline is offline
            assert f"exception {code}" in (readings["t1"].reason or "")
            assert readings["t1"].quality is (Quality.STALE if offline else Quality.BAD)

    asyncio.run(body())
