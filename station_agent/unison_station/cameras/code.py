"""A code that was read in a picture, and in which order people read several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from unison_domain.codes.aim import Symbol

Grey: TypeAlias = NDArray[np.uint8]
"""A picture of one channel, `[y, x]`, 0 black to 255 white."""

Corners: TypeAlias = tuple[tuple[float, float], ...]
"""Four corners of a code as (x, y) in pixels of the whole picture."""

Key: TypeAlias = tuple[str, str]
"""AIM letter of the symbology and text: equal for equal codes. What follows the letter says how a code was read, about
which two decoders don't agree."""

_STRONGLY_CHECKED = frozenset("DJLQUdghz")
"""AIM letters (ISO/IEC 15424) of symbologies with error correction: Code One, DotCode, PDF417, QR Code, MaxiCode, Data
Matrix, Grid Matrix, Han Xin, Aztec Code."""

_WEAKLY_CHECKED = frozenset("BCEGKOPTe")
"""One or two check characters, or parity: of ten to a thousand wrong readings one looks right. Letters that are in
neither may leave their check character out, such as Code 39, or nobody knows."""

_LIKE_STRIPES = frozenset("Ee")
"""EAN, UPC and GS1 DataBar: three in a hundred thousand pictures of stripes and grids were read as one of them."""


@dataclass(frozen=True, slots=True)
class Code:
    """What was read.

    Attributes:
        text: without AIM identifier; GS is U+001D, NUL is written U+2400.
        symbol: as AIM names what carried it.
        corners: where it is.
        was_changed: it was only seen after the picture was changed.
    """

    text: str
    symbol: Symbol
    corners: Corners
    was_changed: bool = False

    @property
    def key(self) -> Key:
        """Equal for equal codes."""
        return self.symbol.identifier[:1], self.text

    def moved(self, right: float, down: float) -> Code:
        """The same in a picture that begins so many pixels further to the left and top."""
        return replace(self, corners=tuple((x + right, y + down) for x, y in self.corners))

    @property
    def has_checksum(self) -> bool:
        """A wrong reading would have been noticed, but for few in a hundred. Of an unknown symbology nobody knows."""
        return self.symbol.identifier[:1] in _STRONGLY_CHECKED | _WEAKLY_CHECKED

    @property
    def is_doubtful(self) -> bool:
        """One reading is not enough to believe it."""
        letter = self.symbol.identifier[:1]
        return letter in _LIKE_STRIPES or (self.was_changed and letter not in _STRONGLY_CHECKED)

    @property
    def top(self) -> float:
        """The highest corner, in pixels."""
        return min(y for _, y in self.corners)

    @property
    def bottom(self) -> float:
        """The lowest corner, in pixels."""
        return max(y for _, y in self.corners)

    @property
    def middle(self) -> tuple[float, float]:
        """Mean of the corners, in pixels."""
        return sum(x for x, _ in self.corners) / 4, sum(y for _, y in self.corners) / 4


def reading_order(codes: Iterable[Code]) -> list[Code]:
    """By rows from the top, each from the left. A code is in a row when its middle is beside the row's first code."""
    left = sorted(codes, key=lambda code: (code.middle[1], code.middle[0], code.key))
    ordered: list[Code] = []
    while left:
        first = left[0]
        row = [code for code in left if first.top <= code.middle[1] <= first.bottom] or [first]
        ordered += sorted(row, key=lambda code: code.middle)
        left = [code for code in left if code not in row]
    return ordered
