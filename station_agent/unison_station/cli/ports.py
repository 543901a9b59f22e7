"""`unison-station ports`: serial ports, typing scanners and cameras of this PC, by the names to configure."""

from __future__ import annotations

import argparse

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
    """Print the ports, one a line."""
    ports, keyboards, cameras = known_ports(), known_keyboards(), known_cameras()
    if not ports:
        print("This PC has no serial ports.")
    names = [*(port.name for port in ports), *keyboards, *(camera.name for camera in cameras)]
    width = max(map(len, names), default=0)
    for port in ports:
        print(f"{port.name.ljust(width)}  {port.path}  {port.description}".rstrip())
    for name in keyboards:
        print(f"{name.ljust(width)}  {path_of(name)}  keyboard, or a scanner that types")
    for camera in cameras:
        print(f"{camera.name.ljust(width)}  {camera.path}  camera {camera.description}".rstrip())
    return 0
