"""A file that only takes room, to be deleted on the day the disk is full: WAL can't even delete rows without space."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from unison_station.platform.files import allocate


class Ballast:
    """The file `path` of `size` bytes; 0 means none is kept."""

    def __init__(self, path: Path, size: int) -> None:
        """Remember where; `restore` makes it."""
        self._path = path
        self._size = size

    def restore(self, spare_bytes: int) -> None:
        """Make it again when the disk has room for it beside `spare_bytes`; a disk without room is no error."""
        if self._size == 0 or self._path.exists() or spare_bytes < 2 * self._size:
            return
        with suppress(OSError):
            allocate(self._path, self._size)

    def release(self) -> bool:
        """Give the room back; False when there was none to give."""
        if not self._path.exists():
            return False
        with suppress(OSError):
            self._path.unlink()
        return not self._path.exists()
