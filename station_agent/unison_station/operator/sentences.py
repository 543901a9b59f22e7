"""What scanners, gauges, cameras and codes are said to have wrong, in the language of the page."""

from __future__ import annotations

from functools import lru_cache

from unison_domain import sentences


@lru_cache(1024)
def in_language(sentence: str, language: str) -> str:
    """The sentence in a language of the page; English where nobody wrote it in that one."""
    return sentences.in_language(sentence, language)
