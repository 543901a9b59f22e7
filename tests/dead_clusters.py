"""Embedded clusters that killed test sessions left behind, ended and deleted before the next session begins.

As root a cluster lies under `/var/lib/unison`, where pytest never cleans, and its `home` names the data folder it
belongs to. Of the folder `pytest-N` of a session pytest's own `.lock` keeps the session's process while it lives.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

from unison_server.kernel.postgres.places import MACHINE_FOLDER


def clean(clusters: Path = MACHINE_FOLDER, sockets: Path = Path("/run")) -> list[Path]:
    """Delete the clusters of test sessions that are over; returns them. Clusters of anything else are left alone."""
    dead = [folder for folder in clusters.glob("cluster-*") if _is_dead(folder)]
    for folder in dead:
        _end(folder / "data")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(sockets / folder.name.replace("cluster-", "unison-"), ignore_errors=True)
    return dead


def _is_dead(cluster: Path) -> bool:
    session = _session(cluster / "home")
    return session is not None and not _lives(session)


def _session(home: Path) -> Path | None:
    """The folder of the test session that a cluster was made by, or None where it was made by something else."""
    try:
        data = Path(home.read_text())
    except OSError:
        return None
    inside = [parent for parent in data.parents if parent.parent.name.startswith("pytest-of-")]
    return inside[0] if inside else None


def _lives(session: Path) -> bool:
    try:
        return Path(f"/proc/{int((session / '.lock').read_text())}").exists()
    except (OSError, ValueError):
        return False


def _end(data: Path) -> None:
    """Kill its PostgreSQL, whose rows nobody wants, and wait until it is gone."""
    deadline = time.monotonic() + 60
    while (pid := _postmaster(data)) and time.monotonic() < deadline:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)
        time.sleep(0.05)


def _postmaster(data: Path) -> int | None:
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if os.fsencode(data) in arguments else None
