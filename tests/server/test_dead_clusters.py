"""What a killed test session left is cleaned, what anybody uses is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dead_clusters import clean


@pytest.fixture
def clusters(tmp_path: Path) -> Path:
    (tmp_path / "clusters").mkdir()
    (tmp_path / "run").mkdir()
    return tmp_path / "clusters"


def add(clusters: Path, name: str, home: Path) -> Path:
    """A cluster of a data folder, with a process that looks like its PostgreSQL."""
    folder = clusters / f"cluster-{name}"
    (folder / "data").mkdir(parents=True)
    (clusters.parent / "run" / f"unison-{name}").mkdir()
    (folder / "home").write_text(str(home))
    return folder


def session(tmp_path: Path, number: int, pid: int | None) -> Path:
    """The folder of a test session of the process."""
    folder = tmp_path / "pytest-of-me" / f"pytest-{number}"
    folder.mkdir(parents=True)
    if pid:
        (folder / ".lock").write_text(str(pid))
    return folder


def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    return gone.pid


SLEEPER = """
import signal, time
signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # as PostgreSQL hears it, even started by a shell that ignores it
print("up", flush=True)
time.sleep(60)
"""


def test_clusters_of_dead_sessions_go_with_their_postgresql(clusters: Path, tmp_path: Path) -> None:
    killed = add(clusters, "killed", session(tmp_path, 1, dead_process()) / "cluster")
    ended = add(clusters, "ended", session(tmp_path, 2, None) / "popen-gw0" / "data")
    pruned = add(clusters, "pruned", tmp_path / "pytest-of-me" / "pytest-3" / "cluster")
    with subprocess.Popen([sys.executable, "-c", SLEEPER, str(killed / "data")], stdout=-1) as postgresql:
        assert postgresql.stdout
        postgresql.stdout.readline()
        (killed / "data" / "postmaster.pid").write_text(f"{postgresql.pid}\n")
        assert set(clean(clusters, tmp_path / "run")) == {killed, ended, pruned}
        assert postgresql.wait(60) != 0
    assert list(clusters.iterdir()) == list((tmp_path / "run").iterdir()) == []


def test_clusters_in_use_or_of_others_stay(clusters: Path, tmp_path: Path) -> None:
    add(clusters, "running", session(tmp_path, 1, os.getpid()) / "popen-gw1" / "cluster")
    add(clusters, "demo", Path("/srv/clone/.unison"))
    (add(clusters, "young", tmp_path) / "home").unlink()
    assert clean(clusters, tmp_path / "run") == []
    assert len(list(clusters.iterdir())) == 3
