"""`unison migrate`."""

from __future__ import annotations

import argparse
import sys

from unison_server.cli.ground import only_server, running_databases
from unison_server.kernel import migrate
from unison_server.kernel.database import Database
from unison_server.kernel.revisions import head
from unison_server.kernel.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "--down",
        choices=[database.value for database in Database],
        help="take back the last migration of this database instead; what only it can hold is lost",
    )
    parser.add_argument("--yes", action="store_true", help="with --down: yes, lose it")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    settings = Settings.load()
    if arguments.down:
        with only_server(settings), running_databases(settings) as running:
            return _down(Database(arguments.down), running, is_meant=arguments.yes)
    with running_databases(settings) as running:
        for database in Database:
            migrate.upgrade(database, running.owner_url(database))
            print(f"{database}: at {head(database)}")
    return 0


def _down(database: Database, settings: Settings, *, is_meant: bool) -> int:
    last = migrate.last(database, settings.owner_url(database))
    if last is None:
        print(f"{database} holds no migration", file=sys.stderr)
        return 1
    if not is_meant:
        print(
            f"{database} is at {last.number}: {last.says}\nWhat only that can hold is lost with it: make a backup "
            "(`unison backup DIR`), then add --yes",
            file=sys.stderr,
        )
        return 1
    migrate.downgrade(database, settings.owner_url(database))
    print(f"{database}: {last.number} is taken back. This program needs it: run an older one, or `unison migrate`")
    return 0
