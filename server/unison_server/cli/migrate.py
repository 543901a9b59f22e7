"""`unison migrate`."""

from __future__ import annotations

import argparse

from unison_server.cli.ground import running_databases
from unison_server.kernel import migrate
from unison_server.kernel.database import Database
from unison_server.kernel.revisions import head
from unison_server.kernel.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "--down",
        choices=[database.value for database in Database],
        help="take back the last migration of this database instead",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    with running_databases(Settings.load()) as settings:
        if arguments.down:
            migrate.downgrade(Database(arguments.down), settings.owner_url(Database(arguments.down)))
            print(f"{arguments.down}: the last migration is taken back")
            return 0
        for database in Database:
            migrate.upgrade(database, settings.owner_url(database))
            print(f"{database}: at {head(database)}")
    return 0
