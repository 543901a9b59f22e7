"""The text of a badge is kept nowhere: servers and stations know its keyed hash (HMAC, RFC 2104, with SHA-256)."""

from __future__ import annotations

import hmac
import re

_SYMBOL = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
"""An AIM symbology identifier (ISO/IEC 15424): one scanner sends it before the text, another does not."""


def plain_badge_text(text: str) -> str:
    """The text as every reader gives it: without the symbol's name and blanks, letters large."""
    return _SYMBOL.sub("", text.strip()).strip().upper()


def badge_hash(key: bytes, text: str) -> str:
    """64 hexadecimal digits by which a badge is found.

    Args:
        key: the organization's. text: as a reader gave it.
    """
    return hmac.digest(key, plain_badge_text(text).encode(), "sha256").hex()
