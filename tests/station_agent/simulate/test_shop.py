"""The shop as a whole: its ledger is its registers, its description fits, the same seed gives the same shop."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from unison_domain.machines.contracts import CountKind, MachineState
from unison_domain.machines.counter import COUNT_KINDS
from unison_domain.stations.configuration import AgentConfiguration, RegisterTable
from unison_domain.stations.readings import Moment
from unison_domain.stations.registers import decode
from unison_station.simulate import add_arguments, run
from unison_station.simulate.control import Control
from unison_station.simulate.description import describe, endpoints_of
from unison_station.simulate.ledger import Truth, read_ledger, sequence
from unison_station.simulate.scenario import PACKAGED, ScenarioError, load_scenario
from unison_station.simulate.timeline import happenings

from tests.station_agent.simulate.client import read
from tests.station_agent.simulate.running import DEADLINE, play, port_of, running, scenario, until

HOLDING, INPUT = RegisterTable.HOLDING_REGISTER, RegisterTable.INPUT_REGISTER
STEPS = [
    {"do": "run", "seconds": 10, "scrap_every": 4},
    {"do": "fault", "seconds": 2, "alarms": [3, 0]},
    {"do": "reset_counter"},
    {"do": "run", "seconds": 5},
    {"do": "stop", "seconds": 1},
]
BUSY = {"steps": STEPS, "ideal_cycle_seconds": 0.5, "first_good": 65_530, "first_scrap": 7}


def test_the_ledger_tells_what_the_registers_show(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"

    async def compare() -> None:
        async with running(scenario(BUSY), ledger, speed=50.0) as shop:
            await until(lambda: read_ledger(ledger).machines["PRESS-1"].finished)
            good, scrap = await read(port_of(shop), HOLDING, 2, 2)
            truth = read_ledger(ledger).machines["PRESS-1"]
            assert (good, scrap) == (truth.registers[CountKind.GOOD], truth.registers[CountKind.SCRAP])
            assert truth.made == shop.machines["PRESS-1"].made == {CountKind.GOOD: 24, CountKind.SCRAP: 4}
            assert truth.resets == 1
            assert sequence(begun.state for begun in truth.states) == [
                "stopped",
                "running",
                "fault",
                "running",
                "stopped",
            ]
            assert truth.alarms == ["Drive overload", "Guard open"]

    play(compare)


def test_a_restarted_shop_goes_on_from_its_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    plan = scenario({**BUSY, "steps": [{"do": "run", "seconds": 5}, {"do": "stop", "seconds": 1}]})

    async def twice() -> None:
        for _ in range(2):
            async with running(plan, ledger, speed=50.0) as shop:
                await until(lambda: read_ledger(ledger).machines["PRESS-1"].finished)
                shown = await read(port_of(shop), HOLDING, 2, 1)
        assert shown == ((65_530 + 18) % 65_536,)

    play(twice)


def test_a_half_line_of_a_killed_shop_spoils_nothing(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_text('{"at": "2026-01-05T06:00:00+00:00", "kind": "part", "machine": "PRESS-1", "count": "go')

    async def once() -> None:
        async with running(scenario(BUSY), ledger, speed=50.0):
            await until(lambda: "PRESS-1" in read_ledger(ledger).machines)

    play(once)


def test_nothing_happens_before_somebody_reads(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"

    async def wait() -> None:
        waiting = scenario(BUSY, begins="at_contact", settle_seconds=0.5)
        async with running(waiting, ledger, speed=50.0) as shop:
            await asyncio.sleep(0.1)
            assert [begun.state for begun in read_ledger(ledger).machines["PRESS-1"].states] == ["stopped"]
            await read(port_of(shop), HOLDING, 0, 1)
            await until(lambda: read_ledger(ledger).machines["PRESS-1"].finished)

    play(wait)


def test_the_same_seed_gives_the_same_shop_and_another_another() -> None:
    press = load_scenario("demo").machines[0]
    first, again, other = (list(islice(happenings(press, seed), 500)) for seed in (1, 1, 2))
    assert first == again != other
    assert [at for at, _ in first] == sorted(at for at, _ in first)


@pytest.mark.parametrize("name", PACKAGED)
def test_packaged_scenarios_load_and_describe_two_plants_and_eleven_machines(name: str) -> None:
    packaged = load_scenario(name)
    description = describe(packaged, "127.0.0.1", dict.fromkeys(endpoints_of(packaged), 502))
    assert len(description.machines) == len(description.devices) == 11
    assert set(description.plants.values()) == {"NORTH", "SOUTH"}
    assert len(description.stations) == 2
    assert len({tag.id for device in description.devices for tag in device.tags}) == 6 * 10 + 5 * 11


def test_both_packaged_scenarios_have_the_same_machines() -> None:
    demo, check = (load_scenario(name) for name in PACKAGED)
    for shop in (demo, check):
        assert shop.stations == demo.stations
    same = ("code", "name", "station", "maker", "endpoint", "unit_id")
    assert [[getattr(m, f) for f in same] for m in demo.machines] == [
        [getattr(m, f) for f in same] for m in check.machines
    ]


def test_what_is_described_can_be_read(tmp_path: Path) -> None:
    makers = [{"code": "A-1", "first_good": 4711}, {"code": "B-1", "maker": "b", "first_good": 4711}]

    async def read_all() -> None:
        async with running(scenario(*makers), tmp_path / "ledger") as shop:
            for device in shop.description.devices:
                for tag in device.tags:
                    words = await read(device.endpoint[1], tag.table, tag.address, tag.registers)
                    reading = decode(tag, words, Moment(datetime.now(UTC), 0.0))
                    assert reading.is_good, f"{tag.name}: {reading.reason}"
                    if COUNT_KINDS.get(tag.role) is CountKind.GOOD:
                        assert reading.value == 4711

    play(read_all)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"maker": "a", "steps": [{"do": "starve", "seconds": 1}]}, "maker a has no signal for starve"),
        ({"steps": [{"do": "fault", "seconds": 1, "alarms": [5]}]}, "maker a has no alarm 5, only 0, 1, 2, 3, 4, 7"),
        ({"steps": [{"do": "reset_counter"}]}, "no step takes time"),
        ({"steps": [{"do": "dance", "seconds": 1}]}, "does not match any of the expected tags"),
        ({"station": "NOWHERE"}, "stands at NOWHERE, but there is no such station"),
        ({"colour": "red"}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_scenario_is_refused_in_words(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scenario(changed)


def test_a_scenario_that_is_not_there_or_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file or directory; give a file, or one of demo or check"):
        load_scenario(str(tmp_path / "none.toml"))
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ")
    with pytest.raises(ScenarioError, match="is no TOML"):
        load_scenario(str(broken))
    broken.write_text('name = "x"\nstation = []\nmachine = []')
    with pytest.raises(ScenarioError, match="station: must not be empty"):
        load_scenario(str(broken))


async def ask(port: int, *commands: str) -> list[dict[str, Any]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = []
    for command in commands:
        writer.write(command.encode() + b"\n")
        async with asyncio.timeout(DEADLINE):
            answers.append(json.loads(await reader.readline()))
    writer.close()
    return answers


def test_faults_on_demand(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"

    async def demand() -> None:
        async with running(scenario(), ledger) as shop:
            control = Control(shop)
            await control.start()
            answers = await ask(
                control.port,
                '{"do": "exception", "machine": "PRESS-1", "seconds": 60, "code": 4}',
                '{"do": "clock_step", "delta": -3600}',
                '{"do": "status"}',
                '{"do": "silent", "machine": "PRESS-9", "seconds": 60}',
                '{"do": "silent", "machine": "PRESS-1"}',
                "nonsense",
                "[" * 30_000,
                '{"do": "clear", "machine": "PRESS-1"}',
                '{"do": "stop"}',
            )
            assert [answer["ok"] for answer in answers] == [True, True, True, False, False, False, False, True, True]
            assert answers[2]["clock_offset_seconds"] == -3600
            assert answers[2]["machines"]["PRESS-1"]["state"] == "stopped"
            assert "known: PRESS-1" in answers[3]["error"]
            assert "seconds: is missing" in answers[4]["error"]
            assert control.stopped.is_set()
            await control.stop()
        assert read_ledger(ledger).machines["PRESS-1"].troubles == ["exception"]

    play(demand)


def test_the_ledger_reader_sums_up_lines() -> None:
    facts: list[dict[str, Any]] = [
        {"kind": "opened", "scenario": "x"},
        {"kind": "state", "machine": "M", "state": "running", "alarms": []},
        {"kind": "part", "machine": "M", "count": "good", "register": 1},
        {"kind": "state", "machine": "M", "state": "fault", "alarms": ["A"]},
        {"kind": "state", "machine": "M", "state": "fault", "alarms": ["A", "B"]},
        {"kind": "finished", "machine": "M"},
    ]
    lines = [json.dumps({"at": f"2026-01-05T06:00:0{second}+00:00", **fact}) for second, fact in enumerate(facts)]
    truth = Truth.of([*lines, "not json"])
    machine = truth.machines["M"]
    assert machine.made == {CountKind.GOOD: 1}
    assert [(begun.state, begun.alarms) for begun in machine.states] == [
        (MachineState.RUNNING, ()),
        (MachineState.FAULT, ("A", "B")),
    ]
    assert (machine.alarms, machine.finished) == (["A", "B"], True)


def test_states_are_compared_without_unknown_stretches() -> None:
    seen = [MachineState(state) for state in ("unknown", "running", "unknown", "running", "stopped")]
    assert sequence(seen) == [MachineState.RUNNING, MachineState.STOPPED]


def command(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_the_command_describes_a_shop(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command("demo", "--describe", "--port-base", "2000")) == 0
    described = AgentConfiguration.model_validate_json(capsys.readouterr().out)
    assert [device.port for device in described.devices][:8] == [2000, 2001, 2002, 2003, 2004, 2005, 2005, 2006]
    assert {Path(device.line).name for device in described.devices[8:]} == {"RS485-1"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.toml"], "scenario nowhere.toml: No such file"),
        (["demo", "--port-base", "65530"], "--port-base 65530 leaves no room for 7 ports"),
        (["demo", "--speed", "0"], "--speed 0 must be above 0"),
        (["demo", "--describe", "--port-base", "0"], "--describe needs fixed ports"),
    ],
)
def test_the_command_says_what_is_wrong(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command(*words)) == 2
    assert message in capsys.readouterr().err


def test_a_taken_port_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        base = taken.getsockname()[1]
        assert run(command("demo", "--port-base", str(base), "--ledger", str(tmp_path / "ledger.jsonl"))) == 2
    told = capsys.readouterr().err
    assert str(base) in told
    assert "choose another port or file" in told


PROGRAM = """
import argparse, sys
from unison_station.simulate import add_arguments, run
parser = argparse.ArgumentParser()
add_arguments(parser)
sys.exit(run(parser.parse_args()))
"""


@pytest.fixture
def demo(tmp_path: Path) -> Any:
    """The demo shop as a process of its own, ended by a signal as the launcher does."""
    ports = tmp_path / "ports.json"
    words = ["demo", "--port-base", "0", "--ports-file", str(ports), "--ledger", str(tmp_path / "ledger.jsonl")]
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, *words], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + DEADLINE
    while not ports.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    yield json.loads(ports.read_text())
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE) == 0


def mbpoll(port: int, table: str, address: int, count: int, unit: int = 1, *options: str) -> list[str]:
    """What Debian's mbpoll reads, as it prints it."""
    if shutil.which("mbpoll") is None:
        pytest.skip("mbpoll is not installed: apt-get install mbpoll")
    place = ["-1", "-0", "-p", str(port), "-a", str(unit), "-t", table, "-r", str(address), "-c", str(count)]
    told = subprocess.run(
        ["mbpoll", "-m", "tcp", *place, *options, "127.0.0.1"],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    ).stdout
    return [line.split(":", 1)[1].split("(")[0].strip() for line in told.splitlines() if line.startswith("[")]


