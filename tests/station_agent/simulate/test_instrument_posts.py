"""Scanners, gauges and cameras of a simulated shop: a real agent takes from them what the ledger says they sent."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import pytest
import zxingcpp
from pydantic import ValidationError
from unison_domain.stations.peripherals import CameraConfiguration
from unison_station.agent import Agent
from unison_station.simulate.camera_scene import HEIGHT, PIXELS_PER_MILLIMETRE, PLATE
from unison_station.simulate.description import describe, endpoints_of
from unison_station.simulate.ledger import read_ledger
from unison_station.simulate.scenario import Scenario, load_scenario
from unison_station.vision.measuring import measure

from tests.station_agent.peripherals.station import scans, states, taken, values
from tests.station_agent.simulate.running import play, running, scenario, until

MEASURES = {"name": "Width", "unit": "mm", "target": "20.000", "tolerance": "0.050", "sigma": "0.012"}
SCANNER = {"kind": "scanner", "code": "SCANNER-1", "codes": [{"text": "PART {n}", "symbology": "Q1"}]}
CALIPER = {"kind": "caliper", "code": "CALIPER-1", "measures": MEASURES}
SCALE = {"kind": "scale", "code": "SCALE-1", "measures": {**MEASURES, "unit": "g", "target": "250.00"}}
BORE = {**MEASURES, "target": "12.00", "tolerance": "0.15", "sigma": "0.20"}
CAMERA = {"kind": "camera", "code": "CAMERA-1", "codes": [{"text": "SHOWN {n}"}], "measures": BORE}


def shop_with(*instruments: dict[str, Any]) -> Scenario:
    known = {"station": "ST-1", "every_seconds": 0.2}
    return scenario(instrument=[{**known, "name": one["kind"], **one} for one in instruments])


def noted(ledger: Path, kind: str, fact: str) -> list[str]:
    lines = map(json.loads, ledger.read_text().splitlines())
    return [line[fact] for line in lines if line["kind"] == kind]


def came_of(agent: Agent, peripheral: UUID, kind: str, fact: str) -> list[str]:
    return [event[fact] for event in taken(agent, kind) if event["peripheral_id"] == str(peripheral)]


def decimals(measured: list[str]) -> set[int]:
    return {len(value.partition(".")[2]) for value in measured}


def test_a_planned_number_of_uses_ends_and_is_in_the_truth(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    shop_of = shop_with({**SCANNER, "uses": 2, "every_seconds": 0.01}, {**CALIPER, "uses": 3, "every_seconds": 0.01})

    async def use() -> None:
        async with running(shop_of, ledger, serial_folder=tmp_path, speed=100):
            await until(lambda: len(noted(ledger, "measured", "value")) == 3 and bool(noted(ledger, "finished", "at")))
            await until(lambda: len(noted(ledger, "scanned", "text")) == 2)

    play(use)
    truth = read_ledger(ledger)
    assert truth.scanned == {"SCANNER-1": ["PART 000001", "PART 000002"]}
    assert [len(values) for values in truth.measured.values()] == [3]


def test_an_instrument_used_for_ever_speaks_before_any_machine_is_read(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    shop_of = shop_with(SCANNER).model_copy(update={"begins": "at_contact"})

    async def use() -> None:
        async with running(shop_of, ledger, serial_folder=tmp_path, speed=100):
            await until(lambda: bool(noted(ledger, "scanned", "text")))

    play(use)


def test_an_agent_takes_what_was_scanned_shown_and_measured(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"

    async def compare() -> None:
        on_demand = {**CAMERA, "every_seconds": 3600}
        async with running(shop_with(SCANNER, CALIPER, SCALE, on_demand), ledger, serial_folder=tmp_path) as shop:
            camera = next(one.id for one in shop.description.peripherals if one.kind == "camera")
            with Agent(tmp_path / "agent", configuration=shop.description.configuration) as agent:
                await until(lambda: states(agent) == ["online"] * 4)
                shop.pages["ST-1"] = agent.health.url
                shows = asyncio.create_task(shop.use("CAMERA-1"))
                await until(lambda: bool(came_of(agent, camera, "reading_taken", "value")))
                await until(lambda: len(scans(agent)) >= 3 and decimals(values(agent)) == {2, 3})
                shows.cancel()
                seen = came_of(agent, camera, "scan_taken", "text")
                (bore,) = came_of(agent, camera, "reading_taken", "value")
                texts = [text for text in scans(agent) if text not in seen]
                measured = [value for value in values(agent) if value != bore]
        sent = noted(ledger, "scanned", "text")
        first = sent.index(texts[0])  # what was sent before the agent listened, nobody heard
        assert texts == sent[first : first + len(texts)]
        assert set(measured) <= set(noted(ledger, "measured", "value")), "with every digit that was shown"
        (shown,) = read_ledger(ledger).shown["CAMERA-1"]
        assert seen == [shown.text]
        assert float(bore) == pytest.approx(float(shown.bore), abs=0.02)

    play(compare)


def test_a_camera_shows_a_part_of_known_size_with_its_code(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"

    async def look() -> None:
        async with running(shop_with(CAMERA), ledger, serial_folder=tmp_path) as shop:
            (camera,) = shop.description.peripherals
            assert isinstance(camera, CameraConfiguration)
            picture = Path(camera.source) / "picture.png"
            assert not zxingcpp.read_barcodes(_grey(picture))
            await until(lambda: bool(zxingcpp.read_barcodes(_grey(picture))))
            seen = _grey(picture)
        assert [code.text for code in zxingcpp.read_barcodes(seen)] == noted(ledger, "shown", "text")[:1]
        (bore,) = camera.tools
        found = measure(seen, bore, camera.calibration, lambda _sha256: None)
        assert float(found.value) == pytest.approx(float(noted(ledger, "shown", "bore")[0]), abs=0.02)
        above_code = seen[HEIGHT // 2 - int(PLATE[1] * PIXELS_PER_MILLIMETRE / 2) + 10]
        assert np.count_nonzero(above_code > 125) == pytest.approx(PLATE[0] * PIXELS_PER_MILLIMETRE, abs=1)

    play(look)


def _grey(path: Path) -> Any:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return picture


def test_the_demo_has_one_of_each_that_its_agents_can_be_told_of(tmp_path: Path) -> None:
    shop = load_scenario("demo")
    ports = dict.fromkeys(endpoints_of(shop), 502)
    told = describe(shop, "127.0.0.1", ports, serial_folder=tmp_path).configuration
    assert {one.kind for one in told.peripherals} == {"scanner", "gauge", "camera"}
    assert any(one.ring_seconds for one in told.peripherals if isinstance(one, CameraConfiguration)), "stops are seen"
    measured = {one.id for one in told.characteristics}
    parts = [part for one in told.peripherals for part in (*getattr(one, "channels", ()), *getattr(one, "tools", ()))]
    assert {part.characteristic_id for part in parts} == measured


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"station": "ST-9"}, "no such station"),
        ({"code": "LINE"}, "LINE is there twice"),
        ({"codes": []}, "at least 1 item"),
        ({"kind": "printer"}, "'scanner'"),
    ],
)
def test_an_instrument_that_can_not_be_is_refused(wrong: dict[str, Any], words: str) -> None:
    line = {"serial_line": [{"code": "LINE"}]}
    instrument = {"name": "x", "station": "ST-1", **SCANNER, **wrong}
    with pytest.raises(ValidationError, match=words):
        scenario({"endpoint": "LINE"}, instrument=[instrument], **line)
