"""Whether there is a display for windows; Qt itself ends the process without a useful word where there is none."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress

_DISPLAY = re.compile(r"(?P<host>[^/]*):(?P<number>\d+)(?:\.\d+)?")
"""X(7), "Display names"."""
_TCP_PORT = 6000
_SECONDS = 3.0


def lacking_display(environment: Mapping[str, str] = os.environ) -> str | None:
    """Why no window can be opened on this Linux; None where one can, or where only Qt can tell."""
    if not any(environment.get(name) for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")):
        return "there is no display here"
    display = environment.get("DISPLAY", "")
    is_x = environment.get("QT_QPA_PLATFORM") == "xcb" or not (
        environment.get("QT_QPA_PLATFORM") or environment.get("WAYLAND_DISPLAY")
    )
    if is_x and (named := _DISPLAY.fullmatch(display)) and not _answers(named["host"], int(named["number"])):
        return f"the display {display}, which DISPLAY names, can not be reached"
    return None


def _answers(host: str, number: int) -> bool:
    if host not in ("", "unix"):
        return _connects(socket.AF_INET, (host, _TCP_PORT + number))
    answers = False
    if sys.platform != "win32":
        path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - the place X servers listen at
        answers = any(_connects(socket.AF_UNIX, address) for address in (path, f"\0{path}"))
    return answers


def _connects(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with suppress(OSError), socket.socket(family) as probe:
        probe.settimeout(_SECONDS)
        probe.connect(address)
        return True
    return False
