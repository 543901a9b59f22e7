"""Which bars and spaces a linear symbol of a text has.

ISO/IEC 16388 (Code 39), 16390 (Interleaved 2 of 5), 15420 (EAN, UPC)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

_TWO_OF_FIVE = ("00110", "10001", "01001", "11000", "00101", "10100", "01100", "00011", "10010", "01010")
"""Which of five elements are wide, by digit."""

_WIDE_SPACE = {"0100": "1234567890", "0010": "ABCDEFGHIJ", "0001": "KLMNOPQRST", "1000": "UVWXYZ-. *"}
"""Of Code 39: spaces of a character, and which have them; its bars are those of its place in the row (two of five)."""

_WIDE_SPACES = {"$": "1110", "/": "1101", "+": "1011", "%": "0111"}
"""Characters whose bars are all narrow."""

_DIGITS = ("3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112")
"""Of EAN: modules of a digit of odd parity; those of even parity are in reverse order."""

_PARITIES = ("000000", "001011", "001101", "001110", "010011", "011001", "011100", "010101", "010110", "011010")
"""Which of the six digits of the left half are of even parity, by the first digit of thirteen."""


def elements_of(letter: str, text: str) -> tuple[int, ...] | None:
    """Widths from the first bar to the last, bars and spaces by turns; None for what is no such symbol.

    Of Code 39 (A) and Interleaved 2 of 5 (I) 1 is narrow and 2 is wide, of EAN and UPC-A (E) they are modules. A text
    of Code 39 that needs two characters for one, or a UPC-E, is none.

    Args:
        letter: of the symbology, as AIM names it (ISO/IEC 15424).
    """
    try:
        match letter:
            case "A":
                return tuple(_code_39(text))
            case "I" if len(text) % 2 == 0:
                return tuple(_interleaved(text))
            case "E" if len(text) in (8, 13):
                return tuple(_ean(text))
    except (KeyError, ValueError):
        return None
    return None


def _code_39(text: str) -> Iterator[int]:
    for place, character in enumerate(f"*{text}*"):
        if place:
            yield 1
        yield from map(_width, _CODE_39[character])


def _interleaved(text: str) -> Iterator[int]:
    yield from (1, 1, 1, 1)
    for first, second in zip(text[::2], text[1::2], strict=True):
        yield from map(_width, _by_turns(_TWO_OF_FIVE[int(first)], _TWO_OF_FIVE[int(second)]))
    yield from (2, 1, 1)


def _ean(text: str) -> Iterator[int]:
    digits = [int(one) for one in text]
    parity = _PARITIES[digits.pop(0)] if len(digits) == 13 else "0000"
    half = len(digits) // 2
    yield from (1, 1, 1)
    for digit, is_even in zip(digits[:half], parity, strict=True):
        yield from map(int, _DIGITS[digit][:: -1 if is_even == "1" else 1])
    yield from (1, 1, 1, 1, 1)
    for digit in digits[half:]:
        yield from map(int, _DIGITS[digit])
    yield from (1, 1, 1)


def _width(is_wide: str) -> int:
    return 1 + int(is_wide)


def _by_turns(bars: str, spaces: Sequence[str]) -> str:
    return "".join(bar + space for bar, space in zip(bars, spaces, strict=False)) + bars[len(spaces) :]


def _characters() -> Iterable[tuple[str, str]]:
    for spaces, row in _WIDE_SPACE.items():
        for place, character in enumerate(row, 1):
            yield character, _by_turns(_TWO_OF_FIVE[place % 10], spaces)
    for character, spaces in _WIDE_SPACES.items():
        yield character, _by_turns("00000", spaces)


_CODE_39 = dict(_characters())
"""Which of nine elements of a character are wide."""
