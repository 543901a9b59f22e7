"""A keyboard of the kernel is really taken for us alone: what it types reaches nobody else until it is let go."""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from unison_station.platform.input_device import EV_KEY, EV_SYN, RECORD, InputDevice, KeyEvent

from tests.station_agent.waiting import until

# linux/uinput.h
UI_SET_EVBIT, UI_SET_KEYBIT, UI_DEV_SETUP, UI_DEV_CREATE = 0x40045564, 0x40045565, 0x405C5503, 0x5501
SYSNAME_BYTES = 64
UI_GET_SYSNAME = 0x8000552C | SYSNAME_BYTES << 16
SETUP = struct.Struct("HHHH80sI")
BUS_USB = 3
A = 30


class Keyboard:
    """A keyboard with one key, made by the kernel's uinput.

    Attributes:
        path: its device.
    """

    def __init__(self, made_by: int) -> None:
        self._file = made_by
        fcntl.ioctl(made_by, UI_SET_EVBIT, EV_KEY)
        fcntl.ioctl(made_by, UI_SET_KEYBIT, A)
        fcntl.ioctl(made_by, UI_DEV_SETUP, SETUP.pack(BUS_USB, 1, 1, 1, b"Unison test keyboard", 0))
        fcntl.ioctl(made_by, UI_DEV_CREATE)
        name = fcntl.ioctl(made_by, UI_GET_SYSNAME, bytes(SYSNAME_BYTES)).rstrip(b"\0").decode()
        events = Path("/sys/devices/virtual/input") / name
        until(lambda: bool(list(events.glob("event*"))))
        self.path = Path("/dev/input") / next(events.glob("event*")).name

    def strike(self) -> None:
        """Its key goes down and up."""
        for value in (1, 0):
            os.write(self._file, RECORD.pack(0, 0, EV_KEY, A, value) + RECORD.pack(0, 0, EV_SYN, 0, 0))


@pytest.fixture
def keyboard() -> Iterator[Keyboard]:
    try:
        made_by = os.open("/dev/uinput", os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        pytest.skip(f"/dev/uinput can't be opened: {error.strerror}")
    try:
        yield Keyboard(made_by)
    finally:
        os.close(made_by)


@pytest.fixture
def window(keyboard: Keyboard) -> Iterator[int]:
    """Another program that reads the keyboard, as the system's windows do."""

    def is_open() -> bool:
        with suppress(OSError):
            opened.append(os.open(keyboard.path, os.O_RDONLY | os.O_NONBLOCK))
        return bool(opened)

    opened: list[int] = []
    until(is_open)
    yield opened[0]
    os.close(opened[0])


def heard(window: int) -> bytes:
    try:
        return os.read(window, 100 * RECORD.size)
    except BlockingIOError:
        return b""


def keys(device: InputDevice) -> list[KeyEvent]:
    found: list[KeyEvent] = []
    while len(found) < 2:
        told = device.read(5.0)
        assert told is not None, "the keyboard was silent"
        found += told
    return found


def test_the_kernel_is_asked_to_give_the_device_to_us_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where no keyboard can be made: `_IOW('E', 0x90, int)` of linux/input.h, of the very file that is read."""
    asked: list[tuple[str, int, int]] = []

    def ioctl(file: int, number: int, value: int) -> int:
        asked.append((str(Path(f"/proc/self/fd/{file}").readlink()), number, value))
        return 0

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    path = tmp_path / "usb-Maker_Scanner-event-kbd"
    path.touch()
    with closing(InputDevice(path.name, by_id=tmp_path)):
        write, size = 1, 4
        assert asked == [(str(path), write << 30 | size << 16 | ord("E") << 8 | 0x90, 1)]


def test_what_is_typed_reaches_us_alone_until_it_is_let_go(keyboard: Keyboard, window: int) -> None:
    keyboard.strike()
    assert heard(window)
    with closing(InputDevice(str(keyboard.path))) as device:
        keyboard.strike()
        assert keys(device) == [KeyEvent(A, True), KeyEvent(A, False)]
        assert heard(window) == b""
        with pytest.raises(ConnectionError, match="in use by another program that took it"):
            InputDevice(str(keyboard.path))
    keyboard.strike()
    assert heard(window)
