"""A code that was read in a picture, and in which order people read several."""

from __future__ import annotations

import hashlib
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
"""EAN, UPC and GS1 DataBar: of stripes and grids one in some thousand pictures is read as one of them."""

_PRINTED = frozenset("AEI")
"""Code 39, EAN and UPC, Interleaved 2 of 5: all bars follow from the text."""

_LEAST_HEIGHT, _MOST_SKEW = 0.05, 0.5
"""In widths; cosine of the angle between the edges."""


@dataclass(frozen=True, slots=True)
class Code:
    """What was read.

    Attributes:
        text: without AIM identifier; GS is U+001D, NUL is written U+2400.
        symbol: as AIM names what carried it.
        corners: where it is.
        was_changed: it was only seen after the picture was changed.
        is_printed: its bars are those of a printed symbol (`bars.py`): of a short one without a checksum the only sign.
        is_again: it is in sight, but nothing new confirms it: the very same pixels said so before, or one line alone.
    """

    text: str
    symbol: Symbol
    corners: Corners
    was_changed: bool = False
    is_again: bool = False
    is_printed: bool = False

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
    def looks_odd(self) -> bool:
        """It may be stripes read as EAN, UPC or DataBar: very low, higher than wide, or far from right-angled."""
        if self.symbol.identifier[:1] not in _LIKE_STRIPES:
            return False
        first, second, third, fourth = (np.array(corner) for corner in self.corners)
        across, down = (second - first) + (third - fourth), (fourth - first) + (third - second)
        width, height = float(np.linalg.norm(across)), float(np.linalg.norm(down))
        is_skewed = abs(float(across @ down)) > _MOST_SKEW * width * height
        return is_skewed or not _LEAST_HEIGHT * width <= height <= width

    def reads_wanted(self, confirmations: int) -> int:
        """How often it must be read alike before it is believed.

        Args:
            confirmations: that number for codes without a checksum. Bars that are as the text is printed, which
                lines of the same picture say by other means than the decoder's, are as good as all but one.
        """
        if self.is_printed and not self.was_changed and self.symbol.identifier[:1] in _PRINTED:
            return max(1, confirmations - 1)
        if self.symbol.identifier[:1] in _LIKE_STRIPES:
            return most_reads(confirmations)
        if self.is_doubtful:
            return max(2, confirmations)
        return 1 if self.has_checksum else confirmations

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


def fingerprint(key: Key) -> str:
    """By which equal codes are known again from one start to the next; a text may be a badge's and is kept nowhere."""
    return hashlib.blake2b(" ".join(key).encode(errors="surrogatepass"), digest_size=16).hexdigest()


def most_reads(confirmations: int) -> int:
    """So many equal reads are enough for any code, where that many are wanted of one without a checksum."""
    return max(2, confirmations) + 1


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
