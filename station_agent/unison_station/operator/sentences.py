"""What scanners, gauges, cameras and codes are said to have wrong, in the language of the page."""

from __future__ import annotations

from functools import lru_cache, partial

from unison_domain import sentences
from unison_domain.kernel.decimal_sign import with_decimal_sign

_DECIMAL_SIGNS = {"de": ","}


@lru_cache(1024)
def in_language(sentence: str, language: str) -> str:
    """The sentence in a language of the page; English where nobody wrote it in that one.

    Values that are numbers get the language's decimal sign; what a device sent stands in quotes and stays as it came.
    """
    show = partial(with_decimal_sign, sign=_DECIMAL_SIGNS.get(language, "."))
    return sentences.in_language(sentence, language, show)
