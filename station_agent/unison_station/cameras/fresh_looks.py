"""Which reads are looks of their own: the very same pixels say the same again, and confirm nothing.

A still picture that is shown on is read otherwise instead: what lies around a code is enlarged, turned and read again,
so that scan lines and the grid of pixels are others. Stripes that were read as a code are not read alike then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np

from unison_station.cameras.code import Code, Grey, Key

Reader: TypeAlias = Callable[[Grey], list[Code]]

_OTHERWISE = ((1.3, 0.0), (1.7, 180.0), (1.15, 3.0), (1.45, -4.0), (2.1, 177.0), (0.85, 2.0))
"""Enlarged so many times, and turned by so many degrees: one after the other, each once a picture."""

_AT_ONCE = 2
"""So many are tried in one look, until one says the same."""

_AROUND, _LEAST_AROUND = 0.3, 12
"""As a part of the code's longer side, and in pixels: quiet zones are seen too."""

_MOST_PIXELS = 500_000


@dataclass
class _Pending:
    """A code of the picture that lies before us.

    Attributes:
        inside: the code where it was read: in the picture, or in what the second pass made of it, which `patch` is.
        looks: how many said the same; tried: how many of the other ways were gone.
        is_contested: another way said something else. is_told: it was given to who asked.
    """

    code: Code
    inside: Code
    patch: Grey
    read: Reader
    looks: int = 1
    tried: int = 0
    is_contested: bool = False
    is_told: bool = False


class FreshLooks:
    """Of one stream of pictures. For one thread."""

    def __init__(self, confirmations: int) -> None:
        """`confirmations`: as in `Code.reads_wanted`; more looks than that serve nobody."""
        self._confirmations = confirmations
        self._picture: Grey | None = None
        self._pending: dict[Key, _Pending] = {}
        self.is_same = False

    def begin(self, picture: Grey) -> bool:
        """A picture is looked at; whether it is the last one again, pixel by pixel."""
        self.is_same = self._picture is not None and np.array_equal(self._picture, picture)
        if not self.is_same:
            self._picture, self._pending = picture, {}
        return self.is_same

    def note(self, code: Code, inside: Code, patch: Grey, read: Reader) -> None:
        """A code was read in a patch, by a reader that can be asked again."""
        self._pending.setdefault(code.key, _Pending(code, inside, patch, read))

    def judged(self, codes: Iterable[Code]) -> list[Code]:
        """The codes of this look, and those another way showed again; `is_again` where nothing new was looked at."""
        found = {code.key: code for code in codes}
        judged = []
        for key, pending in self._pending.items():
            if not pending.is_told:
                pending.is_told = True
                judged.append(found.get(key, pending.code))
            elif self._is_confirmed(pending):
                judged.append(pending.code)
            elif key in found:
                judged.append(replace(found[key], is_again=True))
        return judged + [code for key, code in found.items() if key not in self._pending]

    def _is_confirmed(self, pending: _Pending) -> bool:
        if pending.is_contested or pending.looks >= pending.code.reads_wanted(self._confirmations):
            return False
        for scale, degrees in _OTHERWISE[pending.tried : pending.tried + _AT_ONCE]:
            pending.tried += 1
            read = pending.read(_otherwise(pending.patch, pending.inside, scale, degrees))
            alike = [one for one in read if one.key[0] == pending.code.key[0]]
            if any(one.text == pending.code.text and not one.is_again for one in alike):
                pending.looks += 1
                return True
            if any(one.text != pending.code.text for one in alike):
                pending.is_contested = True
                return False
        return False


def _otherwise(patch: Grey, code: Code, scale: float, degrees: float) -> Grey:
    """What lies around a code, enlarged and turned; what would be beyond the patch is as its border."""
    x, y = (np.array(edge) for edge in zip(*code.corners, strict=True))
    around = max(_AROUND * max(np.ptp(x), np.ptp(y)), _LEAST_AROUND)
    width, height = float(np.ptp(x) + 2 * around), float(np.ptp(y) + 2 * around)
    fitting = min(scale, (_MOST_PIXELS / (width * height)) ** 0.5)
    size = max(1, round(width * fitting)), max(1, round(height * fitting))
    middle = float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2
    turn = cv2.getRotationMatrix2D(middle, degrees, fitting)
    turn[:, 2] += np.array((size[0] / 2 - middle[0], size[1] / 2 - middle[1]))
    how = cv2.INTER_CUBIC if fitting > 1 else cv2.INTER_AREA
    return np.asarray(cv2.warpAffine(patch, turn, size, flags=how, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)
