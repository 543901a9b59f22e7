"""Pictures from files, as people see them: turned as EXIF says, transparent parts white."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from unison_station.cameras.code import Grey

ENDINGS = frozenset(
    (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".pgm", ".ppm", ".jp2", ".avif")
)


class NoPicture(Exception):
    """A file can't be read as a picture; the words say why."""


def load_grey(path: Path) -> Grey:
    """A picture in grey.

    Raises:
        NoPicture: it can't be read, is none, or is damaged.
    """
    try:
        content = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise NoPicture(f"{path}: {error.strerror or error}") from None
    try:
        picture = _decoded(content)
    except (cv2.error, MemoryError) as error:
        raise NoPicture(f"{path} is no picture that can be read: {error}") from None
    if picture is None or picture.size == 0:
        raise NoPicture(f"{path} is no picture that can be read, or it is damaged")
    return picture


def _decoded(content: np.ndarray) -> Grey | None:
    if content.size == 0:
        return None
    picture = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    if picture is not None and picture.ndim == 3 and picture.shape[2] == 4:
        return _on_white(picture)
    picture = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)  # turns as EXIF says, which the other does not
    return None if picture is None else np.asarray(picture, dtype=np.uint8)


def _on_white(picture: np.ndarray) -> Grey:
    """What is transparent has any colour beneath, often black."""
    full = float(np.iinfo(picture.dtype).max) if picture.dtype.kind == "u" else 1.0
    seen = picture[:, :, 3].astype(np.float32) / full
    grey = cv2.cvtColor((picture[:, :, :3].astype(np.float32) / full), cv2.COLOR_BGR2GRAY)
    return np.asarray(np.clip((grey * seen + (1 - seen)) * 255, 0, 255), dtype=np.uint8)
