"""Input devices of Linux: read for this program alone, so that what a scanner types reaches no window.

The records are `struct input_event` of `linux/input.h`; EVIOCGRAB takes the device away from everybody else until it is
closed, also when the program is killed.
"""

from __future__ import annotations

import errno
import os
import select
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

BY_ID = Path("/dev/input/by-id")
"""Links that udev names by maker, model and serial number of the device."""

EVIOCGRAB = 0x40044590
RECORD = struct.Struct("llHHi")
"""Two words of time, then type, code and value."""

EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
_MOST_BYTES = 64 * RECORD.size


class KeyEvent(NamedTuple):
    """A key went down (`is_down`) or up. `key` None: the system lost events, nobody knows which."""

    key: int | None
    is_down: bool = True


def known_keyboards(by_id: Path = BY_ID) -> list[str]:
    """Names of the input devices that type, of those that have a lasting name."""
    return sorted(link.name for link in by_id.glob("*-kbd")) if by_id.is_dir() else []


def path_of(name: str, by_id: Path = BY_ID) -> str:
    """Where the device of this name is now; a path is one already."""
    return name if "/" in name else str(by_id / name)


class InputDevice:
    """An open device that nobody else hears."""

    def __init__(self, name: str, *, grab: Callable[[int], None] | None = None, by_id: Path = BY_ID) -> None:
        """Open it and take it.

        Args:
            grab: takes the open device; by default EVIOCGRAB.

        Raises:
            ConnectionError: it can't be, with the reason in words.
        """
        self._name = name
        self._rest = b""
        try:
            self._file = os.open(path_of(name, by_id), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except OSError as error:
            raise ConnectionError(_in_words(name, error, by_id)) from None
        try:
            (grab or _grab)(self._file)
        except OSError as error:
            os.close(self._file)
            raise ConnectionError(_in_words(name, error, by_id)) from None

    def read(self, seconds: float) -> list[KeyEvent] | None:
        """What was typed, as soon as the device says anything; None when it was silent for so long.

        Raises:
            ConnectionError: it is gone.
        """
        ready, _, _ = select.select([self._file], [], [], seconds)
        if not ready:
            return None
        try:
            content = os.read(self._file, _MOST_BYTES)
        except OSError as error:
            raise ConnectionError(f"keyboard device {self._name} was lost: {error.strerror}") from None
        if not content:
            raise ConnectionError(f"keyboard device {self._name} was lost: it ended")
        content = self._rest + content
        whole = len(content) // RECORD.size * RECORD.size
        self._rest = content[whole:]
        return list(_keys(content[:whole]))

    def close(self) -> None:
        """Let it go; what it types goes to windows again."""
        with suppress(OSError):
            os.close(self._file)


def _keys(content: bytes) -> Iterator[KeyEvent]:
    for _, _, kind, code, value in RECORD.iter_unpack(content):
        if kind == EV_SYN and code == SYN_DROPPED:
            yield KeyEvent(None)
        elif kind == EV_KEY and value in (0, 1):  # 2 is a key that repeats because it is held: no scanner means that
            yield KeyEvent(code, value == 1)


if sys.platform != "win32":
    import fcntl

    def _grab(file: int) -> None:
        fcntl.ioctl(file, EVIOCGRAB, 1)

else:

    def _grab(_file: int) -> None:
        raise OSError(errno.ENOSYS, "is read on Linux only: set the scanner to its serial mode")


def _in_words(name: str, error: OSError, by_id: Path) -> str:
    match error.errno:
        case errno.ENOENT:
            others = ", ".join(known_keyboards(by_id)) or "none"
            return f"keyboard device {name} is not there; those of this PC: {others}"
        case errno.EACCES | errno.EPERM:
            return f"keyboard device {name} may not be used: add the agent's account to the group that owns it (input)"
        case errno.EBUSY:
            return f"keyboard device {name} is in use by another program that took it for itself"
        case errno.ENOTTY | errno.EINVAL:
            return f"{name} is no input device"
    return f"keyboard device {name} can not be opened: {error.strerror}"
