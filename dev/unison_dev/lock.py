"""`./unison lock`: one lock for the whole workspace, with hashes and without addresses."""

from __future__ import annotations

import argparse
import subprocess
import sys

from unison_dev.clone import ROOT

PROJECTS = ("domain", "server", "station_agent", "desktop")
LOCK = ROOT / "requirements.lock"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `lock`."""
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that the ranges admit")


def run(arguments: argparse.Namespace) -> int:
    """Compile the lock; versions already locked stay unless `--upgrade` is given."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--python-version", "3.11", "--group", "dev"]
    command += ["--upgrade"] if arguments.upgrade or not LOCK.exists() else ["--constraint", str(LOCK)]
    command += [f"{project}/pyproject.toml" for project in PROJECTS]
    compiled = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    # The workspace's own members are installed from the clone, so their lines are left out.
    kept = [line for line in compiled.splitlines() if not line.startswith("-e ")]
    LOCK.write_text("\n".join(kept) + "\n", encoding="utf-8")
    print(f"{LOCK.name}: {sum('==' in line for line in kept)} packages")
    return 0
