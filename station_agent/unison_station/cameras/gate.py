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
    """Remembers what the last picture looked like. For one thread."""

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings
        self._before: np.ndarray | None = None
        self._count = 0
        self._looks_left = 0

    def is_still(self, picture: Grey) -> bool:
        """Nothing moved in the last `LOOKS` pictures and now, so this one shows what they showed."""
        if self._settings.motion <= 0:
            return False
        small = cv2.resize(picture, _SMALL, interpolation=cv2.INTER_AREA).astype(np.float32)
        if self._before is not None and float(np.abs(small - self._before).mean()) < self._settings.motion:
            self._looks_left = max(0, self._looks_left - 1)
            return self._looks_left == 0
        self._before = small
        self._looks_left = LOOKS
        return False

    def is_sharp(self, picture: Grey) -> bool:
        """Sharp enough to be read."""
        least = self._settings.sharpness
        return least <= 0 or float(cv2.Laplacian(picture, cv2.CV_32F).var()) >= least

    def part(self, picture: Grey) -> tuple[Grey, int, int]:
        """The region to look at, and its left and top in pixels; now and then the whole picture."""
        region = self._settings.region
        self._count += 1
        if region is None or self._count % self._settings.whole_picture_every == 0:
            return picture, 0, 0
        return _cut(picture, region)


def _cut(picture: Grey, region: Region) -> tuple[Grey, int, int]:
    height, width = picture.shape
    left, top = int(region.x * width), int(region.y * height)
    right, bottom = round((region.x + region.width) * width), round((region.y + region.height) * height)
    return np.ascontiguousarray(picture[top : max(bottom, top + 1), left : max(right, left + 1)]), left, top
