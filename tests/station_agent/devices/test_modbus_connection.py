"""A connection against a slave that misbehaves, over real sockets."""

import asyncio

import pytest
from unison_domain.stations.configuration import RegisterTable
from unison_station.devices.modbus_adapter import BadReply, Refused
from unison_station.devices.modbus_connection import FIRST_PAUSE, ModbusConnection, NoAnswer

from tests.station_agent.devices.slave import Fault, Slave

HOLDING = RegisterTable.HOLDING_REGISTER
TIMEOUT = 0.1


async def read(connection: ModbusConnection, address: int = 10, count: int = 4) -> tuple[int, ...]:
    return await connection.read(HOLDING, address, count, 1, TIMEOUT)


def test_all_four_tables_are_read(slave: Slave) -> None:
    async def body() -> None:
        connection = ModbusConnection("127.0.0.1", slave.port)
        for table in RegisterTable:
            values = await connection.read(table, 10, 3, 2, TIMEOUT)
            assert values == ((False, True, False) if table.value in ("coil", "discrete_input") else (2010, 2011, 2012))
        connection.close()

    asyncio.run(body())
    assert sorted(function for _, function, _, _ in slave.requests) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.SILENT, NoAnswer),
        (Fault.LATE, NoAnswer),
        (Fault.SHORT, BadReply),
        (Fault.FOREIGN, BadReply),
        (Fault.GARBLED, (BadReply, NoAnswer, Refused)),
    ],
)
def test_a_fault_is_an_error_and_never_a_value(
    slave: Slave, fault: Fault, error: type[Exception] | tuple[type[Exception], ...]
) -> None:
    slave.late_seconds = 10 * TIMEOUT  # a busy PC's timer is late too

    async def body() -> None:
        for _ in range(7):
            connection = ModbusConnection("127.0.0.1", slave.port)
            assert await read(connection, 1, 1) == (1001,)
            slave.break_with(fault)
            with pytest.raises(error):
                await read(connection)
            slave.mend()
            assert await read(connection, 500, 4) == (1500, 1501, 1502, 1503)
            connection.close()

    asyncio.run(body())


def test_a_late_reply_is_never_taken_for_the_next_one(slave: Slave) -> None:
    """The reply to 100..101 arrives while 500..501, of equal length, is being asked."""
    slave.late_seconds = TIMEOUT * 1.5

    async def body() -> None:
        for _ in range(5):
            connection = ModbusConnection("127.0.0.1", slave.port)
            slave.break_with(Fault.LATE)
            with pytest.raises(NoAnswer, match=r"within 0\.1 s"):
                await read(connection, 100, 2)
            slave.mend()
            await asyncio.sleep(TIMEOUT * 0.4)
            assert await read(connection, 500, 2) == (1500, 1501)
            connection.close()

    asyncio.run(body())


def test_answers_sent_twice_are_never_taken_for_the_next_one(slave: Slave) -> None:
    slave.break_with(Fault.TWICE)

    async def body() -> None:
        connection = ModbusConnection("127.0.0.1", slave.port)
        good = 0
        for address in range(20):
            try:
                assert await read(connection, address, 2) == (1000 + address, 1001 + address)
                good += 1
            except BadReply:
                assert not connection.is_open
        assert good >= 10
        connection.close()

    asyncio.run(body())


def test_an_exception_keeps_the_connection(slave: Slave) -> None:
    async def body() -> None:
        connection = ModbusConnection("127.0.0.1", slave.port)
        slave.break_with(Fault.EXCEPTION)
        with pytest.raises(Refused) as refused:
            await read(connection)
        assert refused.value.code == 4
        assert connection.is_open
        slave.mend()
        assert await read(connection, 1, 1) == (1001,)
        connection.close()

    asyncio.run(body())


def test_an_unplugged_slave_is_named(slave: Slave) -> None:
    async def body() -> None:
        connection = ModbusConnection("127.0.0.1", slave.port)
        assert await read(connection, 1, 1) == (1001,)
        slave.break_with(Fault.UNPLUGGED)
        with pytest.raises(NoAnswer):
            await read(connection)
        for _ in range(2):
            with pytest.raises(NoAnswer, match=f"no connection to 127.0.0.1:{slave.port}: Connection refused"):
                await read(connection)
        slave.mend()
        await asyncio.sleep(FIRST_PAUSE * 1.1)
        assert await read(connection, 1, 1) == (1001,)
        connection.close()

    asyncio.run(body())


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".example", "no-such-host.invalid"])
def test_a_host_that_can_not_be_is_named(host: str) -> None:
    with pytest.raises(NoAnswer, match="no connection to"):
        asyncio.run(read(ModbusConnection(host, 502)))


def test_a_cancelled_request_leaves_no_reply_behind(slave: Slave) -> None:
    slave.break_with(Fault.LATE)

    async def body() -> None:
        connection = ModbusConnection("127.0.0.1", slave.port)
        request = asyncio.create_task(connection.read(HOLDING, 0, 2, 1, 5.0))
        await asyncio.sleep(0.05)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert not connection.is_open

    asyncio.run(body())
