"""What is tried with a picture beside the codes that were found in it, in order of what it yields for its time.

Patches that look like a code are turned upright and enlarged, which costs little because they are small; whole pictures
are tried after them. The order was measured on pictures spoilt in fourteen ways (`./unison bench barcodes`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from unison_station.cameras.code import Code, Grey
from unison_station.cameras.code_areas import Area, code_areas

MOST_PIXELS = 350_000
"""A picture or patch is enlarged to no more than this, as the next picture waits: one look takes about 15 ms."""

_COVERED, _AROUND = 1.06, 1.1
"""A code is painted over a little beyond its corners, in the grey a little further out."""

Matrix: TypeAlias = NDArray[np.float64]
Change: TypeAlias = Callable[[Grey], Grey]


@dataclass(frozen=True)
class Changed:
    """A changed picture, and the 2 by 3 matrix by which pixels of the whole picture came to lie in it."""

    picture: Grey
    matrix: Matrix

    def place(self, code: Code) -> Code:
        """The code with its corners in the whole picture."""
        back = cv2.invertAffineTransform(self.matrix)
        corners = np.hstack([np.array(code.corners), np.ones((4, 1))]) @ back.T
        return replace(code, corners=tuple((float(x), float(y)) for x, y in corners), was_changed=True)


def without(picture: Grey, codes: Iterable[Code]) -> Grey:
    """The picture with each code painted over in the grey that is around it; the picture itself where there is none."""
    painted = picture
    for code in codes:
        painted = picture.copy() if painted is picture else painted
        corners = np.array(code.corners)
        middle = corners.mean(axis=0)
        around = middle + (corners - middle) * _AROUND
        sides = np.linspace(around, np.roll(around, -1, axis=0), 16).reshape(-1, 2).round().astype(int)
        x, y = (np.clip(sides[:, axis], 0, picture.shape[1 - axis] - 1) for axis in (0, 1))
        covered = np.round(middle + (corners - middle) * _COVERED).astype(np.int32)
        cv2.fillConvexPoly(painted, covered, (float(np.median(picture[y, x])),))
    return painted


class Scene:
    """A picture whose patches are looked for once, when they are first wanted."""

    def __init__(self, picture: Grey) -> None:
        self.picture = picture

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """Patches that may be codes."""
        return tuple(code_areas(self.picture))


Attempt: TypeAlias = Callable[[Scene, int], Iterator[Changed]]
"""One way to try; gives the pictures to be read, from the one of a number on."""


def _patches(scale: float, change: Change) -> Attempt:
    def attempt(scene: Scene, first: int) -> Iterator[Changed]:
        for area in scene.areas[first:]:
            fitting = min(scale, (MOST_PIXELS / (area.width * area.height)) ** 0.5)
            patch, matrix = area.cut(scene.picture, fitting)
            yield Changed(change(patch), matrix)

    return attempt


def _whole(scale: float, change: Change) -> Attempt:
    def attempt(scene: Scene, first: int) -> Iterator[Changed]:
        fitting = min(scale, (MOST_PIXELS / scene.picture.size) ** 0.5)
        if first or (fitting < scale and scale > 1):
            return
        how = cv2.INTER_CUBIC if fitting > 1 else cv2.INTER_AREA
        scaled = cv2.resize(scene.picture, None, fx=fitting, fy=fitting, interpolation=how)
        yield Changed(change(_grey(scaled)), np.array([[fitting, 0, 0], [0, fitting, 0]], dtype=np.float64))

    return attempt


def _turned(degrees: float) -> Attempt:
    def attempt(scene: Scene, first: int) -> Iterator[Changed]:
        if first:
            return
        height, width = scene.picture.shape
        scale = min(1.0, (MOST_PIXELS / scene.picture.size) ** 0.5)
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
        cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
        size = (round(height * sine + width * cosine), round(height * cosine + width * sine))
        matrix[:, 2] += size[0] / 2 - width / 2, size[1] / 2 - height / 2
        turned = cv2.warpAffine(scene.picture, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        yield Changed(_grey(turned), matrix.astype(np.float64))

    return attempt


def _grey(picture: NDArray[np.generic]) -> Grey:
    return np.asarray(picture, dtype=np.uint8)


def as_it_is(picture: Grey) -> Grey:
    """No change."""
    return picture


def sharpened(sigma: float, amount: float) -> Change:
    """Unsharp mask: what a blur of `sigma` pixels takes away is added `amount` times."""

    def change(picture: Grey) -> Grey:
        soft = cv2.GaussianBlur(picture, (0, 0), sigma)
        return _grey(cv2.addWeighted(picture, 1 + amount, soft, -amount, 0))

    return change


def smoothed(sigma: float) -> Change:
    """Gaussian blur, against noise and screens of dots."""
    return lambda picture: _grey(cv2.GaussianBlur(picture, (0, 0), sigma))


def evened(picture: Grey) -> Grey:
    """Contrast brought to the same everywhere (CLAHE), against shadows and faint print."""
    return _grey(cv2.createCLAHE(3.0, (4, 4)).apply(picture))


def inverted(picture: Grey) -> Grey:
    """Light for dark: zxing-cpp looks for few inverted symbols by itself."""
    return _grey(cv2.bitwise_not(picture))


ATTEMPTS: tuple[Attempt, ...] = (
    _patches(1, as_it_is),
    _patches(2, as_it_is),
    _patches(1, smoothed(0.8)),
    _patches(1, inverted),
    _patches(2, sharpened(3, 2)),
    _whole(0.5, as_it_is),
    _patches(2, evened),
    _patches(3, sharpened(6, 4)),
    _whole(1, inverted),
    _whole(1.5, as_it_is),
    _patches(2, smoothed(1.6)),
    _whole(1, smoothed(1)),
    _turned(22.5),
    _turned(67.5),
    _turned(45),
    _whole(2, as_it_is),
)

PATCHES_ALONE = 5
"""So many of them cost little: before the first whole picture."""
