"""`./unison bench NAME …`: each bench is a module of tests/benchmarks, run in a process of its own."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from unison_dev.clone import ROOT

BENCHES = (
    "outbox",
    "kill",
    "ingest",
    "latency",
    "modbus",
    "lease",
    "restore",
    "rebuild",
    "desktop",
    "vision",
    "scan",
    "barcodes",
    "camera",
    "auth",
    "tenancy",
    "fuzz",
)

ALONE = ("soak",)
"""Run only when named: too long for `all`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench`."""
    parser.add_argument(
        "names",
        nargs="+",
        metavar="NAME",
        help=f"{', '.join((*BENCHES, *ALONE))}, or all but the last; after `barcodes`, a folder of pictures to read",
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds: to see that it works, not to quote")
    parser.add_argument("--minutes", type=float, help="of `soak` (default 60)")
    parser.add_argument("--part", metavar="K/N", help="of `camera`: part K of N of the misreads, and nothing else")
    parser.add_argument("--seed", type=int, help="of `kill` and `soak`: repeats a run's choices")


def run(arguments: argparse.Namespace) -> int:
    """Run the benches one after the other; 1 when a row falls short."""
    names, folder = _parted(arguments.names)
    options = ["--quick"] if arguments.quick else []
    minutes = [] if arguments.minutes is None else [f"--minutes={arguments.minutes}"]
    seed = [] if arguments.seed is None else [f"--seed={arguments.seed}"]
    part = [] if arguments.part is None else [f"--part={arguments.part}"]
    own = {"barcodes": folder, "camera": part, "kill": seed, "soak": [*minutes, *seed]}
    commands = [[sys.executable, "-m", f"tests.benchmarks.{name}", *options, *own.get(name, [])] for name in names]
    return max(subprocess.run(command, cwd=ROOT, check=False).returncode != 0 for command in commands)


def _parted(given: Sequence[str]) -> tuple[Sequence[str], list[str]]:
    """The benches, and the folder that was named after `barcodes`.

    Raises:
        SystemExit: there is no such bench.
    """
    names, folder = [], []
    for before, word in zip(("", *given), given, strict=False):
        if word in (*BENCHES, *ALONE, "all"):
            names.append(word)
        elif before == "barcodes":
            folder.append(str(Path(os.environ.get("UNISON_CALLED_FROM", "."), Path(word).expanduser()).absolute()))
        else:
            raise SystemExit(f"there is no bench {word}; there are {', '.join((*BENCHES, *ALONE))}, and all")
    return (BENCHES if "all" in names else names), folder
