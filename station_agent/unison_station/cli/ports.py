"""`unison-station ports`: serial ports, typing scanners and cameras of this PC, by the names to configure."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from unison_domain.stations.attached import AttachedKind

from unison_station.platform.attached import attached


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`ports` has no options."""
    parser.description = (
        "Lists the serial ports and cameras of this PC, and what types like a keyboard. The first column is what a "
        "device, scanner, gauge or camera is configured with: the name of the adapter or camera, which stays the same "
        "wherever it is plugged in, or the path of one that has no such name."
    )


def run(_arguments: argparse.Namespace) -> int:
    """Print what was found, one a line under a heading, and what was not."""
    found = attached()
    for kind, (what, nothing) in _KINDS.items():
        _print(what, [(one.name, one.path, one.description or nothing) for one in found if one.kind is kind])
    return 0


_UNKNOWN = "tells nothing of itself: a port of the board, often with nothing on it"


_KINDS = {
    AttachedKind.SERIAL_PORT: ("serial ports", _UNKNOWN),
    AttachedKind.KEYBOARD: ("typing scanners", "keyboard, or a scanner that types"),
    AttachedKind.CAMERA: ("cameras", ""),
}
"""How each kind is called, and what is said of one that says nothing of itself."""


def _print(what: str, rows: Sequence[tuple[str, str, str]]) -> None:
    if not rows:
        print(f"No {what} found.")
        return
    table = [("NAME TO CONFIGURE", "PATH NOW", "WHAT IT IS"), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(2)]
    print(f"{what.capitalize()}:")
    for name, path, description in table:
        print(f"  {name.ljust(widths[0])}  {path.ljust(widths[1])}  {description}".rstrip())
