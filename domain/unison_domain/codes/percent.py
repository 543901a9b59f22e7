"""Characters written as `%` and two hexadecimal digits (RFC 3986, 2.1)."""

from __future__ import annotations

import re
from collections.abc import Container

UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
"""Bytes an address may hold as they are."""

_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


def escaped(text: str, plain: Container[int] = UNRESERVED) -> str:
    """The text's UTF-8, all but the `plain` bytes escaped."""
    return "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in text.encode())


def unescaped(text: str) -> str:
    """The text that was escaped; a `%` without two hexadecimal digits stays. Raises UnicodeDecodeError."""
    return _ESCAPE.sub(lambda matched: bytes.fromhex(matched[1].decode()), text.encode()).decode()
