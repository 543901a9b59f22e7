"""What several commands share: where the data lies, which configuration holds, and errors people can act on."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from unison_domain.stations.configuration import AgentConfiguration

from unison_station.configuration_file import load_configuration
from unison_station.platform.files import data_folder, private_folder
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
    """The data folder, which may not be there yet."""
    folder: Path | None = arguments.data
    try:
        return folder if folder is not None else data_folder()
    except ValueError as error:
        raise CommandError(str(error)) from None


def own_folder_of(arguments: argparse.Namespace) -> Path:
    """The data folder, made if it is missing, and surely writable."""
    folder = folder_of(arguments)
    try:
        private_folder(folder)
    except OSError as error:
        raise CommandError(
            f"the data folder {folder} can not be made ({error.strerror}): name one with --data"
        ) from None
    if not os.access(folder, os.W_OK):
        raise CommandError(f"the data folder {folder} is not this user's to write: name another with --data")
    return folder


def port(text: str) -> int:
    """A port number of the command line; 0 takes a free one."""
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is no port: 0 to 65535")
    return number


def seconds(text: str) -> float:
    """A positive number of seconds of the command line."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no time: a number of seconds above 0")
    return number


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