def test_a_foreign_client_reads_both_makers(demo: dict[str, Any]) -> None:
    """mbpoll takes 32-bit values with swapped words (maker B) unless `-B` says big-endian."""
    ports = {device["name"]: device["port"] for device in demo["shop"]["devices"]}
    press, filler = ports["Maker A, Press 1"], ports["Maker B, Filler 1"]
    status, alarms, good, scrap = map(int, mbpoll(press, "4", 0, 4))
    assert (status & 1, alarms, scrap) == (1, 0, 0)
    assert 65_400 <= good < 65_410
    (energy_high,) = mbpoll(press, "4:hex", 5, 1)
    assert energy_high.startswith("0x408F"), "1000 kWh as the first word of a big-endian float64"
    assert mbpoll(press, "4:hex", 9, 1) == ["0x4711"]
    assert mbpoll(press, "4:hex", 10, 3) == ["0x574F", "0x2D50", "0x5245"], "WO-PRE"
    (made,) = map(int, mbpoll(filler, "3:int", 2, 1))
    assert 1_048_500 <= made < 1_048_520
    assert mbpoll(filler, "3:int", 4, 1) == ["960"]
    assert mbpoll(filler, "3:float", 10, 1) == ["75"]
    (temperature,) = map(float, mbpoll(filler, "3:float", 12, 1))
    assert 35 <= temperature <= 47
    assert mbpoll(filler, "3:hex", 30, 2) == ["0x4946", "0x4C4C"], "FILL with the bytes of each register swapped"
    assert mbpoll(filler, "1", 0, 4) == ["1", "0", "0", "0"]
    assert mbpoll(filler, "3", 14, 1) == [], "a reserved address is refused"
