"""Pictures around stops nobody can tell yet from micro-stops, on disk: an agent that is killed meanwhile keeps them.

They are written whole, and not forced to disk: most are deleted again within seconds and never wear it. So a killed
agent loses none; a power cut those of the seconds that the system keeps in memory (half a minute on Linux).
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from unison_station.cameras.ring import Shot
from unison_station.platform.files import private_folder

log = logging.getLogger(__name__)

MOST_BYTES = 96 * 1024 * 1024
"""Of disk for one camera: what its ring holds, twice, as a picture is of each machine that stands. What needs more
stays in memory alone."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE = b"\xff\xd8", b"\xff\xd9"
"""How a JPEG file begins and ends; a power cut leaves other things."""


class UndecidedPictures:
    """Of one camera. For one thread."""

    def __init__(self, folder: Path, camera_id: UUID) -> None:
        """Below `undecided` in the agent's data; made when the first picture comes."""
        self._all = folder / "undecided"
        self._folder = self._all / str(camera_id)
        self._there: dict[str, int] = {}
        self._is_refused = False

    def found(self) -> list[tuple[UUID, Shot]]:
        """What an agent that was killed left, oldest first; their monotonic time is gone, and told as 0."""
        found = []
        for path in self._folder.glob("*.new"):
            path.unlink(missing_ok=True)
        for path in self._folder.glob("*.jpg"):
            with suppress(OSError, ValueError):
                jpeg = path.read_bytes()
                self._there[path.name] = len(jpeg)
                machine, boot, moment = path.stem.split("_")
                taken_at = _BEGINNING + timedelta(microseconds=int(moment))
                if jpeg.startswith(_WHOLE[0]) and jpeg.endswith(_WHOLE[1]):
                    found.append((UUID(machine), Shot(jpeg, taken_at, 0.0, int(boot))))
        return sorted(found, key=lambda one: (one[1].boot, one[1].taken_at))

    def hold(self, wanted: Iterable[tuple[UUID, Shot]]) -> None:
        """These are there after, and no others."""
        named = {_name(machine_id, shot): shot for machine_id, shot in wanted}
        for name in self._there.keys() - named.keys():
            with suppress(OSError):
                (self._folder / name).unlink(missing_ok=True)
                del self._there[name]
        try:
            self._write({name: shot.jpeg for name, shot in named.items() if name not in self._there})
            self._is_refused = False
        except OSError as error:
            if not self._is_refused:
                log.warning("pictures around a stop are in memory alone until it is no micro-stop: %s", error)
            self._is_refused = True

    def has(self, machine_id: UUID, shot: Shot) -> bool:
        """Whether it is there."""
        return _name(machine_id, shot) in self._there

    def forget_others(self, cameras: Collection[UUID]) -> None:
        """Those of cameras that are none any more."""
        known = set(map(str, cameras))
        with suppress(OSError):
            for folder in self._all.iterdir():
                if folder.name not in known:
                    shutil.rmtree(folder, ignore_errors=True)

    def _write(self, pictures: Mapping[str, bytes]) -> None:
        for name, jpeg in pictures.items():
            if sum(self._there.values()) + len(jpeg) > MOST_BYTES:
                return
            path = private_folder(self._folder) / name
            passing = path.with_suffix(".new")
            passing.unlink(missing_ok=True)
            descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(jpeg)
            passing.replace(path)
            self._there[name] = len(jpeg)


def _name(machine_id: UUID, shot: Shot) -> str:
    """With its stamp as it was given: what it means is known when it is told, maybe in another boot."""
    return f"{machine_id}_{shot.boot}_{(shot.taken_at - _BEGINNING) // timedelta(microseconds=1)}.jpg"
