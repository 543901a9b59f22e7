"""A picture file, or a folder into which pictures come: each is shown in its turn, and the last one stays in sight.

Which pictures are new is told by when they came to be there (the inode's change time), as one that is moved in keeps
the time it was written.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from unison_station.cameras.patience import SILENCE_SECONDS
from unison_station.cameras.source import Mark, NoPictures, Picture, Taken, Waiting

STILL_ENDINGS = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm"))

SETTLING_SECONDS = 2.0
"""So long a file that can't be read may still be on its way."""


class _File(NamedTuple):
    """When it came to be there, and when it was written; both in nanoseconds."""

    came: int
    written: int


class Stills:
    """A file, or all pictures of a folder in the order they came, at the camera's rate."""

    keeps_rate = True

    def __init__(self, place: Path, rate: float, shown: Mark | None = None, looks: int = 1) -> None:
        """Go on.

        Args:
            looks: how often each is shown before the next.
            shown: the last picture that was looked at before; all that was there with it is not shown again. None:
                nothing was, and the pictures that are there are shown.

        Raises:
            NoPictures: the place can't be read.
        """
        self._place = place
        self._pause = 1.0 / rate
        self.patience = max(SILENCE_SECONDS, 2 * self._pause)
        self._next_at = 0.0
        self._shown = shown
        self._looks = looks
        self._looks_left = 0
        self._current = shown
        self._picture: Picture | None = None
        self._unreadable: tuple[str, int, float] = ("", 0, 0.0)
        self._passed: tuple[str, ...] = ()
        self._trouble = ""
        files = self._files()
        self._seen = {name: one.written for name, one in files.items() if shown and (one.came, name) <= shown}
        if shown is not None and shown.name in self._seen:
            self._picture = self._read(shown.name)
        new = len(files) - len(self._seen)
        first = f"pictures that were there before: {new}; each is looked at, the oldest first"
        self.remarks: tuple[str, ...] = (first,) if shown is None and new > 1 else ()

    def newest(self) -> Taken | Waiting:
        """The next picture that came, or the last again."""
        time.sleep(max(0.0, self._next_at - time.monotonic()))
        self._next_at = max(self._next_at + self._pause, time.monotonic())
        if self._looks_left == 0:
            self._look()
        if self._picture is None:
            return Waiting(self._trouble or f"no picture in {self._place} yet")
        self._looks_left = max(0, self._looks_left - 1)
        if self._looks_left == 0:
            self._shown = self._current
        passed, self._passed = self._passed, ()
        return Taken(self._picture, time.monotonic(), self._shown, passed)

    def close(self) -> None:
        """Nothing is held."""

    def _look(self) -> None:
        files = self._files()
        self._seen = {name: written for name, written in self._seen.items() if name in files}
        new = sorted((one.came, name) for name, one in files.items() if self._seen.get(name) != one.written)
        if not new:
            return
        came, name = new[0]
        picture = self._read(name)
        if picture is not None:
            self._picture, self._current, self._looks_left = picture, Mark(came, name), self._looks
        elif len(new) == 1 and self._may_be_on_its_way(name, files[name].written):
            return
        else:
            self._trouble = f"{name} can't be read as a picture"
            self._passed = (*self._passed, self._trouble)
        self._seen[name] = files[name].written

    def _may_be_on_its_way(self, name: str, written: int) -> bool:
        if self._unreadable[:2] != (name, written):
            self._unreadable = (name, written, time.monotonic())
        return time.monotonic() - self._unreadable[2] < SETTLING_SECONDS

    def _read(self, name: str) -> Picture | None:
        picture = cv2.imread(str(self._place if self._place.is_file() else self._place / name), cv2.IMREAD_COLOR)
        return None if picture is None else np.asarray(picture, dtype=np.uint8)

    def _files(self) -> dict[str, _File]:
        try:
            if self._place.is_file():
                return {self._place.name: _file(self._place.stat())}
            with os.scandir(self._place) as entries:
                return dict(_there(entries))
        except OSError as error:
            raise NoPictures(f"{self._place} can't be read: {error.strerror or error}") from None


def _there(entries: Iterable[os.DirEntry[str]]) -> Iterator[tuple[str, _File]]:
    """Pictures among them; one that went meanwhile, or a link that leads nowhere, is none."""
    for one in entries:
        if _is_picture(one.name):
            with suppress(FileNotFoundError):
                yield one.name, _file(one.stat())


def _file(status: os.stat_result) -> _File:
    return _File(status.st_ctime_ns, status.st_mtime_ns)


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower() in STILL_ENDINGS and not name.startswith(".")
