"""`unison restore`."""

from __future__ import annotations

import argparse
from pathlib import Path

from unison_server.cli.ground import only_server, running_databases
from unison_server.kernel import backup
from unison_server.kernel.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.epilog = "Stored files are not part of a backup: put back your copy of the folder, or the version in the S3."
    parser.add_argument("folder", type=Path, nargs="?", help="a folder that `unison backup` wrote")
    parser.add_argument(
        "--drop-former", action="store_true", help="delete the databases that this and earlier restores replaced"
    )


def run(arguments: argparse.Namespace) -> int:
    """Restore with no server running; deleting what was replaced needs no standstill."""
    settings = Settings.load()
    if not arguments.folder and not arguments.drop_former:
        raise backup.BackupError("name a folder that `unison backup` wrote, or give --drop-former")
    if arguments.folder:
        with only_server(settings), running_databases(settings) as running:
            former = backup.restore(running, arguments.folder.absolute())
        print(f"restored from {arguments.folder}; clients read everything anew, stations send again what is missing")
        print(f"the former databases are kept as {' and '.join(former.values())}")
    if not arguments.drop_former:
        print("when all is well, `unison restore --drop-former` deletes them and those of earlier restores")
        return 0
    with running_databases(settings) as running:
        dropped = backup.drop_former(running)
    print(f"deleted: {', '.join(dropped)}" if dropped else "no restore has left a former database")
    return 0
