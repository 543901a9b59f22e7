"""Whether windows can be opened; where a display or a library is missing, Qt ends the process without a useful word."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress

_DISPLAY = re.compile(r"(?P<host>[^/]*):(?P<number>\d+)(?:\.\d+)?")
"""X(7), "Display names"."""
_TCP_PORT = 6000
_SECONDS = 3.0
_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
}
"""What Qt's plugin for X loads beyond Qt itself, and the Debian package that brings it."""


def lacking_display(environment: Mapping[str, str] = os.environ) -> str | None:
    """Why no window can be opened on this Linux; None where one can, or where only Qt can tell."""
    if not any(environment.get(name) for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")):
        return "there is no display here"
    display = environment.get("DISPLAY", "")
    if (
        _is_x(environment)
        and (named := _DISPLAY.fullmatch(display))
        and not _answers(named["host"], int(named["number"]))
    ):
        return f"the display {display}, which DISPLAY names, can not be reached"
    return None


def lacking_packages(
    environment: Mapping[str, str] = os.environ, load: Callable[[str], object] = ctypes.CDLL
) -> list[str]:
    """Debian's packages without which Qt opens no window on this display; none where it is no X display."""
    return (
        [package for library, package in _LIBRARIES.items() if not _loads(library, load)] if _is_x(environment) else []
    )


def _is_x(environment: Mapping[str, str]) -> bool:
    platform = environment.get("QT_QPA_PLATFORM")
    return platform == "xcb" or not (platform or environment.get("WAYLAND_DISPLAY"))


def _loads(library: str, load: Callable[[str], object]) -> bool:
    try:
        load(library)
    except OSError:
        return False
    return True


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
