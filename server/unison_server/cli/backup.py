"""`unison backup`."""

from __future__ import annotations

import argparse
from pathlib import Path

from unison_server.cli.ground import running_databases
from unison_server.kernel import backup
from unison_server.kernel.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.epilog = "Stored files are not part of it: copy their folder as well, or let the S3 keep versions."
    parser.add_argument("folder", type=Path, help="folder to write, which must not exist yet")


def run(arguments: argparse.Namespace) -> int:
    """Do it; people may go on working."""
    with running_databases(Settings.load()) as settings:
        manifest = backup.backup(settings, arguments.folder.absolute())
    for name, archive in manifest.databases.items():
        print(f"{name}: {archive.bytes / 1e6:.1f} MB at migration {archive.revision}")
    print(f"in {arguments.folder}; stored files are not part of it, copy {settings.files_place} as well")
    return 0
