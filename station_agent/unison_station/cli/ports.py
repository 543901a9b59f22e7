"""`unison-station ports`: the serial ports of this PC, by the names to configure."""

from __future__ import annotations

import argparse

from unison_station.platform.serial_port import known_ports


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`ports` has no options."""
    parser.description = (
        "Lists the serial ports of this PC. The first column is what a device is configured with: the name of the "
        "adapter, which stays the same wherever it is plugged in, or the path of a port that has no such name."
    )


def run(_arguments: argparse.Namespace) -> int:
    """Print the ports, one a line."""
    ports = known_ports()
    if not ports:
        print("This PC has no serial ports.")
    width = max((len(port.name) for port in ports), default=0)
    for port in ports:
        print(f"{port.name.ljust(width)}  {port.path}  {port.description}".rstrip())
    return 0
