"""Numbers in a sentence, written as its reader writes them."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"'[^']*'|\"[^\"]*\"|(?<![\w.])(\d+)\.(\d+)(?!\.?\w)")
"""What stands in quotation marks was read or typed, and stays; so do addresses and versions, with several points."""


def with_decimal_sign(sentence: str, sign: str) -> str:
    """The sentence with this sign in the place of its decimal points."""

    def written(found: re.Match[str]) -> str:
        whole, decimals = found.groups()
        return found[0] if whole is None else f"{whole}{sign}{decimals}"

    return _NUMBER.sub(written, sentence)
