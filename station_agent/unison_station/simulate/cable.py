"""A simulated serial cable: a pseudo-terminal under a name that lasts, that can be pulled. POSIX only."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread

from unison_station.simulate.serial_bus import pseudo_terminal


class Cable:
    """What is sent appears on the port; what the port's user sends is `heard`, in a thread of the cable's own.

    Attributes:
        link: path by which the port is opened; like the name of an adapter it stays when it is plugged in again.
    """

    def __init__(self, link: Path, heard: Callable[[bytes], None] = lambda _: None) -> None:
        self.link = link
        self._heard = heard
        self._ends: tuple[int, int] | None = None
        self._wake: tuple[int, int] | None = None
        self._thread: Thread | None = None
        self._lock = Lock()

    def plug(self) -> None:
        """Make the port appear. Raises OSError."""
        if self._ends is not None:
            return
        ours, theirs, name = pseudo_terminal()
        self.link.parent.mkdir(parents=True, exist_ok=True)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(name)
        self._ends, self._wake = (ours, theirs), os.pipe()
        self._thread = Thread(
            target=self._listen, args=(ours, self._wake[0]), name=f"cable {self.link.name}", daemon=True
        )
        self._thread.start()

    def unplug(self) -> None:
        """Make it vanish under whoever has it open."""
        if self._ends is None or self._wake is None or self._thread is None:
            return
        os.write(self._wake[1], b"!")
        self._thread.join()
        self.link.unlink(missing_ok=True)
        with self._lock:
            for end in (*self._ends, *self._wake):
                os.close(end)
            self._ends = self._wake = None

    def send(self, content: bytes) -> None:
        """Bytes appear on the port at once; nobody hears them while it is pulled."""
        with self._lock, suppress(BlockingIOError):
            if self._ends is not None:
                os.write(self._ends[0], content)

    def _listen(self, ours: int, wake: int) -> None:
        while True:
            ready, _, _ = select.select([ours, wake], [], [])
            if wake in ready:
                return
            with suppress(OSError):
                self._heard(os.read(ours, 4096))
