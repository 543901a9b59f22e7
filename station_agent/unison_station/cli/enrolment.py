"""`unison-station enrol`: from the code shown in the desktop to an agent the server knows."""

from __future__ import annotations

import argparse
from pathlib import Path

from unison_station.cli.arguments import CommandError, add_data, own_folder_of
from unison_station.platform.service_folder import OtherUser, become_its_user, service_folder
from unison_station.uplink.enrolment import enrol
from unison_station.version import VERSION


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `enrol`."""
    parser.description = (
        "Exchanges the one-time code that the desktop shows (Stations, Enrol a PC…) for this PC's own access. "
        "A running agent takes a new enrolment up by itself. Where the agent is a service of this PC, root enrols it."
    )
    parser.add_argument("--server", required=True, metavar="URL", help="e.g. https://unison.example")
    parser.add_argument("--code", required=True, help="as shown in the desktop, all of it; works once, expires soon")
    parser.add_argument("--ca-file", type=Path, metavar="FILE", help="the server's authority, brought by hand")
    add_data(parser)


def run(arguments: argparse.Namespace) -> int:
    """Enrol."""
    data = f" --data {arguments.data}" if arguments.data else ""
    then = f"Start it with: unison-station run{data}"
    service = None if arguments.data else service_folder()
    if service is not None:
        _act_for_the_service()
        arguments.data = service
        then = (
            "The service of this PC takes that up within seconds. Is it not running? "
            "systemctl enable --now unison-station"
        )
    folder = own_folder_of(arguments)
    identity = enrol(folder, arguments.server, arguments.code, version=VERSION, ca_file=arguments.ca_file)
    if identity.authority is not None:
        print("From now on this PC trusts the server's own authority and nothing else.")
    print(f"Enrolled at {identity.server} as agent {identity.agent_id}. {then}")
    return 0


def _act_for_the_service() -> None:
    try:
        become_its_user()
    except OtherUser as error:
        raise CommandError(
            f"{error}: type the same after sudo, or as root. To enrol another agent name its folder with --data"
        ) from None
