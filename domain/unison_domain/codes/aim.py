"""AIM symbology identifiers (ISO/IEC 15424): what a scanner says of the symbol before its text, e.g. `]C1`."""

from __future__ import annotations

import re
from typing import NamedTuple

_IDENTIFIER = re.compile(r"\](?P<identifier>[A-Za-z][0-9A-F])")
_SYMBOLOGIES = {
    "A": "Code 39",
    "B": "Telepen",
    "C": "Code 128",
    "D": "Code One",
    "E": "EAN/UPC",
    "F": "Codabar",
    "G": "Code 93",
    "H": "Code 11",
    "I": "Interleaved 2 of 5",
    "J": "DotCode",
    "K": "Code 16K",
    "L": "PDF417",
    "M": "MSI",
    "N": "Anker Code",
    "O": "Codablock",
    "P": "Plessey",
    "Q": "QR Code",
    "R": "Straight 2 of 5",
    "S": "Straight 2 of 5",
    "T": "Code 49",
    "U": "MaxiCode",
    "c": "Channel Code",
    "d": "Data Matrix",
    "e": "GS1 DataBar",
    "g": "Grid Matrix",
    "h": "Han Xin",
    "o": "OCR",
    "p": "PosiCode",
    "s": "SuperCode",
    "z": "Aztec Code",
}
"""Letters that are missing are those of no symbology that has a name here: the identifier tells them."""
_SAY_NOTHING = frozenset("XYZ")
"""Other symbols, extensions of a scanner's maker, and what came from no symbol."""
_GS1 = {
    "C1": "GS1-128",
    "J1": "GS1 DotCode",
    "Q3": "GS1 QR Code",
    "Q4": "GS1 QR Code",
    "d2": "GS1 DataMatrix",
    "d5": "GS1 DataMatrix",
    "e0": "GS1 DataBar",
}
"""Symbols whose text is element strings; Q4 and d5 are those of scanners that also tell the character set (ECI)."""
_EAN_DIGITS = {"E0": 13, "E4": 8}


class Symbol(NamedTuple):
    """What carried a text.

    Attributes:
        identifier: letter and modifier without the bracket, e.g. `C1`; empty where the scanner sends none.
    """

    identifier: str

    @property
    def name(self) -> str:
        """As people call it; empty where nothing is known."""
        if not self.identifier:
            return ""
        return _GS1.get(self.identifier) or _SYMBOLOGIES.get(self.identifier[0], f"symbology {self.identifier}")

    @property
    def says_nothing(self) -> bool:
        """It tells of no symbology: the text is read as one without identifier."""
        return not self.identifier or self.identifier[0] in _SAY_NOTHING

    @property
    def is_gs1(self) -> bool:
        """Its text is element strings."""
        return self.identifier in _GS1

    @property
    def ean_digits(self) -> int | None:
        """How many digits an EAN or UPC symbol has; None for others. UPC-A comes as EAN-13."""
        return _EAN_DIGITS.get(self.identifier)


def split_symbol(text: str) -> tuple[Symbol, str]:
    """The identifier a scanner put before a text, and the text; of whatever symbology."""
    matched = _IDENTIFIER.match(text)
    if matched is None:
        return Symbol(""), text
    return Symbol(matched["identifier"]), text[matched.end() :]
