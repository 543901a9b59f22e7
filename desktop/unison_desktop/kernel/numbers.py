"""Numbers as people write them: with the decimal sign of their locale, and no digits grouped where they are typed."""

from __future__ import annotations

import re
from decimal import Decimal

from PySide6.QtCore import QLocale

_WITH_DECIMALS = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")


def number_text(number: Decimal | float | str) -> str:
    """The number with all its digits, also zeros at the end: 0.120 is not 0.12. What is no number stays as it is."""
    match number:
        case Decimal():
            text = f"{number:f}"
        case float() if number.is_integer() and abs(number) < 1e15:
            text = str(int(number))
        case _:
            text = str(number)
    return text.replace(".", QLocale().decimalPoint()) if _WITH_DECIMALS.fullmatch(text) else text


def short_text(number: float, digits: int = 6) -> str:
    """The number in so many digits that count, without zeros at the end."""
    return f"{number:.{digits}g}".replace(".", QLocale().decimalPoint())


def fixed_text(number: float, decimals: int) -> str:
    """The number with so many decimals, rounded for reading."""
    return QLocale().toString(number, "f", decimals)


def plain_number(typed: str) -> str:
    """A typed number as programs write it; what is none comes back as it is. Point and comma are decimal signs
    everywhere, as at a station, so nothing groups digits here.
    """
    text = typed.strip().replace("\N{MINUS SIGN}", "-")
    signs = [sign for sign in {",", QLocale().decimalPoint()} if sign in text]
    return text.replace(signs[0], ".") if len(signs) == 1 and "." not in text else text
