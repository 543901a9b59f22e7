"""The console script `unison`: one list of commands, each a module with `add_arguments` and `run`.

A module is imported when its command is chosen, so that `unison --help` answers at once.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from types import ModuleType
from typing import NamedTuple


class Command(NamedTuple):
    """A command: what it is called, what `--help` says, and the module beside this one that does it."""

    name: str
    summary: str
    module: str


COMMANDS = (
    Command("serve", "run the server: PostgreSQL, migrations, HTTP, background work; Ctrl+C ends it", "serve"),
    Command("migrate", "bring both databases to this version", "migrate"),
    Command("backup", "write both databases into a folder", "backup"),
    Command("restore", "put a backup in place of both databases", "restore"),
    Command("user", "add a person who can sign in, give people roles and plants", "user"),
    Command("machines", "make states of machines anew, load the first reasons for stops", "machines"),
    Command("tls", "make, renew and show the certificate of HTTPS", "tls"),
    Command("breached", "get, prepare and check the list of passwords found in breaches", "breached"),
    Command("status", "say what runs and how it is", "status"),
    Command("openapi", "print the OpenAPI document", "openapi"),
)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if words is None else words)
    chosen = next((command for command in COMMANDS if words[:1] == [command.name]), None)
    if chosen is None:
        return _without_command(words)
    module = _import(chosen)
    parser = argparse.ArgumentParser(prog=f"unison {chosen.name}", description=chosen.summary)
    module.add_arguments(parser)
    arguments = parser.parse_args(words[1:])
    try:
        code = int(module.run(arguments))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who read it has enough, e.g. `head`; what is still to be written goes nowhere, also at the end of the program.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        from unison_server.cli.told import what_to_tell

        if (told := what_to_tell(error)) is None:
            raise
        print(f"unison {chosen.name}: {told}", file=sys.stderr)
        return 1


def _import(command: Command) -> ModuleType:
    """The command's module. What is imported stays: looking through it for garbage took a seventh of a start."""
    gc.disable()
    module = importlib.import_module(f"{__name__}.{command.module}")
    gc.freeze()
    gc.enable()
    return module


def _without_command(words: list[str]) -> int:
    """`--help`, `--version`, or a word that is no command."""
    if words[:1] == ["--version"]:
        print(f"unison {version('unison-server')}")
        return 0
    wrong = bool(words) and words[0] not in ("-h", "--help", "help")
    out = sys.stderr if wrong else sys.stdout
    if wrong:
        print(f"unison: there is no command {words[0]!r}\n", file=out)
    print("usage: unison COMMAND …   (unison COMMAND --help tells more; unison --version)\n", file=out)
    for command in COMMANDS:
        print(f"  {command.name:<10}{command.summary}", file=out)
    return 2 if wrong else 0
