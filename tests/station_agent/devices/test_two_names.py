"""One wire under two names: the second is refused and told the first, so that no line ever has two masters."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from unison_domain.stations.configuration import DeviceConfiguration

from tests.station_agent.configurations import configuration, tag
from tests.station_agent.devices.serial_line import Line, serial_server
from tests.station_agent.devices.test_modbus_line import Watch, watching


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """A simulated line with three slaves."""
    with Line(tmp_path) as line:
        yield line


def unit(line: Line, number: int, **more: object) -> DeviceConfiguration:
    return line.device(number, tag(f"unit {number}", "a", 1), timeout_seconds=0.5, **more)


def behind(line: Line, number: int, host: str, port: int) -> DeviceConfiguration:
    fields = dict.fromkeys(("serial_port", "baud_rate", "parity"))
    return unit(line, number, **fields, driver="modbus_rtu_tcp", host=host, port=port)


async def silences(watch: Watch) -> set[str]:
    """What the one that was refused says, once the other is read."""

    def of(name: str) -> str | None:
        looks = watch.looks(name)
        return looks[-1].silence if looks else "not yet"

    await watch.until(lambda: [of("unit 1"), of("unit 2")].count(None) == 1 and "not yet" not in map(of, UNITS))
    return {silence for silence in map(of, UNITS) if silence}


UNITS = ("unit 1", "unit 2")


def test_an_adapter_under_two_names_is_told_by_the_one_it_goes_by(line: Line) -> None:
    async def body() -> None:
        one, other = unit(line, 1), unit(line, 2, serial_port=line.target)
        assert one.line != other.line
        async with watching(one, other) as watch:
            (silence,) = await silences(watch)
            names = {line.path, line.target}
            assert silence in {
                f"serial port {name} is in use here already as {(names - {name}).pop()}: "
                "write one name for one adapter everywhere"
                for name in names
            }

    asyncio.run(body())


def test_a_port_that_changes_its_name_is_let_go_first(line: Line) -> None:
    async def body() -> None:
        async with watching(unit(line, 1)) as watch:
            await watch.until(lambda: bool(watch.looks("unit 1")))
            seen = len(watch.seen)
            await watch.apply(configuration(unit(line, 1, serial_port=line.target), version=2))
            await watch.until(lambda: len(watch.seen) >= seen + 3)
            assert [look.silence for _, _, look in watch.seen[seen:]][:3] == [None] * 3

    asyncio.run(body())


def test_a_serial_server_by_name_and_by_address_is_one(line: Line) -> None:
    async def body() -> None:
        async with serial_server(line) as server:
            by_address = behind(line, 1, "127.0.0.1", server.port)
            by_name = behind(line, 2, "localhost", server.port)
            async with watching(by_address, by_name) as watch:
                (silence,) = await silences(watch)
                assert "it is in use here already as " in silence
            async with watching(by_name) as watch:
                await watch.until(lambda: bool(watch.looks("unit 2")) and watch.looks("unit 2")[-1].silence is None)

    asyncio.run(body())


def test_so_it_is_when_both_connect_at_once(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both looked before either was connected."""

    async def body() -> None:
        async with serial_server(line) as server:
            loop, connected = asyncio.get_running_loop(), asyncio.Barrier(2)
            connect, arrived = loop.create_connection, list[object]()

            async def together(*about: object, **more: object) -> object:
                made = await connect(*about, **more)  # type: ignore[call-overload]
                arrived.append(made)
                if len(arrived) <= 2:
                    await connected.wait()
                return made

            monkeypatch.setattr(loop, "create_connection", together)
            devices = (behind(line, 1, "127.0.0.1", server.port), behind(line, 2, "localhost", server.port))
            async with watching(*devices) as watch:
                (silence,) = await silences(watch)
                assert "it is in use here already as " in silence

    asyncio.run(body())
