"""What several commands share: where the data lies, which configuration holds, and errors people can act on."""

from __future__ import annotations

import argparse
from pathlib import Path

from unison_domain.stations.configuration import AgentConfiguration

from unison_station.configuration_file import load_configuration
from unison_station.platform.files import data_folder
from unison_station.uplink.uplink import CONFIGURATION_FILE


class CommandError(Exception):
    """The command can't do what was asked; the message says what to do."""


def add_data(parser: argparse.ArgumentParser) -> None:
    """`--data`."""
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of this agent's data (default: $UNISON_DATA/station)"
    )


def add_configuration(parser: argparse.ArgumentParser) -> None:
    """`--configuration`."""
    parser.add_argument(
        "--configuration", type=Path, metavar="FILE", help="configuration to use instead of the one the server sent"
    )


def folder_of(arguments: argparse.Namespace) -> Path:
    """The data folder."""
    folder: Path | None = arguments.data
    return folder if folder is not None else data_folder()


def configuration_of(arguments: argparse.Namespace) -> AgentConfiguration:
    """The configuration asked for, else the one the server sent last."""
    given: Path | None = arguments.configuration
    if given is not None:
        return load_configuration(given)
    path = folder_of(arguments) / CONFIGURATION_FILE
    if not path.exists():
        raise CommandError(
            f"{path} is not there: no server sent a configuration yet. Enrol and run the agent first, "
            "or name a file with --configuration"
        )
    return load_configuration(path)
