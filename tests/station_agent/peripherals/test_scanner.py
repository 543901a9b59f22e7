"""Serial scanners on real pseudo-terminals: each text once, on disk before it beeps, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from unison_domain.codes.aim import Symbol
from unison_domain.stations.framing import Frame
from unison_domain.stations.serial_settings import FrameEnd, Framing
from unison_station.agent import Agent
from unison_station.peripherals.scanner import read_frame
from unison_station.simulate.instruments import Scanner, Slip
from unison_station.store import Store

from tests.station_agent.peripherals.station import refusals, scanner, scans, states, station, taken
from tests.station_agent.waiting import until


@contextmanager
def at_work(folder: Path, **more: Any) -> Iterator[tuple[Agent, Scanner]]:
    device = Scanner(folder / "scanner")
    device.cable.plug()
    try:
        with Agent(folder / "data", configuration=station(scanner(device.cable.link, **more))) as agent:
            until(lambda: states(agent) == ["online"])
            yield agent, device
    finally:
        device.cable.unplug()


def test_a_scan_is_kept_with_its_symbol_and_its_separator(tmp_path: Path) -> None:
    with at_work(tmp_path) as (agent, device):
        device.scan("010950600013435210ABC\x1d17251231", "d2")
        until(lambda: scans(agent) != [])
        (event,) = taken(agent, "scan_taken")
    assert event["text"] == "010950600013435210ABC\x1d17251231"
    assert (event["symbology"], event["source"]) == ("d2", "scanner")


@pytest.mark.parametrize(("slip", "times"), [("half", 1), ("pause", 1), ("double", 2), (None, 1)])
def test_pieces_are_one_scan_and_two_at_once_are_two(tmp_path: Path, slip: Slip | None, times: int) -> None:
    with at_work(tmp_path) as (agent, device):
        device.scan("SN-4711-0815", "C0", slip)
        until(lambda: len(scans(agent)) == times)
        assert set(scans(agent)) == {"SN-4711-0815"}
        assert refusals(agent) == []


def test_the_rest_of_a_scan_that_was_given_up_is_no_scan(tmp_path: Path) -> None:
    with at_work(tmp_path) as (agent, device):
        device.cable.send(b"]C0SN-4711-")
        until(lambda: len(refusals(agent)) == 1)
        device.cable.send(b"0815\r]C0SN-4712\r")
        until(lambda: scans(agent) == ["SN-4712"])
        assert "may be the rest of the message that was given up" in refusals(agent)[-1]


def test_ten_scans_at_once_are_ten(tmp_path: Path) -> None:
    with at_work(tmp_path) as (agent, device):
        for number in range(10):
            device.scan(f"PART-{number}")
        until(lambda: len(scans(agent)) == 10)
        assert scans(agent) == [f"PART-{number}" for number in range(10)]


def test_noise_and_half_a_message_are_told_and_nul_is_seen(tmp_path: Path) -> None:
    with at_work(tmp_path, framing=Framing(end=FrameEnd.STX_ETX)) as (agent, device):
        device.cable.send(b"noise\x03\x02A\0B\x03\r\n")
        until(lambda: scans(agent) == ["A\N{SYMBOL FOR NULL}B"])
        assert ["outside STX and ETX" in words for words in refusals(agent)] == [True]
        device.cable.send(b"\x02half")
        until(lambda: len(refusals(agent)) == 2)
        assert "given up" in refusals(agent)[-1]


def test_bytes_that_are_no_utf_8_are_latin_1(tmp_path: Path) -> None:
    with at_work(tmp_path, identifies=False) as (agent, device):
        device.cable.send("Gr\xfcn]C1\r".encode("latin-1"))
        until(lambda: scans(agent) == ["Gr\xfcn]C1"])


@pytest.mark.parametrize("identifies", [True, False])
@pytest.mark.parametrize("noise", [b"\0", b"\xff", b"\xff\0\0"])
def test_line_noise_before_a_text_is_no_part_of_it(noise: bytes, identifies: bool) -> None:
    assert read_frame(Frame(noise + b"SN-1"), identifies=identifies)[1] == "SN-1"
    assert read_frame(Frame(noise + "Grün".encode()), identifies=identifies)[1] == "Grün"
    assert read_frame(Frame(noise + b"]C1SN-1"), identifies=True) == (Symbol("C1"), "SN-1")


def test_one_that_was_unplugged_is_found_again(tmp_path: Path) -> None:
    with at_work(tmp_path) as (agent, device):
        device.scan("BEFORE")
        until(lambda: scans(agent) == ["BEFORE"])
        device.cable.unplug()
        until(lambda: states(agent) == ["offline"])
        assert "was lost" in (agent.peripherals.reports[0].message or "")
        device.cable.plug()
        until(lambda: states(agent) == ["online"])
        device.scan("AFTER")
        until(lambda: scans(agent) == ["BEFORE", "AFTER"])


def test_the_configuration_starts_stops_and_moves_them(tmp_path: Path) -> None:
    devices = [Scanner(tmp_path / f"port{number}") for number in range(2)]
    for device in devices:
        device.cable.plug()
    first, second = (scanner(device.cable.link, f"s{place}") for place, device in enumerate(devices))
    with Agent(tmp_path / "data", configuration=station(first)) as agent:
        until(lambda: states(agent) == ["online"])
        kept = agent.peripherals.find(first.id)
        agent.engine.configure(station(first, second, version=2))
        until(lambda: states(agent) == ["online", "online"])
        assert agent.peripherals.find(first.id) is kept, "one that did not change goes on"
        devices[1].scan("FROM-1")
        until(lambda: scans(agent) == ["FROM-1"])
        swapped = scanner(devices[0].cable.link, "s1")
        agent.engine.configure(station(swapped, version=3))
        until(lambda: agent.peripherals.find(first.id) is None and states(agent) == ["online"])
        devices[0].scan("FROM-0")
        until(lambda: scans(agent) == ["FROM-1", "FROM-0"])
        agent.engine.configure(station(version=4))
        until(lambda: states(agent) == [])
    for device in devices:
        device.cable.unplug()


def test_a_port_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    with Agent(tmp_path, configuration=station(scanner("no-such-port"))) as agent:
        until(lambda: any("no-such-port is not there" in (one.message or "") for one in agent.peripherals.reports))
        assert states(agent) == ["offline"]


def test_the_server_is_told_what_was_refused_byte_by_byte_and_what_to_do(tmp_path: Path) -> None:
    with at_work(tmp_path) as (agent, device):
        device.cable.send(b"]C0SN-4711\x1d\xfc")
        until(lambda: agent.peripheral_reports()[0].refused != ())
        (told,) = agent.peripheral_reports()[0].refused
    assert (told.raw, told.reason) == ("]C0SN-4711\x1d\\xfc", "came without its end and was given up")
    assert told.remedy is not None
    assert told.remedy.startswith("Scan or measure it once more")


def test_what_was_refused_is_on_disk_at_once_and_counted_when_the_agent_ends(tmp_path: Path) -> None:
    with at_work(tmp_path, framing=Framing(end=FrameEnd.STX_ETX)) as (agent, device):
        device.cable.send(b"noise\x03")
        until(lambda: len(taken(agent, "value_refused")) == 1)
        (first,) = taken(agent, "value_refused")
        device.cable.send(2 * b"noise\x03")
        until(lambda: len(refusals(agent)) == 3)
    with Store.open(tmp_path / "data") as store:
        _, last = taken(store, "value_refused")
    assert (first["times"], last["times"], last["id"]) == (1, 3, first["id"])
    assert (first["raw"], first["reason"]) == ("noise", "came outside STX and ETX")
