"""Texts that people write beside a picture of a barcode, and whether a reader gave them.

The same code is written in many ways: GS as a control character or `<GS>`, element strings with brackets, UPC numbers
with and without the zero of EAN-13. All readers are held to the same leniency.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from unison_domain.codes.aim import split_symbol
from unison_domain.codes.gs1.check_digit import check_digit
from unison_domain.codes.gs1.element_strings import GS, parse_bracketed, to_message

_GS = re.compile(
    r"<GS>|\{GS\}|\[GS\]|<FNC1>|\{FNC1\}|\[FNC1\]|\\x1d|\\u001d|\\035|\\F\b|\^\]|␝|&#29;|<0x1D>", re.IGNORECASE
)
_NUL = re.compile(r"<NUL>|\\0\b|\\x00|\\u0000|␀", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def expected_of(picture: Path) -> str | None:
    """What is written beside a picture: in a file of its stem, or of its whole name; None without any."""
    for name in (picture.with_suffix(".txt"), picture.with_suffix(".TXT"), picture.with_name(picture.name + ".txt")):
        if name.is_file():
            return _decoded(name.read_bytes())
    return None


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def judged(expected: str, read: Sequence[str]) -> tuple[bool, int]:
    """Whether all that was expected was read, and how many texts were read that were not expected.

    The whole file is one code, or each of its lines is: whichever of both fits what was read better.
    """
    whole = expected.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    lines = [line for line in whole.split("\n") if line.strip()]
    ways = [lines] if len(lines) < 2 else [[whole], lines]
    return max((_held(way, read) for way in ways), key=lambda held: (held[0], -held[1]))


def _held(expected: Sequence[str], read: Iterable[str]) -> tuple[bool, int]:
    wanted = [spellings(text) for text in expected]
    given = [spellings(text) for text in dict.fromkeys(read)]
    is_complete = all(any(one & other for other in given) for one in wanted)
    return is_complete, sum(not any(one & other for one in wanted) for other in given)


def spellings(text: str) -> frozenset[str]:
    """Everything this code may be written as; two texts are the same code when they share one."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    _, plain = split_symbol(_NUL.sub("\0", _GS.sub(GS, plain)))
    plain = plain.strip().strip(GS) if plain.strip(" \t" + GS) else plain
    found = {plain, plain.strip("*") if len(plain) > 2 else plain}
    found |= _numbers(plain) | _elements(plain)
    if re.fullmatch(r"[A-Da-d][0-9$:/.+-]+[A-Da-d]", plain):
        found |= {plain[1:-1], plain.upper()}  # Codabar with its start and stop
    return frozenset(found)


def _numbers(plain: str) -> set[str]:
    """A GTIN in all its lengths, also out of UPC-E and (01)."""
    digits = plain.replace(" ", "").replace("-", "") if re.fullmatch(r"[0-9 -]+", plain) else plain
    if not digits.isascii() or not digits.isdecimal():
        return set()
    found = {digits}
    if len(digits) == 16 and digits.startswith("01"):
        digits = digits[2:]
    if len(digits) == 8 and digits[0] in "01":
        found.add(_upc_e(digits).zfill(14))
    if len(digits) in (12, 13, 14) and check_digit(digits[:-1]) == digits[-1]:
        found.add(digits.zfill(14))
    return found


def _upc_e(digits: str) -> str:
    """UPC-A of a UPC-E number (GS1 General Specifications 5.2.2.4.2)."""
    system, body, check = digits[0], digits[1:7], digits[7]
    last = int(body[5])
    if last <= 2:
        middle = body[:2] + body[5] + "0000" + body[2:5]
    elif last == 3:
        middle = body[:3] + "00000" + body[3:5]
    elif last == 4:
        middle = body[:4] + "00000" + body[4]
    else:
        middle = body[:5] + "0000" + body[5]
    return system + middle + check


def _elements(plain: str) -> set[str]:
    """Element strings written with brackets, as a reader gives them."""
    if not plain.startswith(("(", "[")):
        return set()
    try:
        return {to_message(parse_bracketed(plain.replace("[", "(").replace("]", ")"), permit_unknown=True))}
    except ValueError:
        return set()
