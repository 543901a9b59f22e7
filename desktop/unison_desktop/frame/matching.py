"""How well something fits what was typed."""

from __future__ import annotations


def fit(typed: str, title: str, detail: str = "") -> float | None:
    """How well `title` (and, weaker, `detail`) fits the typed words; None if it doesn't, higher is better.

    Every word must be found: at the start of a word of the title (best), inside it, as its letters in order, or in the
    detail.
    """
    words = typed.casefold().split()
    total = 0.0
    for word in words:
        found = _fit_word(word, title.casefold()) or 0.5 * (_fit_word(word, detail.casefold()) or 0.0)
        if not found:
            return None
        total += found
    return total - len(title) / 1000


def _fit_word(word: str, text: str) -> float | None:
    if text.startswith(word):
        return 4.0
    if any(part.startswith(word) for part in text.replace("-", " ").replace("/", " ").split()):
        return 3.0
    if word in text:
        return 2.0
    letters = iter(text)
    return 1.0 if len(word) > 1 and all(letter in letters for letter in word) else None
