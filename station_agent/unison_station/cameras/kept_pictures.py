"""Pictures on this PC's disk, by their hash, until the server has them."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from unison_station.platform.files import private_folder, write_private

log = logging.getLogger(__name__)

MOST_BYTES = 1024 * 1024 * 1024
"""Of disk. Without a server the oldest pictures make room; the events that tell of them stay."""

LOST_DAYS = 7
"""So long a person is told that pictures were lost."""

MOST_DAYS = 90
_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}
_MEDIA = {ending: media for media, ending in _ENDINGS.items()}


class KeptPictures:
    """A folder of files named by the SHA-256 of what they hold. From several threads."""

    def __init__(self, folder: Path) -> None:
        """The folder `pictures` in the agent's data; made when the first picture is kept."""
        self._folder = folder / "pictures"

    def keep(self, content: bytes, media_type: str = "image/jpeg") -> str:
        """Write a picture, durable on return; its SHA-256 in hexadecimal.

        Raises:
            OSError: the disk takes nothing.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = private_folder(self._folder) / (sha256 + _ENDINGS[media_type])
        if not path.exists():
            write_private(path, content)
            self._make_room()
        return sha256

    def load(self, sha256: str) -> bytes | None:
        """A picture; None where it is no longer here."""
        for path in self.waiting():
            if path.stem == sha256:
                with suppress(OSError):
                    return path.read_bytes()
        return None

    def waiting(self) -> Iterator[Path]:
        """Pictures the server does not have yet, oldest first."""
        yield from (path for _, path in sorted(self._aged()))

    def media_type(self, path: Path) -> str:
        """What kind of file it is."""
        return _MEDIA[path.suffix]

    def drop(self, path: Path) -> None:
        """The server has it, or nothing speaks of it."""
        path.unlink(missing_ok=True)

    def lose(self, path: Path) -> None:
        """It goes though the server has it not, which is counted: a byte for each, so that no two writers disturb."""
        path.unlink(missing_ok=True)
        with suppress(OSError):
            if not self.lost:
                self._lost.unlink(missing_ok=True)
            with self._lost.open("ab") as file:
                file.write(b".")

    @property
    def lost(self) -> int:
        """How many were lost, until there was none for `LOST_DAYS`."""
        with suppress(OSError):
            stat = self._lost.stat()
            return stat.st_size if time.time() - stat.st_mtime < LOST_DAYS * 86_400 else 0
        return 0

    @property
    def _lost(self) -> Path:
        return self._folder / "lost"

    def _aged(self) -> Iterator[tuple[float, Path]]:
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            if path.suffix in _MEDIA and not path.name.startswith("."):
                with suppress(OSError):
                    yield path.stat().st_mtime, path

    def _make_room(self) -> None:
        files = sorted(self._aged())
        sizes = {path: path.stat().st_size for _, path in files if path.exists()}
        total = sum(sizes.values())
        oldest = time.time() - MOST_DAYS * 86_400
        for at, path in files[:-1]:
            if total <= MOST_BYTES and at > oldest:
                return
            total -= sizes.get(path, 0)
            self.lose(path)
            log.warning("picture %s made room for newer ones before the server took it", path.stem)
