"""The port of a bus: an adapter pulled out, one somebody else holds, one behind a serial server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
import serial
from unison_domain.stations.device_settings import DeviceSettings
from unison_station.devices.modbus_bus import MUTE_QUESTIONS, REOPEN_SECONDS
from unison_station.devices.modbus_connection import NoAnswer
from unison_station.devices.modbus_rtu import REQUEST_SIZE

from tests.station_agent.devices.asking import TIMEOUT, asking, holds, taken, until_answered
from tests.station_agent.devices.serial_line import Line, serial_server


def test_an_adapter_pulled_out_and_put_in_again_is_found_by_its_name(line: Line) -> None:
    """The path behind the name is another one then."""

    async def body() -> None:
        async with asking(line.settings()) as read:
            assert await read(0, 1, 1) == (1000,)
            for _ in range(2):
                before = line.target
                line.unplug()
                with pytest.raises(NoAnswer, match="was lost"):
                    await read(0, 1, 1)
                await asyncio.sleep(REOPEN_SECONDS)
                with pytest.raises(NoAnswer, match="is not there"):
                    await read(0, 1, 1)
                with taken(before):
                    line.plug()
                assert line.target != before
                assert await until_answered(read) < 5.0

    asyncio.run(body())


def test_an_adapter_pulled_out_while_its_line_is_asked_is_told_at_once(line: Line) -> None:
    line.disturb(1, "silent")

    async def body() -> None:
        async with asking(line.settings()) as read:
            request = asyncio.create_task(read(0, 1, 1, 30.0))
            await asyncio.to_thread(line.asked.wait, 5)
            await asyncio.to_thread(line.unplug)
            async with asyncio.timeout(3):
                with pytest.raises(NoAnswer, match="was lost"):
                    await request

    asyncio.run(body())


def test_a_port_somebody_else_holds_is_named(line: Line) -> None:
    async def body() -> None:
        async with asking(line.settings()) as read:
            with pytest.raises(NoAnswer, match="in use by another program"):
                await read(0, 1, 1)

    with serial.Serial(line.path, exclusive=True):
        asyncio.run(body())


def test_while_it_is_open_nobody_else_gets_the_port(line: Line) -> None:
    async def body() -> None:
        async with asking(line.settings()) as read:
            await read(0, 1, 1)
            with pytest.raises(serial.SerialException, match="exclusively"):
                serial.Serial(line.path, exclusive=True)

    asyncio.run(body())


def test_a_port_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = DeviceSettings.model_validate({"name": "x", "driver": "modbus_rtu", "serial_port": "usb-gone"})

    async def body() -> None:
        async with asking(settings) as read:
            with pytest.raises(NoAnswer, match="serial port usb-gone is not there"):
                await read(0, 1, 1)

    asyncio.run(body())


def test_the_same_over_a_serial_server(line: Line) -> None:
    """RTU frames over TCP, as lumps; a connection that is cut is made again."""

    async def body() -> None:
        async with serial_server(line) as server:
            settings = DeviceSettings(name="s", driver="modbus_rtu_tcp", host="127.0.0.1", port=server.port)
            async with asking(settings) as read:
                assert await read(0, 60, 1) == holds(1, 0, 60)
                for _ in range(3):
                    line.disturb(2, "late", delay=TIMEOUT + 0.02)
                    with pytest.raises(NoAnswer):
                        await read(100, 2, 2)
                    line.mend(2)
                    assert await read(500, 2, 2) == holds(2, 500, 2)
                server.cut()
                with pytest.raises(NoAnswer, match=r"connection lost|closed the connection"):
                    await read(0, 1, 1)
                await asyncio.sleep(REOPEN_SECONDS)
                assert await read(0, 1, 1) == (1000,)

    asyncio.run(body())


def test_a_serial_server_that_is_not_there_is_named() -> None:
    async def body() -> None:
        settings = DeviceSettings(name="s", driver="modbus_rtu_tcp", host="127.0.0.1", port=1)
        async with asking(settings) as read:
            with pytest.raises(NoAnswer, match=r"no connection to 127.0.0.1:1: Connection refused"):
                await read(0, 1, 1)

    asyncio.run(body())


def test_a_serial_server_that_is_mute_is_connected_to_anew() -> None:
    """What the network swallowed must not come upon the line when it is back."""
    heard: list[bytes] = []
    writers: list[asyncio.StreamWriter] = []

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(b"")
        writers.append(writer)
        mine = len(heard) - 1
        with suppress(ConnectionError):
            while data := await reader.read(4096):
                heard[mine] += data

    async def body() -> None:
        server = await asyncio.start_server(swallow, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        async with asking(DeviceSettings(name="unit 1", driver="modbus_rtu_tcp", host=host, port=port)) as read:
            for _ in range(2 * MUTE_QUESTIONS):
                with pytest.raises(NoAnswer, match="no answer within"):
                    await read(0, 1, 1, 0.05)
        assert [len(one) // REQUEST_SIZE for one in heard] == [MUTE_QUESTIONS] * 2
        server.close()
        for writer in writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    asyncio.run(body())
