"""`unison-station ports`: the serial ports and typing scanners of this PC, by the names to configure."""

from __future__ import annotations

import argparse

from unison_station.platform.input_device import known_keyboards, path_of
from unison_station.platform.serial_port import known_ports


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`ports` has no options."""
    parser.description = (
        "Lists the serial ports of this PC, and what types like a keyboard. The first column is what a device, scanner "
        "or gauge is configured with: the name of the adapter, which stays the same wherever it is plugged in, or the "
        "path of a port that has no such name."
    )


def run(_arguments: argparse.Namespace) -> int:
    """Print the ports, one a line."""
    ports, keyboards = known_ports(), known_keyboards()
    if not ports:
        print("This PC has no serial ports.")
    width = max(map(len, [*(port.name for port in ports), *keyboards]), default=0)
    for port in ports:
        print(f"{port.name.ljust(width)}  {port.path}  {port.description}".rstrip())
    for name in keyboards:
        print(f"{name.ljust(width)}  {path_of(name)}  keyboard, or a scanner that types")
    return 0
