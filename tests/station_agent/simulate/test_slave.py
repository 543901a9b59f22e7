"""Answers and faults as a client sees them, over real sockets."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unison_domain.stations.configuration import RegisterTable
from unison_station.simulate.scenario import Trouble
from unison_station.simulate.slave import Disturbance, Frame, Slave

from tests.station_agent.simulate.client import BadReply, Refused, read, request, values_of
from tests.station_agent.simulate.running import play, port_of, running, scenario, until

HOLDING, INPUT, COIL, DISCRETE = (
    RegisterTable.HOLDING_REGISTER,
    RegisterTable.INPUT_REGISTER,
    RegisterTable.COIL,
    RegisterTable.DISCRETE_INPUT,
)


def test_each_fault_is_seen_and_is_over_when_it_is_cleared(tmp_path: Path) -> None:
    async def faults() -> None:
        async with running(scenario({"first_good": 777}), tmp_path / "ledger") as shop:
            port = port_of(shop)
            assert await read(port, HOLDING, 2, 1) == (777,)

            await shop.disturb("PRESS-1", Trouble(do="silent", seconds=60))
            with pytest.raises(TimeoutError):
                await read(port, HOLDING, 2, 1, within=0.1)

            await shop.disturb("PRESS-1", Trouble(do="late", seconds=60, delay=0.2))
            with pytest.raises(TimeoutError):
                await read(port, HOLDING, 2, 1, within=0.1)
            assert await read(port, HOLDING, 2, 1, within=5) == (777,)

            await shop.disturb("PRESS-1", Trouble(do="short", seconds=60))
            with pytest.raises(BadReply, match="not what was asked"):
                await read(port, HOLDING, 2, 2)

            await shop.disturb("PRESS-1", Trouble(do="garbled", seconds=60))
            for _ in range(10):
                with pytest.raises(BadReply):
                    await read(port, HOLDING, 2, 2)

            await shop.disturb("PRESS-1", Trouble(do="exception", seconds=60, code=6))
            with pytest.raises(Refused, match="exception 6"):
                await read(port, HOLDING, 2, 1)

            await shop.disturb("PRESS-1", Trouble(do="unplugged", seconds=60))
            with pytest.raises(ConnectionRefusedError):
                await read(port, HOLDING, 2, 1)

            await shop.clear("PRESS-1")
            assert await read(port, HOLDING, 2, 1) == (777,)

    play(faults)


def test_unplugging_cuts_connections_and_ends_by_itself(tmp_path: Path) -> None:
    async def cut() -> None:
        async with running(scenario(), tmp_path / "ledger") as shop:
            port = port_of(shop)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await shop.disturb("PRESS-1", Trouble(do="unplugged", seconds=0.2))
            async with asyncio.timeout(5):
                assert await _ended(reader)
                while True:
                    try:
                        assert await read(port, HOLDING, 0, 1) == (0,)
                        break
                    except OSError:
                        await asyncio.sleep(0.01)
            writer.close()

    play(cut)


async def _ended(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read(1) == b""
    except ConnectionError:
        return True


def test_units_behind_one_port_are_apart_and_an_unknown_one_is_dead(tmp_path: Path) -> None:
    units = [
        {"code": "M1", "endpoint": "GATE", "unit_id": 1, "first_good": 11},
        {"code": "M2", "endpoint": "GATE", "unit_id": 2, "first_good": 22},
    ]

    async def units_answer() -> None:
        async with running(scenario(*units), tmp_path / "ledger") as shop:
            port = port_of(shop, "M1")
            await shop.disturb("M1", Trouble(do="silent", seconds=60))
            assert await read(port, HOLDING, 2, 1, unit=2) == (22,)
            for unit in (1, 3):
                with pytest.raises(TimeoutError):
                    await read(port, HOLDING, 2, 1, unit=unit, within=0.1)

    play(units_answer)


def test_a_late_reply_comes_after_the_next_one(tmp_path: Path) -> None:
    async def late() -> None:
        async with running(scenario({"first_good": 5}), tmp_path / "ledger") as shop:
            reader, writer = await asyncio.open_connection("127.0.0.1", port_of(shop))
            await shop.disturb("PRESS-1", Trouble(do="late", seconds=60, delay=0.3))
            writer.write(request(HOLDING, 2, 1, transaction=1).on_the_wire())
            await writer.drain()
            await until(lambda: shop.requests("PRESS-1") > 0)
            await shop.clear("PRESS-1")
            writer.write(request(HOLDING, 2, 1, transaction=2).on_the_wire())
            async with asyncio.timeout(5):
                replies = await reader.readexactly(22)
            assert [replies[0:2], replies[11:13]] == [b"\x00\x02", b"\x00\x01"]
            writer.close()

    play(late)


TABLES: dict[RegisterTable, dict[int, int]] = {
    HOLDING: {address: 1000 + address for address in range(10)},
    DISCRETE: {address: int(address % 3 == 0) for address in range(20)},
}


@pytest.mark.parametrize(
    ("asked", "exception"),
    [
        (Frame(1, 1, struct.pack(">BHH", 6, 2, 99)), 1),
        (Frame(1, 1, struct.pack(">BHH", 4, 0, 1)), 1),
        (Frame(1, 1, b"\x2b\x0e\x01\x00"), 1),
        (request(HOLDING, 8, 3), 2),
        (request(HOLDING, 65_535, 2), 2),
        (request(HOLDING, 0, 0), 3),
        (request(HOLDING, 0, 126), 3),
        (request(DISCRETE, 0, 2001), 3),
        (Frame(1, 1, b"\x03\x00"), 3),
    ],
)
def test_what_can_not_be_read_is_refused_with_the_right_exception(asked: Frame, exception: int) -> None:
    delivery = Slave(TABLES).answer(asked)
    assert delivery is not None
    assert delivery.data[7:] == bytes((asked.pdu[0] | 0x80, exception))


@given(st.sampled_from([HOLDING, DISCRETE]), st.integers(0, 9), st.integers(1, 10))
@settings(max_examples=60, database=None)
def test_values_come_as_they_are(table: RegisterTable, address: int, count: int) -> None:
    count = min(count, len(TABLES[table]) - address)
    asked = request(table, address, count)
    delivery = Slave(TABLES).answer(asked)
    assert delivery is not None
    assert list(values_of(delivery.data, asked, table, count)) == [TABLES[table][address + n] for n in range(count)]


@given(st.integers(0, 2**32), st.sampled_from(["garbled", "short"]), st.integers(1, 10))
@settings(max_examples=60, database=None)
def test_no_broken_reply_passes_for_an_answer(seed: int, fault: str, count: int) -> None:
    slave = Slave(TABLES, Random(seed), Disturbance(fault))
    asked = request(HOLDING, 0, count)
    delivery = slave.answer(asked)
    assert delivery is not None
    with pytest.raises(BadReply):
        values_of(delivery.data, asked, HOLDING, count)
