"""How spreadsheets of a country write CSV: one law for all that is written and read.

Where the comma is the decimal sign (German, French, Spanish, …) the semicolon separates; elsewhere point and comma
(Microsoft Excel and LibreOffice, by the list separator and the decimal sign of the regional settings).
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from enum import StrEnum
from typing import Any, TextIO

_WITH_COMMA = re.compile(r"[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?|[+-]?\d{1,3}(?:[ \u00a0\u202f']\d{3})+(?:[.,]\d*)?")
_SAID = {
    **dict.fromkeys(("wahr", "vrai", "verdadero", "vero", "waar"), "true"),
    **dict.fromkeys(("falsch", "faux", "falso", "onwaar"), "false"),
}
_SEPARATOR = re.compile(r'"?sep=([,;\t])"?\s*', re.IGNORECASE)


class CsvDialect(StrEnum):
    """By its decimal sign."""

    POINT = "point"
    COMMA = "comma"

    @property
    def separator(self) -> str:
        """What stands between two cells."""
        return ";" if self is CsvDialect.COMMA else ","

    @property
    def decimal_sign(self) -> str:
        """What stands before the decimals."""
        return "," if self is CsvDialect.COMMA else "."

    @classmethod
    def with_sign(cls, decimal_sign: str) -> CsvDialect:
        """The dialect of who writes decimals so."""
        return cls.COMMA if decimal_sign == "," else cls.POINT

    def writer(self, file: TextIO) -> Any:
        """Writes rows (RFC 4180 but for the separator)."""
        return csv.writer(file, delimiter=self.separator)

    def number(self, value: float | Decimal) -> str:
        """A number as it stands in a cell, with every digit."""
        text = f"{value:f}" if isinstance(value, Decimal) else repr(value)
        return text.replace(".", self.decimal_sign)

    def read_number(self, cell: str) -> str:
        """What a cell of numbers says, with a decimal point; what is no number stays, for its reader to refuse.

        Raises:
            ValueError: it could be two numbers; says which and what to write.
        """
        text = cell.strip()
        if self is CsvDialect.COMMA and _WITH_COMMA.fullmatch(text):
            return text.replace(",", ".")
        if self is CsvDialect.POINT and _WITH_COMMA.fullmatch(text):
            point = text.replace(",", ".")
            raise ValueError(
                f"{text} has a comma, but this file separates by commas: write {point} or, without decimals, "
                f"{text.replace(',', '')}; or save it with semicolons"
            )
        if _GROUPED.fullmatch(text) and (self is CsvDialect.COMMA or not _plain(text)):
            digits = re.sub(r"[^\d+-]", "", re.split(r",\d*$", text)[0])
            decimals = f" or {text.replace('.', ',')}" if text.count(".") == 1 and "," not in text else ""
            raise ValueError(f"{text} has its digits in groups: write {digits}{decimals}")
        return text


def _plain(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdecimal()


def read_truth(cell: str) -> str:
    """What a cell of yes and no says, in the words of any of these languages; else the cell."""
    return _SAID.get(cell.strip().casefold(), cell)


def separator_of(header: str) -> str:
    """What separates the cells of a file, by its first line."""
    return max(",;\t", key=header.count)


def said_separator(line: str) -> str | None:
    """What a first line such as `sep=;` says, which Excel writes and reads; None where it is none."""
    found = _SEPARATOR.fullmatch(line)
    return found[1] if found else None
