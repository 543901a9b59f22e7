"""A picture file, or a folder into which pictures come: each is shown in its turn, and the last one stays in sight.

Which pictures are new is told by name, size and when they were written: no clock that was wrong, and nothing that only
touches a folder, makes an old one new or hides a new one. By when they came to be there (the inode's change time) new
ones are put in order, as one that is moved in keeps the time it was written.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import NamedTuple

import cv2
import numpy as np

from unison_station.cameras.patience import SILENCE_SECONDS
from unison_station.cameras.source import NoPictures, Picture, Shown, Taken, Waiting

STILL_ENDINGS = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm"))

SETTLING_SECONDS = 2.0
"""So long a file that can't be read may still be on its way."""

MOST_GONE = 20_000
"""So many pictures that are in the folder no more are known still: a share that is away and comes back brings no new
ones. Beyond it, and beyond what is there, the older half is forgotten."""


class _File(NamedTuple):
    """When it came to be there and when it was written, in nanoseconds, and its bytes."""

    came: int
    written: int
    size: int


class Stills:
    """A file, or all pictures of a folder in the order they came, at the camera's rate."""

    keeps_rate = True

    def __init__(
        self, place: Path, rate: float, shown: Shown | None = None, looks: int = 1, asked: Event | None = None
    ) -> None:
        """Go on.

        Args:
            looks: how often each is shown before the next.
            shown: what was looked at before, which is not shown again. None: nothing was, and the pictures that are
                there are shown.
            asked: set where somebody wants a picture at once: the next one does not wait for its time.

        Raises:
            NoPictures: the place can't be read.
        """
        self._place = place
        self._pause = 1.0 / rate
        self._asked = asked or Event()
        self.patience = max(SILENCE_SECONDS, 2 * self._pause)
        self._next_at = 0.0
        self._looks = looks
        self._looks_left = 0
        self._picture: Picture | None = None
        self._unreadable: tuple[str, _File, float] | None = None
        self._passed: tuple[str, ...] = ()
        self._trouble = ""
        self._known = dict.fromkeys(shown.seen if shown else ())
        self._done: list[str] = []
        self._waiting: tuple[str, _File] | None = None
        self._is_shortened = False
        self._last = self._current = shown.last if shown else None
        self._seen: dict[str, _File] = {}
        files = self._files()
        if shown is not None and shown.before is not None:
            self._take_over(files, shown)
        new = {name for name, one in files.items() if not self._is_seen(name, one)}
        if self._last is not None and self._last in files.keys() - new:
            self._picture = self._read(self._last)
        first = f"pictures that were there before: {len(new)}; each is looked at, the oldest first"
        self.remarks: tuple[str, ...] = (first,) if shown is None and len(new) > 1 else ()

    def newest(self) -> Taken | Waiting:
        """The next picture that came, or the last again."""
        is_early = self._asked.wait(max(0.0, self._next_at - time.monotonic()))
        self._asked.clear()
        if not is_early:
            self._next_at = max(self._next_at + self._pause, time.monotonic())
        if self._looks_left == 0:
            self._look()
        if self._picture is None:
            return Waiting(self._trouble or f"no picture in {self._place} yet")
        self._looks_left = max(0, self._looks_left - 1)
        if self._looks_left == 0 and self._waiting is not None:
            self._last = self._current
            self._note(*self._waiting)
            self._waiting = None
        passed, self._passed = self._passed, ()
        done, self._done = tuple(self._done), []
        known = tuple(self._known) if self._is_shortened else None
        self._is_shortened = False
        return Taken(self._picture, time.monotonic(), done, known, self._last, passed)

    def close(self) -> None:
        """Nothing is held."""

    def _take_over(self, files: dict[str, _File], shown: Shown) -> None:
        """What was looked at by an agent that remembered the last picture alone."""
        for name, one in files.items():
            if shown.before is not None and (one.came, name) <= shown.before:
                self._note(name, one)
        self._last = self._current = shown.before.name if shown.before else None

    def _note(self, name: str, one: _File) -> None:
        """It is done with."""
        known = _fingerprint(name, one)
        self._known[known] = None
        self._done.append(known)

    def _is_seen(self, name: str, one: _File) -> bool:
        before = self._seen.get(name)
        if before is not None and before[1:] == one[1:]:
            return True
        if _fingerprint(name, one) not in self._known:
            return False
        self._seen[name] = one
        return True

    def _look(self) -> None:
        files = self._files()
        self._seen = {name: one for name, one in self._seen.items() if name in files}
        new = sorted((one.came, name) for name, one in files.items() if not self._is_seen(name, one))
        if not new:
            return
        _, name = new[0]
        picture = self._read(name)
        if picture is not None:
            self._picture, self._current, self._looks_left = picture, name, self._looks
            self._waiting = name, files[name]
        elif len(new) == 1 and self._may_be_on_its_way(name, files[name]):
            return
        else:
            self._trouble = f"{name} can't be read as a picture"
            self._passed = (*self._passed, self._trouble)
            self._note(name, files[name])
        self._seen[name] = files[name]
        if len(self._known) > MOST_GONE + 2 * len(files):
            self._forget_gone(files)

    def _forget_gone(self, files: dict[str, _File]) -> None:
        there = {_fingerprint(name, one) for name, one in files.items()}
        gone = [known for known in self._known if known not in there]
        forgotten = set(gone[: -MOST_GONE // 2])
        self._known = dict.fromkeys(known for known in self._known if known not in forgotten)
        self._is_shortened = True

    def _may_be_on_its_way(self, name: str, one: _File) -> bool:
        if self._unreadable is None or self._unreadable[:2] != (name, one):
            self._unreadable = (name, one, time.monotonic())
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
    return _File(status.st_ctime_ns, status.st_mtime_ns, status.st_size)


def _fingerprint(name: str, one: _File) -> str:
    """16 hexadecimal digits; of no use to whoever sees them."""
    said = f"{one.written} {one.size} {name}".encode(errors="surrogateescape")
    return hashlib.blake2b(said, digest_size=8).hexdigest()


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower() in STILL_ENDINGS and not name.startswith(".")
