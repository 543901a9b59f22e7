"""AIM symbology identifiers (ISO/IEC 15424): what a scanner says of the symbol before its text, e.g. `]C1`."""

from __future__ import annotations

import re
from typing import NamedTuple

_IDENTIFIER = re.compile(r"\](?P<letter>[A-Za-z])(?P<modifier>[0-9A-Za-z])")
_SYMBOLOGIES = {
    "A": "Code 39",
    "C": "Code 128",
    "E": "EAN/UPC",
    "F": "Codabar",
    "G": "Code 93",
    "H": "Code 11",
    "I": "Interleaved 2 of 5",
    "J": "DotCode",
    "L": "PDF417",
    "M": "MSI",
    "P": "Plessey",
    "Q": "QR Code",
    "R": "Straight 2 of 5",
    "S": "Straight 2 of 5",
    "U": "MaxiCode",
    "d": "Data Matrix",
    "e": "GS1 DataBar",
    "g": "Grid Matrix",
    "h": "Han Xin",
    "z": "Aztec Code",
}
_GS1 = {"C1": "GS1-128", "J1": "GS1 DotCode", "Q3": "GS1 QR Code", "d2": "GS1 DataMatrix", "e0": "GS1 DataBar"}
"""Symbols whose text is element strings."""
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
    def is_gs1(self) -> bool:
        """Its text is element strings."""
        return self.identifier in _GS1

    @property
    def ean_digits(self) -> int | None:
        """How many digits an EAN or UPC symbol has; None for others. UPC-A comes as EAN-13."""
        return _EAN_DIGITS.get(self.identifier)


def split_symbol(text: str) -> tuple[Symbol, str]:
    """The identifier a scanner put before a text, and the text."""
    matched = _IDENTIFIER.match(text)
    if matched is None or matched["letter"] not in _SYMBOLOGIES:
        return Symbol(""), text
    return Symbol(matched["letter"] + matched["modifier"]), text[matched.end() :]
