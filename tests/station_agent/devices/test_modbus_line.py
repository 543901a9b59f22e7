"""Lines: devices of one gateway in turn, others at the same time, a dead one in nobody's way."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from unison_domain.stations.configuration import AgentConfiguration, DeviceConfiguration
from unison_domain.stations.readings import Moment
from unison_station.devices.modbus_device import ModbusDevice
from unison_station.devices.observation import Observation
from unison_station.devices.poller import Poller
from unison_station.platform.boot import boot_seconds

from tests.station_agent.configurations import configuration, device, tag
from tests.station_agent.devices.slave import Fault, Slave

DEADLINE = 60.0


class Watch:
    """A poller and what it saw, per device."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, str, Observation]] = []
        self.poller = Poller(self._deliver, lambda: Moment(datetime.now(UTC), boot_seconds()))
        self.names: dict[object, str] = {}

    async def apply(self, wanted: AgentConfiguration) -> None:
        self.names.update({device.id: device.name for device in wanted.devices})
        await self.poller.apply(wanted)

    def _deliver(self, observation: Observation) -> None:
        self.seen.append((time.monotonic(), self.names[observation.device_id], observation))

    def looks(self, name: str, since: float = 0.0) -> list[Observation]:
        return [observation for at, who, observation in self.seen if who == name and at >= since]

    async def until(self, condition: Callable[[], bool]) -> float:
        ends = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < ends, "the deadline passed"
            await asyncio.sleep(0.01)
        return time.monotonic()


@asynccontextmanager
async def watching(*devices: DeviceConfiguration) -> AsyncIterator[Watch]:
    watch = Watch()
    await watch.apply(configuration(*devices))
    try:
        yield watch
    finally:
        await watch.poller.stop()
        assert not watch.poller.lines


def unit(slave: Slave, number: int, **more: object) -> DeviceConfiguration:
    name = f"unit {number}"
    return device(name, slave.port, tag(name, "a", 1, **more), unit_id=number, probe_seconds=1.0)


def test_a_dead_unit_behind_a_gateway_leaves_the_others_their_rate(
    slave: Slave, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "unison_station")

    async def body() -> None:
        async with watching(*(unit(slave, number) for number in (1, 2, 3))) as watch:
            began = await watch.until(lambda: all(watch.looks(f"unit {n}") for n in (1, 2, 3)))
            ended = await watch.until(lambda: len(watch.looks("unit 1", began)) >= 10)
            rate = min(10.0, 10 / (ended - began))  # a busy PC does not reach what is set
            slave.break_with(Fault.SILENT, {2})
            since = await watch.until(lambda: watch.looks("unit 2")[-1].is_offline)
            await watch.until(lambda: len(watch.looks("unit 2", since)) >= 2)
            seconds = time.monotonic() - since
            for name in ("unit 1", "unit 3"):
                looks = watch.looks(name, since)
                assert all(look.silence is None for look in looks)
                assert len(looks) >= 0.8 * seconds * rate - 1
            mended = time.monotonic()
            slave.mend()
            await watch.until(lambda: not watch.looks("unit 2")[-1].is_offline)
            assert time.monotonic() - mended < 2.0

    asyncio.run(body())
    gone, back = [record.getMessage() for record in caplog.records]
    assert gone.startswith("unit 2 (")
    assert "is off line: no answer" in gone
    assert back.endswith("answers again")


def test_units_of_one_gateway_share_one_connection(slave: Slave) -> None:
    async def body() -> None:
        async with watching(*(unit(slave, number) for number in (1, 2, 3))) as watch:
            await watch.until(lambda: len(watch.looks("unit 3")) >= 3)
            assert slave.connections == 1
            assert len(watch.poller.lines) == 1

    asyncio.run(body())


def test_slow_devices_skip_beats_and_do_not_burst(slave: Slave) -> None:
    slave.late_seconds = 0.25
    slave.break_with(Fault.LATE)
    slow = device("slow", slave.port, tag("slow", "a", 1), timeout_seconds=1.0)

    async def body() -> None:
        async with watching(slow) as watch:
            await watch.until(lambda: len(watch.looks("slow")) >= 3)
            (line,) = watch.poller.lines
            assert line.overruns >= 4
            times = [at for at, _, _ in watch.seen]
            assert all(later - earlier > 0.2 for earlier, later in pairwise(times))

    asyncio.run(body())


def test_rate_groups_are_read_at_their_own_pace(slave: Slave) -> None:
    mixed = device("mixed", slave.port, tag("mixed", "fast", 1), tag("mixed", "slow", 50, poll_seconds=0.4))

    async def body() -> None:
        async with watching(mixed) as watch:
            await watch.until(lambda: len(watch.looks("mixed")) >= 16)
        asked = [address for _, _, address, _ in slave.requests]
        assert 3 <= asked.count(1) / asked.count(50) <= 5

    asyncio.run(body())


def test_a_fault_of_the_program_ends_no_line(
    slave: Slave, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    poll = ModbusDevice.poll

    async def faulty(self: ModbusDevice, period: float) -> Observation:
        if self.configuration.name == "unit 1" and len(slave.requests) < 10:
            raise RuntimeError("a mistake")
        return await poll(self, period)

    monkeypatch.setattr(ModbusDevice, "poll", faulty)

    async def body() -> None:
        async with watching(unit(slave, 1), unit(slave, 2)) as watch:
            await watch.until(lambda: bool(watch.looks("unit 1")))
            assert watch.looks("unit 1")[0].is_offline
            assert "a mistake" in (watch.looks("unit 1")[0].silence or "")
            await watch.until(lambda: len(watch.looks("unit 2")) >= 3)
            await watch.until(lambda: watch.looks("unit 1")[-1].silence is None)

    asyncio.run(body())
    assert "fault of the program" in caplog.text


def test_a_change_leaves_other_lines_alone(slave: Slave) -> None:
    with Slave(lambda unit, function, address: 7) as other:
        kept = device("kept", slave.port, tag("kept", "a", 1))
        changed = device("changed", other.port, tag("changed", "a", 1))

        async def body() -> None:
            async with watching(kept, changed) as watch:
                await watch.until(lambda: bool(watch.looks("kept") and watch.looks("changed")))
                await watch.apply(configuration(kept, device("changed", other.port, tag("changed", "b", 2))))
                await watch.until(lambda: any(address == 2 for _, _, address, _ in other.requests))
                assert slave.connections == 1
                await watch.apply(configuration(kept))
                asked = len(other.requests)
                since = time.monotonic()
                await watch.until(lambda: len(watch.looks("kept", since)) >= 3)
                assert len(other.requests) == asked

        asyncio.run(body())
