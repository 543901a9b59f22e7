"""What scanners, gauges, cameras and codes are said to have wrong, in the language of the page."""

from __future__ import annotations

import re
from functools import lru_cache

from unison_domain import sentences

_NUMBER = re.compile(r"[+-]?\d+\.\d+", re.ASCII)
_COMMAS = frozenset({"de"})
"""Languages whose numbers have a decimal comma."""


@lru_cache(1024)
def in_language(sentence: str, language: str) -> str:
    """The sentence in a language of the page; English where nobody wrote it in that one.

    A value that is a number gets the language's decimal sign; what a device sent stands in quotes and stays as it came.
    """
    return sentences.in_language(sentence, language, _with_comma if language in _COMMAS else str)


def _with_comma(value: str) -> str:
    return value.replace(".", ",") if _NUMBER.fullmatch(value) else value
