"""Texts of machines, in which nothing is hidden from the eye."""

from __future__ import annotations

_PICTURES = {**{code: 0x2400 + code for code in range(32)}, 127: 0x2421}
"""Control characters as pictures of themselves: ␝ for the separator of GS1."""


def visible(text: str) -> str:
    """A text with its control characters to be seen."""
    return text.translate(_PICTURES)
