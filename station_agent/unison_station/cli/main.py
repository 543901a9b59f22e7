"""`unison-station`: all commands of the agent."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from unison_station import simulate
from unison_station.cli import check, dead_letters, enrolment, ports, recordings, run
from unison_station.cli.arguments import CommandError
from unison_station.configuration_file import ConfigurationUnreadable
from unison_station.recording import RecordingUnreadable
from unison_station.simulate.wall_clock import ClockOffsetUnreadable
from unison_station.store import StoreError
from unison_station.uplink.enrolment import EnrolmentFailed
from unison_station.uplink.identity import NotEnrolled
from unison_station.version import VERSION

EXPECTED = (
    CommandError,
    ConfigurationUnreadable,
    RecordingUnreadable,
    ClockOffsetUnreadable,
    StoreError,
    EnrolmentFailed,
    NotEnrolled,
)
"""What a person can put right; anything else is a fault of the program and keeps its traceback."""


_DATA_BEFORE = "data_before"
"""A command's own `--data` has a default, which would take the place of what was given before the command."""


class Command(NamedTuple):
    """One word of the command line."""

    name: str
    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


COMMANDS = (
    Command("enrol", "make this PC known to the server", enrolment.add_arguments, enrolment.run),
    Command("run", "read devices and send events until stopped", run.add_arguments, run.run),
    Command("check", "try each device once and say what it answers", check.add_arguments, check.run),
    Command("ports", "the serial ports, scanners and cameras of this PC", ports.add_arguments, ports.run),
    Command("record", "keep what the devices answer", recordings.add_record_arguments, recordings.record),
    Command("replay", "the events of a recording again", recordings.add_replay_arguments, recordings.replay_file),
    Command("dead", "events the server refused", dead_letters.add_arguments, dead_letters.run),
    Command(
        "simulate", "a simulated shop of machines, scanners, gauges and cameras", simulate.add_arguments, simulate.run
    ),
)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all went well, 1 when something needs attention, 2 for wrong words."""
    arguments = _arguments(words)
    command: Command = arguments.command
    try:
        return command.run(arguments)
    except EXPECTED as error:
        print(f"unison-station {command.name}: {error}", file=sys.stderr)
        return 1
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        told = f"{error.filename}: {error.strerror}: run it as the user the agent runs as, or name another --data"
        print(f"unison-station {command.name}: {told}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    arguments = parser.parse_args(words)
    before: Path | None = getattr(arguments, _DATA_BEFORE)
    if before is not None and not hasattr(arguments, "data"):
        parser.error(f"{arguments.command.name} takes no --data")
    if before is not None and arguments.data is None:
        arguments.data = before
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="unison-station",
        description="The station agent of Unison: devices to events to server. Data lies in --data DIR, "
        "before or after the command, else in $UNISON_DATA/station, else in the platform's place for a service's data.",
    )
    parser.add_argument("--data", type=Path, metavar="DIR", dest=_DATA_BEFORE, help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"unison-station {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        added = commands.add_parser(command.name, help=command.summary)
        command.add_arguments(added)
        added.set_defaults(command=command)
    return parser
