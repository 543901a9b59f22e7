"""Whether a code that was not read this time is still there: its place looks as it did when it was read.

Reading fails now and then in a picture that shows the code as before: noise, a reflex, another way of the second pass
whose turn it is. The look of the place does not.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from unison_station.cameras.code import Code, Grey

_SIDE = 24
"""A place is compared at so many pixels a side: noise is averaged away, and a code is not."""

ALIKE = 0.8
"""Least correlation of a place with itself: 1 is the same but for brightness and contrast."""

_LEAST_CONTRAST = 2.0
"""A place whose grey varies less shows nothing that could be compared."""


class Held:
    """Remembers the places of codes that were read. For one thread."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], tuple[Code, NDArray[np.float32]]] = {}

    def take(self, picture: Grey, read: Iterable[Code]) -> list[Code]:
        """Codes of earlier pictures that were not read in this one but are still there.

        A code that is neither is forgotten, and so is one where another one was read.
        """
        codes = {code.key: code for code in read}
        held = [
            code
            for key, (code, looked) in self._places.items()
            if key not in codes
            and not any(_covers(other, code) for other in codes.values())
            and _likeness(_look(picture, code), looked) >= ALIKE
        ]
        self._places = {code.key: self._places[code.key] for code in held} | {
            key: (code, _look(picture, code)) for key, code in codes.items()
        }
        return held


def _look(picture: Grey, code: Code) -> NDArray[np.float32]:
    """The box around a code, small."""
    height, width = picture.shape
    left, right = (int(np.clip(f(x for x, _ in code.corners), 0, width - 1)) for f in (min, max))
    top, bottom = (int(np.clip(y, 0, height - 1)) for y in (code.top, code.bottom))
    box = picture[top : bottom + 1, left : right + 1]
    return np.asarray(cv2.resize(box, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), dtype=np.float32)


def _likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Correlation, -1 to 1; 0 where one of them shows nothing."""
    one, other = one - one.mean(), other - other.mean()
    spread = float(one.std()), float(other.std())
    if min(spread) < _LEAST_CONTRAST:
        return 0.0
    return float((one * other).mean()) / (spread[0] * spread[1])


def _covers(other: Code, code: Code) -> bool:
    """Whether the middle of one lies in the box around the other."""
    x, y = code.middle
    return min(x for x, _ in other.corners) <= x <= max(x for x, _ in other.corners) and other.top <= y <= other.bottom
