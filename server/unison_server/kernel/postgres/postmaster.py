"""The process of a cluster, whoever started it: found, started, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from unison_server.kernel.postgres import EmbeddedError
from unison_server.kernel.postgres.binaries import Binaries
from unison_server.kernel.postgres.places import SOCKET_LOCK, Places
from unison_server.kernel.postgres.trying_again import TRIES_SECONDS

_RECOVERY_SECONDS = 600.0  # after a crash it replays up to max_wal_size before it answers


class Postmaster:
    """The one process that owns the files of a cluster; it outlives us."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._process: subprocess.Popen[bytes] | None = None

    def running(self) -> bool:
        """Whether it lives."""
        if self._process is not None and self._process.poll() is None:
            return True
        return self._number() is not None

    def launch(self, binaries: Binaries, answers: Callable[[], bool]) -> None:
        """Start it and wait until it answers.

        After kill -9 its children hold the shared memory for a moment, and PostgreSQL refuses to start: we try again,
        and also where it was killed while it started.

        Raises:
            EmbeddedError: it does not start, with its last words; or it lives and does not answer.
        """
        begun, spawned = time.monotonic(), False
        while not answers():
            passed = time.monotonic() - begun
            if not self.running():
                if spawned and (not self._may_start_now() or passed > TRIES_SECONDS):
                    raise EmbeddedError(f"PostgreSQL of {self._places.data} does not start: {self._last_words()}")
                self._spawn(binaries)
                spawned = True
            if passed > _RECOVERY_SECONDS:
                raise EmbeddedError(
                    f"PostgreSQL of {self._places.data} runs but does not answer, see {self._places.log}"
                )
            time.sleep(0.02)

    def stop(self) -> None:
        """End it after the running statements are cut; a no-op when it doesn't run.

        Raises:
            EmbeddedError: it does not end.
        """
        if (pid := self._number()) is None:
            return
        for number, patience in ((signal.SIGINT, 60.0), (signal.SIGQUIT, 20.0)):
            os.kill(pid, number)
            deadline = time.monotonic() + patience
            while self.running() and time.monotonic() < deadline:
                time.sleep(0.01)
            if not self.running():
                return
        raise EmbeddedError(f"PostgreSQL of {self._places.data} (process {pid}) does not end")

    def _number(self) -> int | None:
        """Its number while it lives; a zombie has no command line."""
        try:
            pid = int((self._places.pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self._places.pgdata) in arguments else None

    def _spawn(self, binaries: Binaries) -> None:
        # It is not running: what these name is a zombie, or the number was given to another process.
        for left_behind in (self._places.pgdata / "postmaster.pid", self._places.sockets / SOCKET_LOCK):
            left_behind.unlink(missing_ok=True)
        with (self._places.log / "start.log").open("wb") as output:
            self._process = subprocess.Popen(
                [binaries.folder / "postgres", "-D", self._places.pgdata],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl+C in the terminal is for us, not for it
                **self._places.run_as(),
            )
        # It may outlive us; whoever collects what stands for a running process is warned, so this thread keeps it.
        threading.Thread(target=self._process.wait, name="postmaster", daemon=True).start()

    def _may_start_now(self) -> bool:
        """Whether what ended the one we spawned is no reason that the next should end."""
        killed = self._process is not None and self._process.poll() == -signal.SIGKILL
        return killed or "still in use" in self._last_words()

    def _last_words(self) -> str:
        logs = sorted(self._places.log.iterdir(), key=lambda path: path.stat().st_mtime)
        return " ".join(path.read_text(errors="replace")[-1_000:].strip() for path in logs[-2:])
