"""`unison-station check --listen`: what comes from a port, byte by byte, and what it means."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest
from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.stations.framing import Frame
from unison_domain.stations.gauge_settings import GaugeFormat
from unison_domain.stations.serial_settings import SerialSettings
from unison_station.cli import main
from unison_station.port_check import serial, unknown_listener
from unison_station.simulate.instruments import Caliper, Scale, Scanner

from tests.station_agent.peripherals.station import DIAMETER, WEIGHT, gauge, scanner, station
from tests.station_agent.waiting import DEADLINE, until

Output = pytest.CaptureFixture[str]


@contextmanager
def plugged(*devices: Scanner | Caliper | Scale) -> Iterator[None]:
    for device in devices:
        device.cable.plug()
    yield
    for device in devices:
        device.cable.unplug()


def checked(capsys: Output, act: Callable[[], None], *arguments: object, ports: int = 1) -> tuple[int, str]:
    """Exit code and what was printed, when `act` uses the instruments as soon as all ports are open."""
    shown, codes = "", list[int]()
    command = Thread(target=lambda: codes.append(main(["check", *map(str, arguments)])))
    command.start()

    def is_listening() -> bool:
        nonlocal shown
        shown += capsys.readouterr().out
        return shown.count("listening for") == ports or bool(codes)

    until(is_listening)
    act()
    command.join(DEADLINE)
    return codes[0], shown + capsys.readouterr().out


def told_of(shown: str, name: str) -> str:
    """What stands under the name of one of those that are heard together."""
    lines, whose = list[str](), ""
    for line in shown.splitlines():
        whose = whose if line.startswith(" ") else line.partition(":")[0].partition(" (")[0]
        lines += [line] if whose == name else []
    return "\n".join(lines)


def nothing() -> None:
    """Nobody uses anything."""


def test_configured_ones_are_told_byte_by_byte(tmp_path: Path, capsys: Output) -> None:
    devices = Scanner(tmp_path / "scanner"), Caliper(tmp_path / "caliper"), Scale(tmp_path / "scale", 0.0)
    hand, caliper, scale = devices
    configuration = station(
        scanner(hand.cable.link, "hand"),
        gauge(caliper.cable.link, GaugeFormat.MITUTOYO, DIAMETER, "1"),
        gauge(scale.cable.link, GaugeFormat.MT_SICS, WEIGHT),
    )
    bolts = ItemPattern(name="Bolts", pattern=r"B-(?P<part>\d{4})")
    file = tmp_path / "station.json"
    file.write_text(configuration.model_copy(update={"item_patterns": (bolts,)}).model_dump_json())

    def use() -> None:
        hand.scan("010950600013435210ABC\x1d17251231", "d2")
        hand.scan("B-1234", "A0")
        caliper.press(Decimal("0.120"))

    scale.load(Decimal("7.30"))
    with plugged(*devices):
        code, shown = checked(capsys, use, "--configuration", file, "--listen", 1, ports=3)
    assert code == 0
    assert "30 31 41 2B 30 30 30 30 2E 31 32 30 0D" in shown
    assert "01A+0000.120<CR>" in shown
    assert "measurement: Diameter 0.120 mm" in told_of(shown, "mitutoyo")
    assert "asked with S<CR><LF>" in told_of(shown, "mt_sics")
    assert "measurement: Weight 7.30 g" in told_of(shown, "mt_sics")
    assert "ABC<GS>17251231" in shown
    assert "scan: GS1 DataMatrix, GTIN 09506000134352, BATCH/LOT ABC, USE BY or EXPIRY 2025-12-31" in shown
    assert "scan: Code 39, perhaps part 1234" in told_of(shown, "hand")
    assert shown.count("1 message could be read") == 2
    assert "2 messages could be read" in shown


def test_a_port_nobody_configured_is_guessed_at(tmp_path: Path, capsys: Output) -> None:
    caliper = Caliper(tmp_path / "caliper")
    with plugged(caliper):
        code, shown = checked(
            capsys,
            lambda: caliper.press(Decimal("-1.50")),
            "--port",
            caliper.cable.link,
            "--line",
            "9600 8N1",
            "--listen",
            0.5,
            "--data",
            tmp_path,
        )
    assert code == 0
    assert "as mitutoyo: -1.50, channel 1" in shown
    assert "it ends with CR: set end line" in shown


@pytest.mark.parametrize(
    ("chunks", "last"),
    [
        ([b"\x02PART 123\x03\r\n"], "framing: messages stand between STX and ETX: set end stx_etx"),
        ([b"PART 1", b"23\r\n", b"PART"], "framing: it ends with CR LF: set end line"),
        ([b"PART 1"], "framing: no CR, LF or STX and ETX came yet; set end idle if none comes with any message"),
    ],
)
def test_the_end_is_told_by_all_that_was_heard(chunks: list[bytes], last: str) -> None:
    means = unknown_listener("port", *serial(SerialSettings(port="-")), None).means
    assert [means(Frame(chunk)) for chunk in chunks][-1][-1] == last


def test_each_text_of_a_burst_is_named_and_a_code_is_no_gauge() -> None:
    means = unknown_listener("port", *serial(SerialSettings(port="-")), None).means
    assert means(Frame(b"A1\r\n0109506000134352\r\n12.5 mm\r\n"))[:-1] == [
        "A1: as a scan: a text of no known form",
        "0109506000134352: as a scan: perhaps GTIN 09506000134352",
        "12.5 mm: as a scan: a text of no known form",
        "12.5 mm: as mark_10: 12.5 mm",
    ]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("S S     100,00 g", ["as mt_sics: 100.00 g, with a decimal comma: set decimal_comma"]),
        ("S D     100.00 g", ["as mt_sics: 100.00 g, still moving"]),
        ("-18,78 lbFin", ["as mark_10: -18.78 lbFin, with a decimal comma: set decimal_comma"]),
        ("01A+0000,120", ["as mitutoyo: 0.120, channel 1, with a decimal comma: set decimal_comma"]),
        ("S I", ["as mt_sics: the scale is busy or did not settle in time"]),
        ("S +", ["as mt_sics: the scale is overloaded"]),
        ("ES", ["as mt_sics: the scale does not know the command"]),
        ("*10", ["as mark_10: the gauge does not know the command"]),
        ("911", ["as mitutoyo: the gauge is not connected or sends nothing"]),
        ("911.5", ["as mitutoyo: the gauge is not connected or sends nothing", "as mark_10: 911.5"]),
        ("42", ["as mark_10: 42"]),
        ("0.0000001 mm", ["as mark_10: 0.0000001 mm"]),
    ],
)
def test_what_a_gauge_means_is_told_with_either_decimal_sign_and_its_faults_in_words(
    message: str, told: list[str]
) -> None:
    means = unknown_listener("port", *serial(SerialSettings(port="-")), None).means
    scan, *gauges = means(Frame(message.encode() + b"\r\n"))[:-1]
    assert scan == f"{message}: as a scan: a text of no known form"
    assert gauges == [f"{message}: {one}" for one in told]


def test_silence_and_what_is_not_there_fail(tmp_path: Path, capsys: Output) -> None:
    quiet = Scanner(tmp_path / "quiet")
    with plugged(quiet):
        code, shown = checked(capsys, nothing, "--port", quiet.cable.link, "--listen", 0.2, "--data", tmp_path)
    assert (code, "0 messages could be read" in shown) == (1, True)
    assert "nothing came: scan something or press its key while this listens" in shown
    code, shown = checked(capsys, nothing, "--port", "gone", "--listen", 0.2, "--data", tmp_path)
    assert (code, "serial port gone is not there" in shown) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "x"], "need --listen"),
        (["--port", "x", "--listen", "1", "--line", "fast"], "give it as BAUD"),
        (["--port", "x", "--listen", "1", "--line", "9600 8N1", "--ask", "zz"], "bytes in hexadecimal"),
    ],
)
def test_wrong_options_are_told_in_words(tmp_path: Path, capsys: Output, arguments: list[str], says: str) -> None:
    assert main(["check", "--data", str(tmp_path), *arguments]) == 1
    assert says in capsys.readouterr().err


def test_a_port_that_is_taken_says_how_to_stop_the_agent(tmp_path: Path, capsys: Output) -> None:
    caliper = Caliper(tmp_path / "caliper")
    with plugged(caliper):
        path = str(caliper.cable.link)
        with path_held(path):
            assert main(["check", "--listen", "1", "--port", path]) == 1
    assert "`sudo systemctl stop unison-station`" in capsys.readouterr().out


@contextmanager
def path_held(path: str) -> Iterator[None]:
    """As another program holds it."""
    with Path(path).open("rb", buffering=0) as port:
        fcntl.flock(port, fcntl.LOCK_EX)
        yield
