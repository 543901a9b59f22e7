"""A bus against slaves on a simulated serial line: real bytes at their pace, late, short, garbled or none at all."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from unison_domain.stations.configuration import RegisterTable
from unison_domain.stations.device_settings import DeviceSettings
from unison_station.devices.modbus_adapter import BadReply, Refused
from unison_station.devices.modbus_bus import FIRST_HOLD
from unison_station.devices.modbus_connection import NoAnswer

from tests.station_agent.devices.asking import TIMEOUT, asking, holds, until_answered
from tests.station_agent.devices.serial_line import Line


def test_slaves_take_turns_on_one_line(line: Line) -> None:
    async def body() -> None:
        async with asking(line.settings()) as read:
            answers = await asyncio.gather(*(read(10 * unit, 4, unit) for unit in (1, 2, 3)))
            assert answers == [holds(unit, 10 * unit, 4) for unit in (1, 2, 3)]
            assert line.requests == [1, 2, 3]

    asyncio.run(body())


def test_all_four_tables_are_read(line: Line) -> None:
    async def body() -> None:
        async with asking(line.settings()) as read:
            for table in RegisterTable:
                values = await read.bus.read(table, 8, 3, 1, TIMEOUT)
                bits = table in (RegisterTable.COIL, RegisterTable.DISCRETE_INPUT)
                assert values == ((True, True, True) if bits else (1008, 1009, 1010))

    asyncio.run(body())


@pytest.mark.parametrize("baud_rate", [9600, 115_200])
def test_a_line_is_as_slow_as_it_is(tmp_path: Path, baud_rate: int) -> None:
    """125 registers are 255 bytes of 11 bits: 0.29 s at 9,600 baud, beyond the time a reply may take to begin."""

    async def body(settings: DeviceSettings) -> None:
        async with asking(settings) as read:
            began = time.monotonic()
            assert await read(0, 125, 1) == holds(1, 0, 125)
            assert time.monotonic() - began >= (8 + 255) * 11 / baud_rate

    with Line(tmp_path, baud_rate=baud_rate) as paced:
        asyncio.run(body(paced.settings()))


@pytest.mark.parametrize(
    ("fault", "error"),
    [("silent", NoAnswer), ("late", NoAnswer), ("short", BadReply), ("garbled", (BadReply, NoAnswer))],
)
def test_a_fault_is_an_error_and_never_a_value(line: Line, fault: str, error: Any) -> None:
    async def body() -> None:
        async with asking(line.settings()) as read:
            for attempt in range(6):
                line.disturb(2, fault, delay=1.4 * TIMEOUT)
                with pytest.raises(error):
                    await read(10, 4, 2)
                line.mend(2)
                assert await read(attempt, 4, 1) == holds(1, attempt, 4)
                assert await read(500, 4, 2, 0.5) == holds(2, 500, 4)

    asyncio.run(body())


def test_a_late_reply_is_never_taken_for_the_next_one(line: Line) -> None:
    """100..101 is answered while 500..501 of the same slave, of equal length, is being asked: every library tried
    gives the registers of the first for those of the second."""

    async def body() -> None:
        async with asking(line.settings()) as read:
            for late in (0.001, 0.05, 0.1, 0.15, 0.2):
                line.disturb(2, "late", delay=TIMEOUT + late)
                with pytest.raises(NoAnswer, match=r"within 0\.25 s from unit 2"):
                    await read(100, 2, 2)
                line.mend(2)
                assert await read(500, 2, 2) == holds(2, 500, 2)

    asyncio.run(body())


def test_after_silence_the_line_is_held_as_long_as_a_reply_was_seen_to_take(line: Line) -> None:
    async def body() -> None:
        async with asking(line.settings()) as read:
            line.disturb(1, "late", delay=0.3)
            await read(0, 1, 1, 1.0)
            longest = read.bus.longest_reply
            assert longest >= 0.3
            line.disturb(1, "silent")
            with pytest.raises(NoAnswer):
                await read(0, 1, 1)
            began = time.monotonic()
            assert await read(0, 1, 2) == (2000,)
            assert time.monotonic() - began >= longest

    asyncio.run(body())


def test_how_late_a_slave_answers_is_learnt_from_what_is_discarded(line: Line) -> None:
    async def body() -> None:
        async with asking(line.settings()) as read:
            line.disturb(1, "late", delay=1.5 * TIMEOUT)
            with pytest.raises(NoAnswer):
                await read(0, 4, 1)
            assert await read(0, 4, 2) == holds(2, 0, 4)
            assert read.bus.longest_reply >= 1.5 * TIMEOUT

    asyncio.run(body())


def test_another_slaves_late_reply_costs_the_one_that_is_asked_nothing(line: Line) -> None:
    async def body() -> None:
        async with asking(line.settings()) as read:
            for unit in (1, 2, 3):
                await read(0, 1, unit)
            for delay in (0.255, 0.26, 0.265, 0.27, 0.28):
                line.disturb(3, "late", delay=delay)
                with pytest.raises(NoAnswer):
                    await read(0, 30, 3)
                assert await read(0, 30, 1) == holds(1, 0, 30)
                assert await read(0, 30, 2) == holds(2, 0, 30)

    asyncio.run(body())


def test_an_exception_is_an_answer(line: Line) -> None:
    async def body() -> None:
        async with asking(line.settings()) as read:
            line.disturb(1, "exception", code=6)
            with pytest.raises(Refused) as refused:
                await read(0, 1, 1)
            assert refused.value.code == 6
            with pytest.raises(Refused):
                await read(990, 20, 2)

    asyncio.run(body())


def test_the_turn_around_is_kept(line: Line) -> None:
    async def body() -> None:
        async with asking(line.settings(turnaround_seconds=0.05)) as read:
            await read(0, 1, 1)
            began = time.monotonic()
            for _ in range(4):
                await read(0, 1, 1)
            assert time.monotonic() - began >= 4 * 0.05

    asyncio.run(body())


def test_a_line_at_another_speed_stays_silent(line: Line) -> None:
    async def body() -> None:
        async with asking(line.settings(baud_rate=9600)) as read:
            with pytest.raises(NoAnswer, match="no answer"):
                await read(0, 1, 1)

    asyncio.run(body())


def test_a_line_that_never_rests_is_named(line: Line) -> None:
    async def body() -> None:
        async with asking(line.settings()) as read:
            line.disturb(1, "late", delay=0.1)
            await read(0, 1, 1, 0.5)
            line.mend(1)
            with line.babbling():
                line.disturb(2, "silent")
                with pytest.raises((NoAnswer, BadReply)):
                    await read(0, 1, 2)
                with pytest.raises(NoAnswer, match="never quiet"):
                    await read(0, 1, 1)
            assert await until_answered(read) < 3.0

    asyncio.run(body())


def test_a_cancelled_request_leaves_no_reply_behind(line: Line) -> None:
    line.disturb(1, "late", delay=0.2)

    async def body() -> None:
        async with asking(line.settings()) as read:
            request = asyncio.create_task(read(100, 2, 1, 5.0))
            await asyncio.to_thread(line.asked.wait, 5)
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            line.mend(1)
            assert await read(500, 2, 1) == holds(1, 500, 2)

    asyncio.run(body())


def test_an_opened_line_is_listened_to_before_anything_is_asked(line: Line) -> None:
    async def body() -> None:
        async with asking(line.settings()) as read:
            began = time.monotonic()
            await read(0, 1, 1)
            assert time.monotonic() - began >= FIRST_HOLD

    asyncio.run(body())
