"""Lines on disk that outlive the agent, as many as fit two files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 500_000
"""Of each of the two files; the older one goes when the newer one is full."""


class KeptLines:
    """Appended to without waiting for the disk: a killed agent loses none, a power cut the last few.

    While the disk takes nothing, lines are passed over; the log must not stop what it tells of.
    """

    def __init__(self, path: Path) -> None:
        """Lines lie at `path` and, the older ones, beside it."""
        self._path = path
        self._older = path.with_name(f"{path.name}.1")
        self._file: BinaryIO | None = None

    def read(self) -> list[str]:
        """All that are there, oldest first; what a power cut garbled is passed over."""
        lines: list[str] = []
        for path in (self._older, self._path):
            with suppress(OSError):
                text = path.read_bytes().decode(errors="replace").replace("\x00", "")
                lines += [line for line in text.splitlines() if line]
        return lines

    def add(self, lines: Iterable[str]) -> None:
        """Append them, as far as the disk takes them."""
        said = "".join(f"{line}\n" for line in lines).encode(errors="replace")
        try:
            file = self._file = self._file or self._opened()
            file.write(said)
            if file.tell() >= MOST_BYTES:
                self.close()
                self._path.replace(self._older)
        except OSError:
            self.close()

    def close(self) -> None:
        """Let go of the file; the next line opens it again."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def _opened(self) -> BinaryIO:
        """Only the owner may read it; a line that was torn is ended first."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        file = os.fdopen(descriptor, "ab", buffering=0)
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.write(b"\n")
        return file
