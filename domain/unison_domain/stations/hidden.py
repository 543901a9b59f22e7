"""What a text looks like when nobody may read it."""

from __future__ import annotations


def hidden(text: str) -> str:
    """The text with `A` for each letter, `9` for each digit and `·` for what is beyond ASCII.

    Control characters and punctuation stay: they tell why a message could not be read.
    """
    return "".join(_hidden(character) for character in text)


def _hidden(character: str) -> str:
    if not character.isascii():
        return "·"
    if character.isdigit():
        return "9"
    return "A" if character.isalpha() else character
