"""The command line: one file per command, each with `add_arguments(parser)` and `run(arguments) -> exit code`."""

from unison_station.cli.main import main

__all__ = ["main"]
