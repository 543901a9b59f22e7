"""Serial ports: opened for this program alone by a name that stays the same wherever the adapter is plugged in.

pyserial sets the line up on every operating system; a thread per port reads, as Windows has no other way.
"""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

import serial
from serial.tools import list_ports

BY_ID = Path("/dev/serial/by-id")
"""Links that udev names by maker, model and serial number of the adapter (Linux)."""

_WAKE_SECONDS = 1.0
_PATIENCE_SECONDS = 0.6
"""How long a port may be held by the line that had it before the configuration changed."""
_RETRY_SECONDS = 0.1
_OPEN_HERE: WeakKeyDictionary[serial.Serial, tuple[str, str]] = WeakKeyDictionary()
"""Ports this program has open: the name each was opened by, and where that was."""
_OPENING = threading.Lock()
_PARITIES = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}


class SerialSettings(NamedTuple):
    """What is opened; `name` as in `DeviceSettings.serial_port`, `parity` one of none, even and odd."""

    name: str
    baud_rate: int
    parity: str
    stop_bits: int
    data_bits: int = 8


class KnownPort(NamedTuple):
    """A serial port of this PC: the name to configure, where it is now, and what the system calls it."""

    name: str
    path: str
    description: str


def known_ports(by_id: Path = BY_ID) -> list[KnownPort]:
    """The serial ports of this PC, each under the name that lasts where it has one."""
    lasting = {str(link.resolve()): link.name for link in sorted(by_id.glob("*"))} if by_id.is_dir() else {}
    found = list_ports.comports()
    return sorted(KnownPort(lasting.get(port.device, port.device), port.device, port.description) for port in found)


def path_of(name: str, by_id: Path = BY_ID) -> str:
    """Where the port of this name is now: asked anew at every opening, as paths change when adapters are moved."""
    link = by_id / name
    return str(link.resolve()) if "/" not in name and link.exists() else name


def open_serial(settings: SerialSettings, ending: threading.Event) -> serial.Serial:
    """The port, open for this program alone, to be read by the thread that called; `ending` ends the wait for it.

    Raises:
        ConnectionError: it can't be opened, with the reason in words.
    """
    try:
        return _open(settings, ending)
    except Exception as error:
        raise ConnectionError(_in_words(settings, error)) from None


class SerialPort:
    """An open port, or one that is being opened.

    An adapter that is pulled out raises another error from each call (OSError, termios.error, TypeError, or nothing but
    an empty read): all of them mean that the port is lost, which is told once.

    Attributes:
        opened: done when the port is open; raises `ConnectionError` with the reason in words when it can't be.
    """

    def __init__(
        self, settings: SerialSettings, received: Callable[[bytes], None], lost: Callable[[str], None]
    ) -> None:
        """Begin to open; `received` and `lost` are called in the running event loop."""
        self._settings, self._received, self._lost = settings, received, lost
        self._loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = self._loop.create_future()
        self._ending = threading.Event()
        self._port: serial.Serial | None = None
        thread = threading.Thread(target=self._live, name=f"serial {settings.name}", daemon=True)
        thread.start()

    def write(self, data: bytes) -> None:
        """Hand the bytes to the driver without waiting for the line; a lost port is told through `lost`."""
        try:
            if self._port is not None:
                self._port.write(data)
        except Exception as error:
            self._lose(error)

    def close(self) -> None:
        """Let the port go, soon; nothing is told any more."""
        self._ending.set()
        with suppress(Exception):
            if self._port is not None:
                self._port.cancel_read()

    def _live(self) -> None:
        """Body of the thread: the port is opened, read and closed here and nowhere else."""
        try:
            port = open_serial(self._settings, self._ending)
        except ConnectionError as error:
            self._tell(self._refuse, str(error))
            return
        self._port = port
        try:
            self._tell(self._accept)
            while not self._ending.is_set():
                if data := port.read(1):
                    self._tell(self._received, data + port.read(port.in_waiting))
        except Exception as error:
            self._lose(error)
        finally:
            with suppress(Exception):
                port.close()

    def _lose(self, error: Exception) -> None:
        if not self._ending.is_set():
            self._ending.set()
            self._tell(self._lost, f"serial port {self._settings.name} was lost: {error}")

    def _accept(self) -> None:
        if not self.opened.done():
            self.opened.set_result(None)

    def _refuse(self, reason: str) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(reason))

    def _tell(self, what: Callable[..., None], *about: object) -> None:
        with suppress(RuntimeError):  # the event loop has ended
            self._loop.call_soon_threadsafe(what, *about)


def _open(settings: SerialSettings, ending: threading.Event) -> serial.Serial:
    patient_until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        path = path_of(settings.name)
        try:
            port = serial.Serial(
                path,
                settings.baud_rate,
                bytesize=settings.data_bits,
                parity=_PARITIES[settings.parity],
                stopbits=settings.stop_bits,
                timeout=_WAKE_SECONDS,
                write_timeout=0,
                exclusive=True,
            )
            with _OPENING:
                _OPEN_HERE[port] = settings.name, os.path.realpath(path)
            return port
        except serial.SerialException as error:
            if error.errno != errno.EAGAIN or time.monotonic() > patient_until:
                raise
            ending.wait(_RETRY_SECONDS)


def _name_here(name: str) -> str | None:
    """The name by which this program itself has the port open; None when it is somebody else who has it."""
    path = os.path.realpath(path_of(name))
    with _OPENING:
        names = [known for port, (known, where) in _OPEN_HERE.items() if port.is_open and where == path]
    return names[0] if names else None


def _in_words(settings: SerialSettings, error: Exception) -> str:
    name = settings.name
    other = _name_here(name)
    match _number_of(error):
        case errno.ENOENT:
            return f"serial port {name} is not there; ports of this PC: {_ports_here()}"
        case errno.ENOTTY:
            return f"{name} is no serial port; ports of this PC: {_ports_here()}"
        case errno.EACCES:
            return f"serial port {name} may not be used: add the agent's account to the group that owns it (dialout)"
        case errno.EAGAIN | errno.EBUSY if other == name:
            return f"serial port {name} is in use here already: give each device of this PC a port of its own"
        case errno.EAGAIN | errno.EBUSY if other is not None:
            return f"serial port {name} is in use here already as {other}: write one name for one adapter everywhere"
        case errno.EAGAIN | errno.EBUSY:
            return f"serial port {name} is in use by another program"
        case errno.EINVAL:
            how = (
                f"{settings.baud_rate} baud, parity {settings.parity}, stop bits {settings.stop_bits}, "
                f"data bits {settings.data_bits}"
            )
            return f"serial port {name} can not be set to {how}: its adapter does not know that"
    return f"serial port {name} can not be opened: {error}"


def _number_of(error: BaseException) -> int | None:
    """What the system calls it: termios.error has it in `args`, pyserial's own of a port that can't be set nowhere."""
    for one in (error, error.__context__):
        numbers = (getattr(one, "errno", None), *getattr(one, "args", ()))
        if number := next((each for each in numbers if isinstance(each, int)), None):
            return number
    return None


def _ports_here() -> str:
    return ", ".join(port.name for port in known_ports()) or "none"
