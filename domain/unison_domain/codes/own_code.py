"""Unison's own codes, printed on labels, travellers and badges: `UN1:KIND:KEY`.

`UN1` is the prefix and its version. KIND says what is named, KEY its number or name as people know it; characters
other than capital letters, digits, space and `$*+-./` are written as `%` and two hexadecimal digits of their UTF-8, so
that all of it fits the alphanumeric mode of a QR Code.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from unison_domain.codes.percent import escaped, unescaped

PREFIX = "UN1:"
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $*+-./")
_KEY = re.compile(r"(?:[A-Z0-9 $*+\-./]|%[0-9A-F]{2})+")


class OwnKind(StrEnum):
    """What an own code names."""

    MACHINE = "MA"
    STATION = "ST"
    PLANT = "PL"
    MATERIAL = "MT"
    LOT = "LT"
    SERIAL = "SN"
    HANDLING_UNIT = "HU"
    LOCATION = "LO"
    WORK_ORDER = "WO"
    OPERATION = "OP"
    PERSON = "PE"
    REASON = "RE"
    CHARACTERISTIC = "CH"


class OwnCode(NamedTuple):
    """A thing by its kind and key."""

    kind: OwnKind
    key: str

    def __str__(self) -> str:
        return f"{PREFIX}{self.kind}:{escaped(self.key, _PLAIN)}"


def parse_own(text: str) -> OwnCode:
    """Read an own code.

    Raises:
        ValueError: the prefix is there but the rest is none, with what is wrong.
    """
    kind, _, key = text.removeprefix(PREFIX).partition(":")
    if kind not in tuple(OwnKind):
        raise ValueError(f"{text!r} begins with {PREFIX} but {kind!r} is no kind; kinds are {', '.join(OwnKind)}")
    if not _KEY.fullmatch(key):
        raise ValueError(f"{text!r} has no readable key after {PREFIX}{kind}:")
    try:
        plain = unescaped(key)
    except UnicodeDecodeError:
        raise ValueError(f"the key of {text!r} is not UTF-8") from None
    if "\x00" in plain:
        raise ValueError(f"the key of {text!r} holds NUL, which no key has")
    return OwnCode(OwnKind(kind), plain)
