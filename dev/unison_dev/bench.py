"""`./unison bench NAME …`: each bench is a module of tests/benchmarks, run in a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys

from unison_dev.clone import ROOT

BENCHES = ("outbox", "kill", "ingest", "latency", "modbus", "lease", "restore", "rebuild", "desktop")

ALONE = ("soak",)
"""Run only when named: too long for `all`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench`."""
    parser.add_argument(
        "names",
        nargs="+",
        metavar="NAME",
        choices=[*BENCHES, *ALONE, "all"],
        help=f"{', '.join((*BENCHES, *ALONE))}, or all but the last",
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds: to see that it works, not to quote")
    parser.add_argument("--minutes", type=float, help="of `soak` (default 60)")
    parser.add_argument("--seed", type=int, help="of `kill` and `soak`: repeats a run's choices")


def run(arguments: argparse.Namespace) -> int:
    """Run the benches one after the other; 1 when a row falls short."""
    names = BENCHES if "all" in arguments.names else arguments.names
    options = ["--quick"] if arguments.quick else []
    minutes = [] if arguments.minutes is None else [f"--minutes={arguments.minutes}"]
    seed = [] if arguments.seed is None else [f"--seed={arguments.seed}"]
    own = {"kill": seed, "soak": [*minutes, *seed]}
    commands = [[sys.executable, "-m", f"tests.benchmarks.{name}", *options, *own.get(name, [])] for name in names]
    return max(subprocess.run(command, cwd=ROOT, check=False).returncode != 0 for command in commands)
