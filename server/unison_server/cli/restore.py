"""`unison restore`."""

from __future__ import annotations

import argparse
from pathlib import Path

from unison_server.cli.ground import only_server, running_databases
from unison_server.kernel import backup
from unison_server.kernel.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("folder", type=Path, help="a folder that `unison backup` wrote")


def run(arguments: argparse.Namespace) -> int:
    """Do it, with no server running."""
    settings = Settings.load()
    with only_server(settings), running_databases(settings) as settings:
        former = backup.restore(settings, arguments.folder.absolute())
    print(f"restored from {arguments.folder}; clients read everything anew, stations send again what is missing")
    print(f"the former databases are kept as {' and '.join(former.values())}")
    return 0
