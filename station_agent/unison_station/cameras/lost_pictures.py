"""Which pictures were lost at this PC and why, on disk until the server is told."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock

from unison_domain.stations.picture_events import MOST_LOST, PictureLoss

MOST_BYTES = 1024 * 1024
"""Of disk, some 14,000 pictures. What is lost beyond that is counted, not told one by one."""

_ONE_AT_A_TIME = Lock()
"""Cameras add while the thread that tells takes away."""


class LostPictures:
    """A file of lines, each a reason and a hash. From several threads of one process."""

    def __init__(self, folder: Path) -> None:
        """The file `lost_pictures` in the agent's data."""
        self._file = folder / "lost_pictures"

    def add(self, sha256: str, reason: PictureLoss) -> None:
        """It is lost. Where the disk takes nothing, nobody is told."""
        with _ONE_AT_A_TIME, suppress(OSError):
            if not self._file.exists() or self._file.stat().st_size < MOST_BYTES:
                with self._file.open("a", encoding="ascii") as file:
                    file.write(f"{reason} {sha256}\n")

    def first(self) -> tuple[PictureLoss, tuple[str, ...]] | None:
        """The oldest, with those after it that were lost for the same reason, as many as are told at once."""
        with _ONE_AT_A_TIME:
            lost = self._read()
        reason = next(iter(lost.values()), None)
        return (
            None if reason is None else (reason, tuple(one for one, why in lost.items() if why is reason)[:MOST_LOST])
        )

    def told(self, sha256s: tuple[str, ...]) -> None:
        """The server will hear of these. Raises OSError: they are told once more, which changes nothing."""
        with _ONE_AT_A_TIME:
            left = {one: why for one, why in self._read().items() if one not in set(sha256s)}
            if not left:
                self._file.unlink(missing_ok=True)
                return
            new = self._file.with_suffix(".new")
            new.write_text("".join(f"{why} {one}\n" for one, why in left.items()), encoding="ascii")
            new.replace(self._file)

    def _read(self) -> Mapping[str, PictureLoss]:
        """By hash, oldest first. A line that a power cut spoilt is none."""
        lost: dict[str, PictureLoss] = {}
        with suppress(OSError):
            for line in self._file.read_text(encoding="ascii", errors="replace").splitlines():
                reason, _space, sha256 = line.partition(" ")
                if len(sha256) == 64 and set(sha256) <= set("0123456789abcdef"):
                    lost.setdefault(sha256, PictureLoss(reason))
        return lost
