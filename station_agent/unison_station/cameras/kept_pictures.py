"""Pictures on this PC's disk, by their hash, until the server has them."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock, local
from typing import NamedTuple
from weakref import WeakValueDictionary

from unison_domain.stations.picture_events import PictureLoss

from unison_station.cameras.lost_pictures import LostPictures
from unison_station.platform.files import private_folder, write_private

log = logging.getLogger(__name__)

MOST_BYTES = 1024 * 1024 * 1024
"""Of disk. Without a server the oldest pictures make room; the events that tell of them stay."""

LOST_DAYS = 7
"""So long a person is told that pictures were lost."""

MOST_DAYS = 90
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
"""No file here was written before, whatever a clock with a dead battery said: how old it is, nobody knows."""

_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}
_MEDIA = {ending: media for media, ending in _ENDINGS.items()}


class _Listed(NamedTuple):
    """When a picture was written, by the monotonic clock as no other tells how long it waits, and its bytes."""

    at: float
    size: int


class _Listing:
    """What lies in a folder, oldest first. It is read once: whoever keeps or drops pictures there tells it."""

    def __init__(self, folder: Path) -> None:
        self._lock = Lock()
        self._files = dict(sorted(_found(folder), key=lambda one: (one[1].at, one[0])))
        self._total = sum(one.size for one in self._files.values())
        self._unannounced: dict[Path, int] = {}

    def claim(self, path: Path) -> bool:
        """Somebody keeps it and tells of it soon; False: it is there, and was told of."""
        with self._lock:
            if path not in self._unannounced and path.exists():
                return False
            self._unannounced[path] = self._unannounced.get(path, 0) + 1
            return True

    def announced(self, paths: Iterable[Path]) -> None:
        """They were told of: nobody takes them back any more."""
        with self._lock:
            for path in paths:
                self._unannounced.pop(path, None)

    def unclaim(self, path: Path) -> bool:
        """It was not told of; whether nobody else keeps it either, so that it has to go."""
        with self._lock:
            claims = self._unannounced.pop(path, 0)
            if claims > 1:
                self._unannounced[path] = claims - 1
            return claims == 1

    def add(self, path: Path, size: int) -> None:
        """The newest."""
        with self._lock:
            self._forget(path)
            self._files[path] = _Listed(time.monotonic(), size)
            self._total += size

    def drop(self, path: Path) -> None:
        """It is not there any more."""
        with self._lock:
            self._forget(path)

    def all(self) -> list[Path]:
        """All of them."""
        with self._lock:
            return list(self._files)

    def waited_seconds(self, path: Path) -> float:
        """Since it was written; 0 where it is not there."""
        now = time.monotonic()
        with self._lock:
            return now - self._files[path].at if path in self._files else 0.0

    def has(self, path: Path) -> bool:
        """Whether it is there, by this list."""
        with self._lock:
            return path in self._files

    def too_many(self) -> tuple[Path, PictureLoss] | None:
        """The oldest, which has to go, and why; never the last one. It is listed no more. None: there is room."""
        oldest = time.monotonic() - MOST_DAYS * 86_400
        with self._lock:
            path, first = next(iter(self._files.items()), (None, None))
            if path is None or first is None or len(self._files) == 1:
                return None
            is_full = self._total > MOST_BYTES
            if not is_full and first.at > oldest:
                return None
            self._forget(path)
            return path, PictureLoss.ROOM if is_full else PictureLoss.WAITED

    def _forget(self, path: Path) -> None:
        known = self._files.pop(path, None)
        self._total -= known.size if known is not None else 0


class _Claims(local):
    """What a thread kept and did not announce yet; None outside of `announcing`."""

    paths: list[Path] | None = None


_LISTINGS: WeakValueDictionary[Path, _Listing] = WeakValueDictionary()
"""Of folders that are in use: cameras and the thread that sends pictures have one in common."""
_LISTING = Lock()


class KeptPictures:
    """A folder of files named by the SHA-256 of what they hold. From several threads of one process.

    Attributes:
        losses: which were lost, of those the server was not told yet.
    """

    def __init__(self, folder: Path) -> None:
        """The folder `pictures` in the agent's data; made when the first picture is kept."""
        self._folder = folder / "pictures"
        self.losses = LostPictures(folder)
        with _LISTING:
            self._listing = _LISTINGS.get(self._folder) or _Listing(self._folder)
            _LISTINGS[self._folder] = self._listing
        self._claims = _Claims()

    @contextmanager
    def announcing(self) -> Iterator[None]:
        """What this thread keeps in the block is announced at its end; where the block raises, it is taken back.

        A file nobody tells the server of would be one picture lost. What was there before stays.
        """
        claims: list[Path] = []
        self._claims.paths = claims
        try:
            yield
            self._listing.announced(claims)
        except BaseException:
            for path in claims:
                if self._listing.unclaim(path):
                    with suppress(OSError):
                        self.drop(path)
            raise
        finally:
            self._claims.paths = None

    def keep(self, content: bytes, media_type: str = "image/jpeg") -> str:
        """Write a picture, durable on return; its SHA-256 in hexadecimal.

        Raises:
            OSError: the disk takes nothing.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = private_folder(self._folder) / (sha256 + _ENDINGS[media_type])
        claims = self._claims.paths
        if claims is not None and self._listing.claim(path):
            claims.append(path)
        if not path.exists():
            write_private(path, content)
            self._listing.add(path, len(content))
            self._make_room()
        return sha256

    def waiting(self) -> list[Path]:
        """Pictures the server does not have yet, oldest first."""
        return self._listing.all()

    def media_type(self, path: Path) -> str:
        """What kind of file it is."""
        return _MEDIA[path.suffix]

    def drop(self, path: Path) -> None:
        """The server has it, or it is gone."""
        path.unlink(missing_ok=True)
        self._listing.drop(path)

    def is_waiting(self, path: Path) -> bool:
        """Whether it should be there: nobody here dropped it, or made room with it."""
        return self._listing.has(path)

    def waited_seconds(self, path: Path) -> float:
        """How long it is here, as far as it is known; clocks that are put right change nothing."""
        return self._listing.waited_seconds(path)

    def lose(self, path: Path, reason: PictureLoss) -> None:
        """It goes though the server has it not, which is counted: a byte for each, so that no two writers disturb."""
        self.losses.add(path.stem, reason)
        self.drop(path)
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
            if stat.st_mtime < EARLIEST <= time.time():
                os.utime(self._lost)  # the clock was dead then, and is right now: the days begin
                return stat.st_size
            return stat.st_size if time.time() - stat.st_mtime < LOST_DAYS * 86_400 else 0
        return 0

    @property
    def _lost(self) -> Path:
        return self._folder / "lost"

    def _make_room(self) -> None:
        while (lost := self._listing.too_many()) is not None:
            path, reason = lost
            self.lose(path, reason)
            log.warning("picture %s made room for newer ones before the server took it", path.stem)


def _found(folder: Path) -> Iterator[tuple[Path, _Listed]]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.suffix in _MEDIA and not path.name.startswith("."):
            with suppress(OSError):
                stat = path.stat()
                age = max(0.0, time.time() - stat.st_mtime) if stat.st_mtime >= EARLIEST else 0.0
                yield path, _Listed(time.monotonic() - age, stat.st_size)
