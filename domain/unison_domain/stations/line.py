"""Which line something is on: one key for all spellings of a serial port, and of a host with its port.

The database computes the same (`migrations/operations/versions/0039_one_line.py`); a test holds the two together.
What only the PC could tell, such as a path and the adapter that is there now, stays apart.
"""

from __future__ import annotations

import re
import string

_BLANKS = " \t\r\n\v\f"
_WINDOWS = re.compile(r"(?:\\\\[.?]\\)?([cC][oO][mM][0-9]+):?")
_SLASHES = re.compile(r"/(?:\.?/)+")
_BY_ID = re.compile(r"/dev/(?:serial|input|v4l)/by-id/")
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def plain_path(name: str) -> str:
    """A path, or the name of an adapter, without what says nothing: blanks around it, doubled slashes, its folder."""
    path = _SLASHES.sub("/", name.strip(_BLANKS))
    return path[found.end() :] if (found := _BY_ID.match(path)) else path


def port_key(port: str) -> str:
    """A serial port: `COM3` for `com3` and `\\\\.\\COM3`, else as `plain_path`; Linux tells large from small."""
    found = _WINDOWS.fullmatch(port.strip(_BLANKS))
    return found[1].upper() if found else plain_path(port)


def host_key(host: str) -> str:
    """A host: names are alike in any case and with the dot of the root (RFC 4343; RFC 1034, 3.1), IPv6 in brackets."""
    return host.strip(_BLANKS).translate(_LOWER).rstrip(".").removeprefix("[").removesuffix("]")


def line_key(serial_port: str | None, host: str | None, port: int | None) -> str:
    """The line of a device: its serial port, or host and port."""
    return port_key(serial_port) if serial_port is not None else f"{host_key(host or '')}:{port}"
