"""Scanners and gauges of the simulated shop fail on demand, and an agent at them takes what was whole."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from unison_station.agent import Agent
from unison_station.simulate.control import Control

from tests.station_agent.peripherals.station import refusals, scans, states, values
from tests.station_agent.simulate.running import play, running, scenario, until

SCANNER = {"kind": "scanner", "code": "SCAN", "name": "Scanner", "codes": [{"text": "PART {n}"}]}
MEASURES = {"name": "Width", "unit": "mm", "target": "20.000", "tolerance": "0.050", "sigma": "0.010"}
CALIPER = {"kind": "caliper", "code": "CALIPER", "name": "Caliper", "measures": MEASURES}
INSTRUMENTS = [{**one, "station": "ST-1", "every_seconds": 3600} for one in (SCANNER, CALIPER)]


async def told(control: Control, **command: Any) -> dict[str, Any]:
    """One command over the control port, and its answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", control.port)
    writer.write(json.dumps(command).encode() + b"\n")
    answer: dict[str, Any] = json.loads(await reader.readline())
    writer.close()
    return answer


def test_slips_and_pulled_cables_lose_nothing_that_was_whole(tmp_path: Path) -> None:
    play(lambda: _failing(tmp_path))


async def _failing(tmp_path: Path) -> None:
    shop_of = scenario(instrument=INSTRUMENTS)
    async with running(shop_of, tmp_path / "ledger.jsonl", serial_folder=tmp_path / "ports") as shop:
        control = Control(shop)
        await control.start()
        configuration = shop.description.configuration.model_copy(update={"devices": ()})
        agent = Agent(tmp_path / "agent", configuration=configuration)
        await asyncio.to_thread(agent.__enter__)
        await until(lambda: states(agent) == ["online", "online"])
        for slip in (None, "pause", "double"):
            assert (await told(control, do="use", instrument="SCAN", slip=slip))["ok"]
        await until(lambda: scans(agent) == ["PART 000001", "PART 000002", "PART 000003", "PART 000003"])
        await told(control, do="use", instrument="CALIPER", slip="garbled")
        await until(lambda: any("not of the format mitutoyo" in words for words in refusals(agent)))
        await told(control, do="pull", instrument="CALIPER")
        await until(lambda: sorted(states(agent)) == ["offline", "online"])
        await told(control, do="plug", instrument="CALIPER")
        await until(lambda: states(agent) == ["online", "online"])
        await told(control, do="use", instrument="CALIPER")
        await until(lambda: len(values(agent)) == 1)
        assert not (await told(control, do="use", instrument="NONE"))["ok"]
        assert not (await told(control, do="use", instrument="SCAN", slip="odd"))["ok"]
        await asyncio.to_thread(agent.__exit__)
        await control.stop()
