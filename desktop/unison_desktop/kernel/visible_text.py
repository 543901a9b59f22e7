"""Texts of machines, in which nothing is hidden from the eye."""

from __future__ import annotations

_PICTURES = {**{code: 0x2400 + code for code in range(32)}, 127: 0x2421}
"""Control characters as pictures of themselves: ␝ for the separator of GS1."""


def visible(text: str) -> str:
    """A text with its control characters to be seen."""
    return text.translate(_PICTURES)


def short(text: str, most: int = 60) -> str:
    """The begin of a text that is longer; it has no spaces at which it could be wrapped."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
