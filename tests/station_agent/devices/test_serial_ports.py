"""Serial ports by the name of their adapter."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from unison_station.platform.serial_port import SerialPort, SerialSettings, known_ports, open_serial, path_of

from tests.station_agent.devices.serial_line import Line

NAME = "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"


def test_an_adapter_is_found_by_its_name_wherever_it_is(tmp_path: Path) -> None:
    link = tmp_path / NAME
    for place in ("ttyUSB0", "ttyUSB3"):
        (tmp_path / place).touch()
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / place)
        assert path_of(NAME, tmp_path) == str(tmp_path / place)


@pytest.mark.parametrize("name", ["/dev/ttyS0", "COM3", "../../etc/passwd", "usb-gone"])
def test_a_path_or_a_name_that_is_not_there_stays_what_it_is(name: str, tmp_path: Path) -> None:
    assert path_of(name, tmp_path) == name


def test_ports_of_this_machine_can_be_listed(tmp_path: Path) -> None:
    assert known_ports(tmp_path / "none") == sorted(known_ports(tmp_path))


def test_what_an_adapter_does_not_know_is_told(tmp_path: Path) -> None:
    """A pseudo-terminal has no parity, and whoever asks for nothing else is told so."""

    async def body(path: str) -> None:
        first = SerialPort(SerialSettings(path, 9600, "none", 1), lambda _: None, lambda _: None)
        await first.opened
        first.close()
        port = SerialPort(SerialSettings(path, 9600, "even", 1), lambda _: None, lambda _: None)
        with pytest.raises(ConnectionError, match="can not be set to 9600 baud, parity even"):
            await port.opened

    with Line(tmp_path) as line:
        asyncio.run(body(line.path))


def test_what_is_no_serial_port_is_told_with_those_that_are() -> None:
    with pytest.raises(ConnectionError, match=r"^/dev/null is no serial port; ports of this PC: "):
        open_serial(SerialSettings("/dev/null", 9600, "none", 1), Event())


def test_a_port_that_another_device_here_has_by_the_same_name_is_told_with_the_way_out(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        settings = SerialSettings(line.path, 9600, "none", 1)
        with closing(open_serial(settings, Event())), pytest.raises(ConnectionError, match="a port of its own"):
            open_serial(settings, Event())
