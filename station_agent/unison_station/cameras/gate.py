"""Which pictures are worth a look, and which part of them."""

from __future__ import annotations

import cv2
import numpy as np
from unison_domain.stations.camera_settings import CameraSettings, Region

from unison_station.cameras.code import Grey

_SMALL = (80, 45)
"""Movement is judged at this size: it costs nothing, and noise is averaged away."""

LOOKS = 45
"""So many pictures after a movement are looked at: reads are confirmed by others, and the second pass has its turns."""


class Gate:
    """Remembers what the last pictures looked like. For one thread."""

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings
        self._count = 0
        self._stillness = {is_whole: _Stillness(settings.motion) for is_whole in (True, False)}

    def part(self, picture: Grey) -> tuple[Grey, int, int] | None:
        """The part to look at, with its left and top in pixels: the region, and now and then the whole picture.

        None where nothing moved in it for `LOOKS` pictures, so that it shows what they showed, or it is not sharp
        enough to be read. What lies beside a region says nothing about either.
        """
        region = self._settings.region
        self._count += 1
        every = self._settings.whole_picture_every
        is_whole = region is None or (every > 0 and self._count % every == 0)
        part, left, top = (picture, 0, 0) if region is None or is_whole else _cut(picture, region)
        if self._stillness[is_whole].holds(part) or not self._is_sharp(part):
            return None
        return part, left, top

    def _is_sharp(self, part: Grey) -> bool:
        least = self._settings.sharpness
        return least <= 0 or float(cv2.Laplacian(part, cv2.CV_32F).var()) >= least


class _Stillness:
    """Whether nothing moves, in pictures of one part."""

    def __init__(self, motion: float) -> None:
        self._motion = motion
        self._before: np.ndarray | None = None
        self._looks_left = 0

    def holds(self, picture: Grey) -> bool:
        if self._motion <= 0:
            return False
        small = cv2.resize(picture, _SMALL, interpolation=cv2.INTER_AREA).astype(np.float32)
        if self._before is not None and float(np.abs(small - self._before).mean()) < self._motion:
            self._looks_left = max(0, self._looks_left - 1)
            return self._looks_left == 0
        self._before = small
        self._looks_left = LOOKS
        return False


def _cut(picture: Grey, region: Region) -> tuple[Grey, int, int]:
    height, width = picture.shape
    left, top = int(region.x * width), int(region.y * height)
    right, bottom = round((region.x + region.width) * width), round((region.y + region.height) * height)
    return np.ascontiguousarray(picture[top : max(bottom, top + 1), left : max(right, left + 1)]), left, top
