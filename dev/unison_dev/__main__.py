"""`./unison …`: the commands of a clone, and below them those of the server."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from unison_server.cli import COMMANDS as SERVER_COMMANDS
from unison_server.cli import Command
from unison_server.cli import main as server_main

COMMANDS = (
    Command("demo", "set up, start and show a whole shop; Ctrl+C ends it", "demo"),
    Command("test", "format, lint, types, import contracts and all tests", "checks"),
    Command("bench", "measure against the named peers, one JSON line per row", "bench"),
    Command("texts", "bring the desktop's translations up to date with its source", "texts"),
    Command("lock", "make requirements.lock anew from the five pyproject.toml", "lock"),
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; what is not of the clone goes to the server's `unison`."""
    words = sys.argv[1:] if arguments is None else arguments
    named = {command.name: command for command in COMMANDS}
    if words and words[0] in named:
        command = named[words[0]]
        module = importlib.import_module(f"unison_dev.{command.module}")
        parser = argparse.ArgumentParser(prog=f"unison {command.name}", description=command.summary)
        module.add_arguments(parser)
        return int(module.run(parser.parse_args(words[1:])))
    if not words or words[0] in ("-h", "--help", "help"):
        _print_help()
        return 0
    if words[0] != "--version" and words[0] not in {command.name for command in SERVER_COMMANDS}:
        print(f"unison: there is no command {words[0]!r}\n", file=sys.stderr)
        _print_help()
        return 2
    # Folders that are named are those of where the person stands; the launcher went into the clone.
    os.chdir(os.environ.get("UNISON_CALLED_FROM", "."))
    return server_main(words)


def _print_help() -> None:
    print("usage: ./unison COMMAND …\n\nof this clone:")
    for command in COMMANDS:
        print(f"  {command.name:<14}{command.summary}")
    print("\nof the server:")
    for server_command in SERVER_COMMANDS:
        print(f"  {server_command.name:<14}{server_command.summary}")
    print("\n./unison COMMAND --help tells more. In .venv/bin there are also unison-station and unison-desktop.")


if __name__ == "__main__":
    sys.exit(main())
