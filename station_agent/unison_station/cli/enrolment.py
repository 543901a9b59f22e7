"""`unison-station enrol`: from the code shown in the desktop to an agent the server knows."""

from __future__ import annotations

import argparse
from pathlib import Path

from unison_station.cli.arguments import add_data, own_folder_of
from unison_station.uplink.enrolment import enrol
from unison_station.version import VERSION


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `enrol`."""
    parser.description = (
        "Exchanges the one-time code that the desktop shows (Stations, Enrol a PC…) for this PC's own access. "
        "A running agent takes a new enrolment up by itself."
    )
    parser.add_argument("--server", required=True, metavar="URL", help="e.g. https://unison.example")
    parser.add_argument("--code", required=True, help="as shown in the desktop, all of it; works once, expires soon")
    parser.add_argument("--ca-file", type=Path, metavar="FILE", help="the server's authority, brought by hand")
    add_data(parser)


def run(arguments: argparse.Namespace) -> int:
    """Enrol."""
    folder = own_folder_of(arguments)
    identity = enrol(folder, arguments.server, arguments.code, version=VERSION, ca_file=arguments.ca_file)
    data = f" --data {arguments.data}" if arguments.data else ""
    if identity.authority is not None:
        print("From now on this PC trusts the server's own authority and nothing else.")
    print(f"Enrolled at {identity.server} as agent {identity.agent_id}. Start it with: unison-station run{data}")
    return 0
