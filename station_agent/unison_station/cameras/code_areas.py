"""Where in a picture a code may be: patches of dense edges, and which way the bars run there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from unison_station.cameras.code import Grey

LOOKED_AT = 640
"""Longer side of the picture in which areas are looked for, in pixels: modules need not be seen, only their texture."""

AREAS = 4
"""So many are offered, the strongest first."""

_LEAST_SIDE = 12
_MARGIN = 0.18


@dataclass(frozen=True, slots=True)
class Area:
    """A patch that may be a code.

    Attributes:
        x, y: its middle, width, height: its extent along and across the turned axes; pixels of the whole picture.
        degrees: how far it is turned, so that bars stand upright after turning it back.
    """

    x: float
    y: float
    width: float
    height: float
    degrees: float

    def cut(self, picture: Grey, scale: float) -> tuple[Grey, np.ndarray]:
        """The patch, turned upright and enlarged by `scale`, and the 2 by 3 matrix from picture to patch."""
        width, height = round(self.width * scale), round(self.height * scale)
        turn = cv2.getRotationMatrix2D((self.x, self.y), self.degrees, scale)
        turn[:, 2] += np.array([width / 2 - self.x, height / 2 - self.y])
        how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        patch = cv2.warpAffine(picture, turn, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(patch, dtype=np.uint8), turn


def code_areas(picture: Grey) -> Iterator[Area]:
    """Patches with dense edges, strongest first."""
    factor = min(1.0, LOOKED_AT / max(picture.shape))
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else picture
    smooth = cv2.GaussianBlur(small, (0, 0), 1.0)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    window = (15, 15)
    xx, yy, xy = (cv2.boxFilter(one, -1, window) for one in (across * across, down * down, across * down))
    strength = np.sqrt(xx + yy)
    floor = float(np.median(strength))
    dense = (strength > max(floor * 1.6, float(strength.max()) * 0.3)).astype(np.uint8)
    dense = cv2.morphologyEx(dense, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(dense)
    sums = np.bincount(labels.ravel(), weights=strength.ravel(), minlength=count)
    for label in sorted(range(1, count), key=lambda one: -sums[one])[:AREAS]:
        left, top, wide, high = (int(one) for one in boxes[label][:4])
        if min(wide, high) < _LEAST_SIDE:
            continue
        inside = labels[top : top + high, left : left + wide] == label
        box = np.s_[top : top + high, left : left + wide]
        tensor = tuple(float(one[box][inside].sum()) for one in (xx, yy, xy))
        yield _area(inside, left, top, tensor, factor)


def _area(inside: np.ndarray, left: int, top: int, tensor: tuple[float, ...], factor: float) -> Area:
    """The box around a patch along the main direction of its edges, which the structure tensor tells."""
    xx, yy, xy = tensor
    coherence = np.hypot(xx - yy, 2 * xy) / (xx + yy + 1e-9)
    points = (np.argwhere(inside)[:, ::-1] + np.array([left, top])).astype(np.float32)
    if coherence > 0.3:
        degrees = float(np.degrees(np.arctan2(2 * xy, xx - yy)) / 2)
    else:
        degrees = float(cv2.minAreaRect(points.astype(np.float32))[2])
        degrees = degrees - 90 if degrees > 45 else degrees
    radians = np.radians(degrees)
    along, beside = np.array([np.cos(radians), np.sin(radians)]), np.array([-np.sin(radians), np.cos(radians)])
    u, v = points @ along, points @ beside
    middle = along * (u.min() + u.max()) / 2 + beside * (v.min() + v.max()) / 2
    wide, high = float(np.ptp(u)), float(np.ptp(v))
    margin = _MARGIN * max(wide, high)
    return Area(
        float(middle[0] / factor),
        float(middle[1] / factor),
        (wide + 2 * margin) / factor,
        (high + 2 * margin) / factor,
        degrees,
    )
