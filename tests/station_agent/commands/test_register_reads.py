"""Test reads take their turn with the poller on the one connection of a line."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from unison_domain.stations.commands import TestRead, TestReadAnswer
from unison_domain.stations.configuration import RegisterTable, ValueType
from unison_domain.stations.events import Quality
from unison_station.commands.register_reads import register_reads
from unison_station.engine.engine import Engine
from unison_station.store.store import Store
from unison_station.uplink.commands import CommandFailed, TooLate

from tests.station_agent.configurations import configuration, device, tag
from tests.station_agent.devices.slave import Fault, Slave
from tests.station_agent.engine.test_engine import run

HEAT = tag("press", "heat", 4, scale=0.5, unit="°C", maximum=100.0)
DOOR = tag("press", "door", 7, table=RegisterTable.DISCRETE_INPUT, type=ValueType.BOOL)
FLOW = tag("meter", "flow", 20, type=ValueType.FLOAT32)


def on(tmp_path: Path, slave: Slave, deed: Callable[[Callable[..., TestReadAnswer]], None], **more: Any) -> None:
    """Run an engine on two devices of one line, the second without tags, and let a thread beside it ask."""
    press = device("press", slave.port, HEAT, DOOR, **more)
    meter = device("meter", slave.port, **{"unit_id": 2, **more})

    async def story(engine: Engine, _store: Store) -> None:
        handle = register_reads(engine)

        def ask(seconds: float | None = 30.0, **wanted: Any) -> TestReadAnswer:
            answer = handle(TestRead(**wanted), seconds)
            assert isinstance(answer, TestReadAnswer)
            return answer

        await asyncio.to_thread(deed, ask)

    run(tmp_path, configuration(press, meter), story)


def read(unit: int, function: int, address: int) -> int:
    return 1 if function == 2 else unit * 100 + address


def test_a_tag_is_valued_as_the_agent_would_book_it(tmp_path: Path) -> None:
    with Slave(read) as slave:

        def deed(ask: Callable[..., TestReadAnswer]) -> None:
            heat = ask(tag_id=HEAT.id)
            assert (heat.registers, heat.raw, heat.value, heat.quality) == (("0068",), 104, 52.0, Quality.GOOD)
            assert heat.words == (104,)
            door = ask(tag_id=DOOR.id)
            assert (door.registers, door.value) == (("1",), True)

        on(tmp_path, slave, deed)


def test_a_device_that_is_not_polled_is_read_on_the_line_of_the_others(tmp_path: Path) -> None:
    with Slave(read) as slave:

        def deed(ask: Callable[..., TestReadAnswer]) -> None:
            flow = ask(device_id=FLOW.device_id, table=RegisterTable.HOLDING_REGISTER, address=20, count=2)
            assert (flow.registers, flow.value, flow.quality) == (("00DC", "00DD"), None, Quality.GOOD)

        on(tmp_path, slave, deed)
        assert slave.connections == 1


def test_what_comes_of_silence_and_refusal_is_said(tmp_path: Path) -> None:
    with Slave(read) as slave:
        slave.holes = {50}

        def deed(ask: Callable[..., TestReadAnswer]) -> None:
            hole = ask(device_id=HEAT.device_id, table=RegisterTable.HOLDING_REGISTER, address=50)
            assert (hole.exception, hole.quality, hole.registers) == (2, Quality.BAD, ())
            assert "illegal data address" in str(hole.reason)
            slave.break_with(Fault.SILENT, {2})
            mute = ask(device_id=FLOW.device_id, table=RegisterTable.HOLDING_REGISTER, address=1)
            assert (mute.quality, "no answer" in str(mute.reason)) == (Quality.STALE, True)
            assert mute.seconds >= 0.1

        on(tmp_path, slave, deed)


def test_only_reads_leave_and_one_at_a_time(tmp_path: Path) -> None:
    under_way, most = [0], [0]

    def slow(unit: int, function: int, address: int) -> int:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        under_way[0] -= 1
        return read(unit, function, address)

    with Slave(slow) as slave:

        def deed(ask: Callable[..., TestReadAnswer]) -> None:
            threads = [threading.Thread(target=ask, kwargs={"tag_id": HEAT.id}) for _ in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)

        on(tmp_path, slave, deed)
        assert (most[0], slave.connections) == (1, 1)
        assert {function for _, function, _, _ in slave.requests} <= {1, 2, 3, 4}
        assert len(slave.requests) >= 22


def test_what_is_not_configured_is_not_read(tmp_path: Path) -> None:
    with Slave(read) as slave:

        def deed(ask: Callable[..., TestReadAnswer]) -> None:
            for wanted in ({"tag_id": uuid4()}, {"device_id": UUID(int=1), "table": "coil", "address": 0}):
                with pytest.raises(CommandFailed, match="which runs here, has no"):
                    ask(**wanted)
            with pytest.raises(CommandFailed, match="at most 2 at once"):
                ask(device_id=HEAT.device_id, table=RegisterTable.HOLDING_REGISTER, address=0, count=3)

        on(tmp_path, slave, deed, max_registers=2)


def test_a_line_that_is_busy_for_too_long_is_not_asked_late(tmp_path: Path) -> None:
    with Slave(read) as slave:
        slave.break_with(Fault.SILENT)

        def deed(ask: Callable[..., TestReadAnswer]) -> None:
            first = threading.Thread(target=ask, kwargs={"tag_id": HEAT.id})
            asked = len(slave.requests)
            first.start()
            while len(slave.requests) == asked:  # the line is busy with it, or with a poll before it
                assert first.is_alive()
            with pytest.raises(TooLate):
                ask(0.001, tag_id=HEAT.id)
            first.join(60)

        on(tmp_path, slave, deed, timeout_seconds=0.5)
