"""The server as people start it: a program of its own, over its embedded PostgreSQL."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from unison_server.kernel.embedded import Cluster


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, Cluster]]:
    """One over a folder of its own; gives its address and its cluster, which is deleted at the end."""
    try:
        with _program(folder, {}) as address:
            yield address, Cluster(folder)
    finally:
        Cluster(folder).destroy()


@contextmanager
def server_beside(first: Path, folder: Path) -> Iterator[str]:
    """A second one over the databases and keys of the first, as where two share the load; gives its address."""
    keys = {"UNISON_SIGNING_KEY": first / "signing_key.pem", "UNISON_ENCRYPTION_KEY": first / "encryption_key"}
    urls = {f"UNISON_{name.upper()}": url for name, url in Cluster(first).urls().items()}
    with _program(folder, {**urls, **{name: str(file) for name, file in keys.items()}}) as address:
        yield address


@contextmanager
def _program(folder: Path, variables: Mapping[str, str]) -> Iterator[str]:
    environment = {**os.environ, "UNISON_DATA": str(folder), "UNISON_PORT": "0", **variables}
    start = "import sys; from unison_server.cli import main; sys.exit(main())"
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", start, "serve"], env=environment, stdout=output, stderr=output
        )
        try:
            yield _address(log, process)
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"serves http://([\d.:]+)", log.read_text()):
            return found[1]
        time.sleep(0.05)  # nothing tells when a line is written
    raise SystemExit(f"the server did not start:\n{log.read_text()}")
