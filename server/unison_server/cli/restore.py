"""`unison restore`."""

from __future__ import annotations

import argparse
from pathlib import Path

from unison_server.cli.ground import only_server, running_databases
from unison_server.cli.taken_away import TakenAway
from unison_server.kernel import backup
from unison_server.kernel.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.epilog = "Stored files are not part of a backup: put back your copy of the folder, or the version in the S3."
    parser.add_argument("folder", type=Path, nargs="?", help="a folder that `unison backup` wrote")
    parser.add_argument(
        "--give-access-back",
        action="store_true",
        help="let in again whom and what was revoked, lost, ended or deactivated since the backup",
    )
    parser.add_argument(
        "--drop-former", action="store_true", help="delete the databases that this and earlier restores replaced"
    )


def run(arguments: argparse.Namespace) -> int:
    """Restore with no server running; deleting what was replaced needs no standstill."""
    settings = Settings.load()
    if not arguments.folder and not arguments.drop_former:
        raise backup.BackupError("name a folder that `unison backup` wrote, or give --drop-former")
    if arguments.folder:
        taken = TakenAway()
        with only_server(settings), running_databases(settings) as running:
            amend = None if arguments.give_access_back else taken.again
            former = backup.restore(running, arguments.folder.absolute(), amend)
        print(f"restored from {arguments.folder}; clients read everything anew, stations send again what is missing")
        print(f"the former databases are kept as {' and '.join(former.values())}")
        _tell_access(taken, is_given_back=arguments.give_access_back)
    if not arguments.drop_former:
        print("when all is well, `unison restore --drop-former` deletes them and those of earlier restores")
        return 0
    with running_databases(settings) as running:
        dropped = backup.drop_former(running)
    print(f"deleted: {', '.join(dropped)}" if dropped else "no restore has left a former database")
    return 0


def _tell_access(taken: TakenAway, *, is_given_back: bool) -> None:
    if is_given_back:
        print("whom and what was revoked, lost, ended or deactivated since the backup is let in again")
        print("PCs that were enrolled since are not: give each a new code")
    elif taken.told:
        print("access that was changed since the backup:")
        print("\n".join(f"  {words}" for words in taken.told))
    elif taken.is_known:
        print("no access was taken away since the backup")
    else:
        print("there was no database here before that knew what was taken away since the backup: take it away again")
    print("passwords, PINs, second factors, roles and places are those of the backup: look at what was changed since")
