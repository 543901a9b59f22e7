"""The epoch of a buffer, kept in a file beside it: it outlives the buffer.

It tells a buffer that went away from one that never was, and under which epoch events may have been sent that are
readable in a buffer that can't say it any more.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from uuid import UUID

from unison_station.platform.files import write_private


def kept_epoch(buffer: Path) -> str | None:
    """Of the buffer that is or was at this path; None where there never was one, or the mark is damaged."""
    try:
        return str(UUID(_mark(buffer).read_text(encoding="ascii")))
    except (OSError, ValueError):
        return None


def was_there(buffer: Path) -> bool:
    """Whether a buffer was ever complete at this path."""
    return _mark(buffer).exists()


def keep_epoch(buffer: Path, epoch: UUID) -> None:
    """Note the epoch before anything is sent under it; a disk without room for it is no error."""
    if kept_epoch(buffer) != str(epoch):
        with suppress(OSError):
            write_private(_mark(buffer), str(epoch).encode())


def _mark(buffer: Path) -> Path:
    return buffer.with_suffix(".epoch")
