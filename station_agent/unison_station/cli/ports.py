"""`unison-station ports`: serial ports, typing scanners and cameras of this PC, by the names to configure."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from unison_station.platform.input_device import known_keyboards, path_of
from unison_station.platform.serial_port import known_ports
from unison_station.platform.video_device import known_cameras


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`ports` has no options."""
    parser.description = (
        "Lists the serial ports and cameras of this PC, and what types like a keyboard. The first column is what a "
        "device, scanner, gauge or camera is configured with: the name of the adapter or camera, which stays the same "
        "wherever it is plugged in, or the path of one that has no such name."
    )


def run(_arguments: argparse.Namespace) -> int:
    """Print what was found, one a line under a heading, and what was not."""
    ports, keyboards, cameras = known_ports(), known_keyboards(), known_cameras()
    _print(
        "serial ports",
        [
            (port.name, port.path, _UNKNOWN if port.description in _NO_DESCRIPTION else port.description)
            for port in ports
        ],
    )
    _print("typing scanners", [(name, path_of(name), "keyboard, or a scanner that types") for name in keyboards])
    _print("cameras", [(camera.name, camera.path, camera.description) for camera in cameras])
    return 0


_NO_DESCRIPTION = ("", "n/a")
"""What pyserial says of a port that tells nothing of itself."""

_UNKNOWN = "tells nothing of itself: a port of the board, often with nothing on it"


def _print(what: str, rows: Sequence[tuple[str, str, str]]) -> None:
    if not rows:
        print(f"No {what} found.")
        return
    table = [("NAME TO CONFIGURE", "PATH NOW", "WHAT IT IS"), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(2)]
    print(f"{what.capitalize()}:")
    for name, path, description in table:
        print(f"  {name.ljust(widths[0])}  {path.ljust(widths[1])}  {description}".rstrip())
