"""Sentences by their form: what stands in the places of one whose other words are known."""

from __future__ import annotations


def values_between(sentence: str, parts: tuple[str, ...]) -> list[str] | None:
    """What stands between these parts, each at its first place; None where they are not its words.

    Never looks back: long texts cost little.
    """
    if len(parts) == 1:
        return [] if sentence == parts[0] else None
    first, *between, last = parts
    ends = len(sentence) - len(last)
    if not (sentence.startswith(first) and sentence.endswith(last)):
        return None
    values, place = [], len(first)
    for part in between:
        found = sentence.find(part, place, ends)
        if found < 0:
            return None
        values.append(sentence[place:found])
        place = found + len(part)
    return [*values, sentence[place:ends]] if place <= ends else None
