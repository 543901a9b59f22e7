"""Pictures that are worked with: templates, pictures of boards, and those tools were tried on.

What is kept for the server leaves this PC once it is there; these stay, newest use first, and templates in use always.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.peripherals import CameraConfiguration
from unison_domain.stations.picture_tools import Presence

from unison_station.platform.files import private_folder, write_private

MOST_BYTES = 300 * 1024 * 1024
_ENDING = ".picture"


def templates_of(configuration: AgentConfiguration) -> frozenset[str]:
    """SHA-256 of the templates all cameras compare with."""
    cameras = [one for one in configuration.peripherals if isinstance(one, CameraConfiguration)]
    return frozenset(tool.template for one in cameras for tool in one.tools if isinstance(tool, Presence))


class WorkPictures:
    """A folder of files named by the SHA-256 of what they hold. From any thread."""

    def __init__(self, folder: Path, in_use: Callable[[], Collection[str]]) -> None:
        """`in_use`: SHA-256 of what never makes room."""
        self._folder = folder / "work_pictures"
        self._in_use = in_use

    def keep(self, content: bytes) -> str:
        """Durable on return; its SHA-256 in hexadecimal. Raises OSError."""
        sha256 = hashlib.sha256(content).hexdigest()
        write_private(private_folder(self._folder) / (sha256 + _ENDING), content)
        self._make_room(sha256)
        return sha256

    def load(self, sha256: str) -> bytes | None:
        """The file's bytes; None where it is not here or is damaged."""
        path = self._folder / (sha256 + _ENDING)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content).hexdigest() != sha256:
            return None
        with suppress(OSError):
            os.utime(path)
        return content

    def missing(self) -> list[str]:
        """SHA-256 of what is in use and is not here, or is damaged."""
        return [sha256 for sha256 in self._in_use() if self.load(sha256) is None]

    def _make_room(self, newest: str) -> None:
        used = {newest, *self._in_use()}
        aged: list[tuple[float, int, Path]] = []
        for path in self._folder.glob(f"*{_ENDING}"):
            with suppress(OSError):
                stat = path.stat()
                aged.append((stat.st_mtime, stat.st_size, path))
        total = sum(size for _, size, _ in aged)
        for _, size, path in sorted(aged):
            if total <= MOST_BYTES:
                return
            if path.stem not in used:
                path.unlink(missing_ok=True)
                total -= size
