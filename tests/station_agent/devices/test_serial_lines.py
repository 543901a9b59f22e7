"""Slaves of one serial line under the poller: one line whatever their number, a dead one in nobody's way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from unison_domain.stations.configuration import DeviceConfiguration
from unison_domain.stations.events import Quality
from unison_domain.stations.readings import Moment
from unison_station.check import check_devices
from unison_station.cli.main import main
from unison_station.devices.connections import connection_to
from unison_station.devices.modbus_device import ModbusDevice
from unison_station.devices.observation import Interpreter
from unison_station.platform.boot import boot_seconds

from tests.station_agent.configurations import configuration, tag
from tests.station_agent.devices.serial_line import Line
from tests.station_agent.devices.slave import Slave
from tests.station_agent.devices.test_modbus_line import unit as tcp_unit
from tests.station_agent.devices.test_modbus_line import watching


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """Three slaves; register `a` of unit `u` holds 1000·u + a."""
    with Line(tmp_path) as line:
        yield line


def unit(line: Line, number: int, *addresses: int, **more: object) -> DeviceConfiguration:
    tags = (tag(f"unit {number}", f"t{at}", at, poll_seconds=0.2) for at in addresses or (1,))
    return line.device(number, *tags, **{"probe_seconds": 0.5, **more})


def test_a_dead_slave_leaves_the_others_their_rate(line: Line) -> None:
    async def body() -> None:
        async with watching(*(unit(line, number) for number in (1, 2, 3))) as watch:
            await watch.until(lambda: all(watch.looks(f"unit {n}") for n in (1, 2, 3)))
            assert [poller_line.name for poller_line in watch.poller.lines] == [line.path]
            line.disturb(2, "silent")
            since = time.monotonic()
            await watch.until(lambda: watch.looks("unit 2")[-1].is_offline)
            await watch.until(lambda: len([look for look in watch.looks("unit 2", since) if look.is_offline]) >= 3)
            seconds = time.monotonic() - since
            for name in ("unit 1", "unit 3"):
                looks = watch.looks(name, since)
                assert all(look.silence is None for look in looks)
                assert len(looks) >= 0.9 * (seconds / 0.2) - 1
            line.mend(2)
            mended = time.monotonic()
            await watch.until(lambda: not watch.looks("unit 2")[-1].is_offline)
            assert time.monotonic() - mended < 3.0

    asyncio.run(body())


def test_dead_slaves_take_turns_at_being_probed(line: Line) -> None:
    async def body() -> None:
        async with watching(*(unit(line, number, timeout_seconds=0.02) for number in (1, 2, 3))) as watch:
            await watch.until(lambda: all(watch.looks(f"unit {n}") for n in (1, 2, 3)))
            line.disturb(2, "silent")
            line.disturb(3, "silent")
            await watch.until(lambda: all(watch.looks(f"unit {n}")[-1].is_offline for n in (2, 3)))
            since = time.monotonic()
            await watch.until(lambda: all(len(watch.looks(f"unit {n}", since)) >= 2 for n in (2, 3)))

    asyncio.run(body())


def test_an_adapter_that_is_pulled_out_leaves_other_lines_alone(line: Line, slave: Slave) -> None:
    async def body() -> None:
        async with watching(unit(line, 1), tcp_unit(slave, 2)) as watch:
            await watch.until(lambda: bool(watch.looks("unit 1") and watch.looks("unit 2")))
            line.unplug()
            since = time.monotonic()
            await watch.until(lambda: watch.looks("unit 1")[-1].is_offline)
            assert "serial port" in (watch.looks("unit 1")[-1].silence or "")
            await watch.until(lambda: len(watch.looks("unit 2", since)) >= 10)
            assert all(look.silence is None for look in watch.looks("unit 2", since))
            line.plug()
            await watch.until(lambda: watch.looks("unit 1")[-1].silence is None)

    asyncio.run(body())


def test_a_changed_configuration_gets_the_port_of_the_one_before(line: Line) -> None:
    async def body() -> None:
        async with watching(unit(line, 1)) as watch:
            await watch.until(lambda: bool(watch.looks("unit 1")))
            await watch.apply(configuration(unit(line, 1, 1, 2), version=2))
            since = time.monotonic()
            await watch.until(lambda: len(watch.looks("unit 1", since)) >= 3)
            assert all(look.silence is None for look in watch.looks("unit 1", since))

    asyncio.run(body())


def test_after_a_time_out_answers_that_look_alike_are_doubted_too(line: Line) -> None:
    """Without room for another length, the answer to one request could be that to the other, come late."""
    good, doubted, missed = Quality.GOOD, Quality.UNCERTAIN, Quality.STALE

    async def qualities(device: DeviceConfiguration) -> list[list[Quality]]:
        connection = connection_to(device)
        slave = ModbusDevice(device, connection, lambda: Moment(datetime.now(UTC), boot_seconds()))
        interpreter = Interpreter(device)
        seen = []
        for muted in ((), (100,), (), ()):
            line.mute(1, *muted)
            readings = {reading.tag_id: reading.quality for reading in interpreter.readings(await slave.poll(0.2))}
            seen.append([readings[tag.id] for tag in device.tags])
        connection.close()
        return seen

    async def body() -> None:
        alike = await qualities(unit(line, 1, 0, 100, 200, max_gap=0, timeout_seconds=0.5))
        assert alike == [[good] * 3, [good, missed, doubted], [doubted, doubted, good], [good] * 3]
        different = await qualities(unit(line, 1, 0, 100, 200, timeout_seconds=0.5))
        assert different == [[good] * 3, [good, missed, good], [good, doubted, good], [good] * 3]

    asyncio.run(body())


def test_an_answer_to_a_retry_and_those_that_look_like_it_are_doubted(line: Line) -> None:
    """What answers the retry could be the reply to the first try, come late, and its own the answer to what is next."""
    device = unit(line, 1, 0, 100, 200, max_gap=0, retries=1)
    doubted, good = Quality.UNCERTAIN, Quality.GOOD

    async def body() -> None:
        connection = connection_to(device)
        slave = ModbusDevice(device, connection, lambda: Moment(datetime.now(UTC), boot_seconds()))
        interpreter = Interpreter(device)
        seen = []
        for lost in (0, 1, 0):
            line.deafen(1, lost)
            seen.append([reading.quality for reading in interpreter.readings(await slave.poll(0.2))])
        connection.close()
        assert seen == [[good] * 3, [doubted] * 3, [good] * 3]

    asyncio.run(body())


def test_check_tells_what_each_slave_of_a_line_says(line: Line) -> None:
    line.disturb(2, "silent")
    results = asyncio.run(check_devices([unit(line, number, 5, 6) for number in (1, 2, 3)]))
    assert [result.is_good for result in results] == [True, False, True]
    assert [checked.reading.value for checked in results[2].tags] == [3005, 3006]
    assert "unit 2" in (results[1].silence or "")


def test_check_tries_a_slave_nobody_configured(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["check", "--device", f"{line.path}/3", "--line", "115200 8N1", "--read", "holding:7:2"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert f"{line.path} at 115200 8N1 unit 3" in told
    assert "3007" in told


@pytest.mark.parametrize("settings", ["fast", "19200 7E1", "19200 8X1", "19200 8E3"])
def test_check_tells_how_a_line_is_written(settings: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--device", "COM3/1", "--line", settings]) != 0
    assert "19200 8E1" in capsys.readouterr().err


def test_ports_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ports"]) == 0
    assert capsys.readouterr().out


def test_a_slave_that_rests_between_its_requests_keeps_nobody_waiting(line: Line) -> None:
    async def body() -> None:
        resting = unit(line, 1, 0, 100, 200, 300, max_gap=0, request_gap_seconds=0.5, timeout_seconds=1.0)
        async with watching(resting, unit(line, 2)) as watch:
            await watch.until(lambda: len(watch.looks("unit 1")) >= 2)
            began = time.monotonic()
            await watch.until(lambda: len(watch.looks("unit 1")) >= 4)
            looks = len(watch.looks("unit 2", began))
            assert looks > 4, "in 3 s of rest there are 15 beats of the other"
            assert all(look.silence is None for look in watch.looks("unit 1"))

    asyncio.run(body())
